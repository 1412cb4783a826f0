// What each scope has used the pool for in the last minute.

import { each, element, make, write, writeName } from './dom.js';
import { count, durationOrNone, millis, number, percent, perSecond, seconds } from './values.js';

const COLUMNS = [
	['Asked for', (use) => perSecond(use.asked / seconds(use.elapsed))],
	['Connections', (use) => number(seconds(use.held) / seconds(use.elapsed))],
	['Mean wait', (use) => durationOrNone(use.meanWait)],
	['Longest wait', (use) => durationOrNone(use.longestWait)],
	['Mean hold', (use) => durationOrNone(use.meanHold)],
	['Longest hold', (use) => durationOrNone(use.longestHold)],
	['Turned away', (use) => count(use.turnedAway)]
];

export function showScopes({ snapshot: { scopes } }) {
	write(element('scopes-note'), scopes.length ? '' : 'No connection has been asked for yet.');
	element('scopes').parentElement.hidden = !scopes.length;
	each(element('scopes-head'), ['Scope', ...COLUMNS.map(([label]) => label), 'Use of the time held'], (label, index) => {
		const cell = make('th', (index > COLUMNS.length) ? 'use' : '');
		cell.scope = 'col';
		cell.setAttribute('role', 'columnheader');
		return cell;
	}, write);
	each(element('scopes'), scopes, createRow, (row, scope) => {
		const use = scope.lastMinute;
		writeName(row.firstChild.firstChild, scope.scope);
		COLUMNS.forEach(([, text], index) => write(row.children[index + 1].firstChild, text(use)));
		showUse(row.lastChild, use);
	});
}

function createRow() {
	const row = make('tr');
	const name = make('th');
	row.setAttribute('role', 'row');
	name.scope = 'row';
	name.setAttribute('role', 'rowheader');
	name.append(make('bdi'));
	row.append(name);
	COLUMNS.forEach(([label]) => {
		const cell = make('td');
		cell.setAttribute('role', 'cell');
		cell.dataset.label = label;
		cell.append(make('span'));
		row.append(cell);
	});
	const use = make('td', 'use');
	const bar = make('div', 'bar');
	use.setAttribute('role', 'cell');
	bar.append(make('i', 'in-statement'), make('i', 'before'), make('i', 'between'), make('i', 'after'));
	use.append(bar, make('span'));
	row.append(use);
	return row;
}

function showUse(cell, use) {
	const held = millis(use.held);
	const parts = [use.busy, use.beforeFirst, use.between, use.afterLast].map((part) => Math.min(1, millis(part) / held) || 0);
	parts.forEach((part, index) => {
		cell.firstChild.children[index].style.width = `${part * 100}%`;
	});
	write(cell.lastChild, held ? useInWords(parts) : use.returned ? 'not timed' : 'no connection has come back');
}

function useInWords([busy, ...idle]) {
	const places = ['before', 'between', 'after'].map((place, index) => Math.round(idle[index] * 100) && `${percent(idle[index])} ${place}`);
	const where = places.filter(Boolean);
	const rest = 1 - idle.reduce((sum, part) => sum + part, busy);
	return [`${percent(busy)} busy`, where.length && `idle ${where.join(', ')} statements`, rest >= 0.005 && `${percent(rest)} not looked at`]
		.filter(Boolean)
		.join(', ');
}
