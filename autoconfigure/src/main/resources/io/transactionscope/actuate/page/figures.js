// The figures at the top.

import { each, element, make, write } from './dom.js';
import { words } from './text.js';
import { count, duration, millis } from './values.js';

export function showFigures({ snapshot }) {
	each(element('figures'), figuresOf(snapshot), () => {
		const figure = make('div');
		figure.append(make('dt'), make('dd'));
		figure.lastChild.append(make('span'), ' ', make('small'));
		return figure;
	}, (figure, { label, value, note, alarming }) => {
		figure.className = alarming ? 'alarming' : (value === '0') ? 'none' : '';
		write(figure.firstChild, label);
		write(figure.lastChild.firstChild, value);
		write(figure.lastChild.lastChild, note);
	});
}

function figuresOf(snapshot) {
	const { events, waiters } = snapshot;
	const dry = snapshot.active >= snapshot.maximum && waiters.length > 0;
	const answered = millis(snapshot.sinceDatabaseAnswered);
	return [
		{ label: 'Connections lent', value: count(snapshot.active), note: `of ${snapshot.maximum}${rest(snapshot)}`, alarming: dry },
		{ label: 'Waiting', value: count(waiters.length), note: longest(waiters), alarming: waiters.length > 0 },
		...Object.entries(events).map(([event, times]) => ({ label: words(event), value: count(times), note: 'since start' })),
		{ label: 'Database answered', value: (answered === null) ? '–' : duration(answered), note: (answered === null) ? 'not yet' : 'ago' }
	];
}

function rest(snapshot) {
	const notes = [];
	if (snapshot.state !== 'RUNNING') {
		notes.push(words(snapshot.state).toLowerCase());
	}
	if (snapshot.total < snapshot.maximum) {
		notes.push(`${snapshot.total} open`);
	}
	return notes.length ? ` (${notes.join(', ')})` : '';
}

function longest(waiters) {
	return waiters.length ? `longest ${duration(millis(waiters[0].waited))}` : '';
}
