// What is the matter, what to change, and what that rests on.

import { element, write } from './dom.js';
import { rowsOf, showRows } from './facts.js';
import { shortenQuoted, visible, words } from './text.js';

/** Whether anything is the matter with a pool. */
export function isTroubled({ diagnosis }) {
	return diagnosis !== null && diagnosis.kind !== 'Healthy';
}

export function showDiagnosis(pool) {
	const { diagnosis } = pool;
	element('diagnosis').hidden = !isTroubled(pool);
	if (isTroubled(pool)) {
		write(element('kind'), words(diagnosis.kind));
		writeSentence(element('summary'), diagnosis.summary);
		writeSentence(element('advice'), diagnosis.advice);
		showRows(element('details'), rowsOf(diagnosis.details));
	}
}

function writeSentence(target, sentence) {
	const short = shortenQuoted(sentence);
	write(target, short);
	target.title = (short === sentence) ? '' : visible(sentence);
}
