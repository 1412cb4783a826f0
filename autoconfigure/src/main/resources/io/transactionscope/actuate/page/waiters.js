// Those who wait, threads or subscriptions, the longest wait first.

import { each, element, make, makeWho, write, writeWho } from './dom.js';
import { count, duration, millis } from './values.js';

export function showWaiters({ snapshot: { waiters } }, minutes) {
	write(element('waiters-count'), count(waiters.length));
	write(element('waiters-note'), waiters.length ? '' : 'Nobody waits for a connection.');
	each(element('waiters'), waiters, () => {
		const item = make('li');
		const bar = make('span', 'bar');
		const waited = make('span');
		bar.append(make('i'));
		waited.append(make('span', 'age'), make('span', 'holds'));
		item.append(make('span', 'number'), makeWho(), bar, waited);
		return item;
	}, (item, waiter, index) => {
		const [place, who, bar, waited] = item.children;
		write(place, String(index + 1));
		writeWho(who, waiter.scope ?? 'no scope', waiter.thread);
		bar.firstChild.style.width = `${Math.min(1, millis(waiter.waited) / (minutes * 60_000)) * 100}%`;
		write(waited.firstChild, duration(millis(waiter.waited)));
		write(waited.lastChild, waiter.holds ? `holds ${waiter.holds} already` : '');
	});
}
