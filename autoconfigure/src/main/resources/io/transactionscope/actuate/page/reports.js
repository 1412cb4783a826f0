// The latest waits that ended without a connection.

import { element, make, write } from './dom.js';
import { ask } from './endpoint.js';
import { shorten, shortenQuoted, words } from './text.js';
import { count, moment, time } from './values.js';

export function showReports(pool) {
	const list = element('reports');
	const { reports } = pool;
	const keys = new Set(reports.map((report) => keyOf(pool, report)));
	write(element('reports-count'), reports.length ? `the latest ${reports.length}` : '');
	write(element('reports-note'), reports.length ? '' : 'Every wait has ended with a connection so far.');
	[...list.children].filter((item) => !keys.has(item.dataset.key)).forEach((item) => item.remove());
	reports.forEach((report, index) => {
		if (list.children[index]?.dataset.key !== keyOf(pool, report)) {
			list.insertBefore(createReport(pool, report), list.children[index] ?? null);
		}
		write(list.children[index].querySelector('.times'), timesOf(report));
	});
}

function keyOf(pool, report) {
	return `${pool.name} ${report.at} ${report.borrower?.thread ?? ''}`;
}

/** How many there were for the same reason, of which this one is the first. */
function timesOf({ incident, count: times, last }) {
	const more = times > 1 ? `, ${count(times)} times until ${time(moment(last))}` : '';
	return incident > 0 ? `incident ${incident}${more}` : more.slice(2);
}

function createReport(pool, report) {
	const item = make('li');
	const details = make('details');
	const summary = make('summary');
	const at = make('time', '', time(moment(report.at)));
	const text = make('pre', '', 'Loading …');
	at.dateTime = new Date(moment(report.at)).toISOString();
	summary.append(at, make('span', 'trigger', words(report.trigger)), make('span', 'times'),
		make('bdi', '', `${shorten(report.borrower?.scope ?? 'no scope')}: ${shortenQuoted(report.diagnosis.summary)}`));
	text.tabIndex = 0;
	details.append(summary, text);
	details.addEventListener('toggle', () => {
		if (details.open && !details.dataset.read) {
			read(pool, report, details, text);
		}
	});
	item.dataset.key = keyOf(pool, report);
	item.append(details);
	return item;
}

async function read(pool, report, details, text) {
	try {
		const all = (await ask({ pool: pool.name }))?.reports ?? [];
		write(text, all.find((each) => keyOf(pool, each) === keyOf(pool, report))?.text ?? 'The report is no longer kept.');
		details.dataset.read = 'true';
	}
	catch (failure) {
		write(text, `The report cannot be had: ${failure.message}`);
	}
}
