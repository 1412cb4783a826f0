// The connections of a pool, a lane for each.

import { draw } from './chart.js';
import { each, element, make, makeWho, write, writeName, writeWho } from './dom.js';
import { close, isOpen, toggle, update } from './holder.js';
import * as phases from './phases.js';
import { duration, millis } from './values.js';

export function showConnections(pool, minutes) {
	each(element('lanes'), pool.lanes, createLane, (item, lane, index) => updateLane(item, lane, index, pool, minutes));
	write(element('connections-note'), notes(pool).join(' '));
	element('axis').hidden = !pool.lanes.length;
	write(element('axis').children[0], `${minutes} min ago`);
	write(element('axis').children[1], `${minutes > 1 ? `${minutes / 2} min` : '30 s'} ago`);
	element('legend').hidden = !pool.lanes.length;
	each(element('legend'), phases.all(), () => {
		const entry = make('li');
		entry.append(make('span'), make('span'));
		return entry;
	}, (entry, phase) => {
		entry.firstChild.className = `swatch ${phase.style}${phase.idle ? ' idle' : ''}`;
		write(entry.lastChild, phase.label);
	});
}

/** Closes what is open, as another pool is going to be shown. */
export function closeAll() {
	[...element('lanes').children].filter(isOpen).forEach(close);
}

function notes({ snapshot, lanes }) {
	const free = snapshot.total - lanes.length;
	const elsewhere = Math.max(0, snapshot.active - snapshot.leases.length);
	const found = [];
	if (snapshot.state === 'NOT_STARTED') {
		found.push('The pool starts when the first connection is asked for.');
	}
	if (free > 0) {
		found.push(lanes.length ? `${free} more, not lent since this page was opened.` : `${free}, none of them lent since this page was opened.`);
	}
	if (elsewhere > 0) {
		found.push(`${elsewhere} in use without a lease: by code that borrows from the pool directly, or by the pool itself.`);
	}
	if (lanes.length) {
		found.push('Looked at once a second; shorter leases may be missing. Select a connection to see what its holder does.');
	}
	return found;
}

function createLane() {
	const item = make('li');
	const button = make('button', 'lane');
	const phase = make('span', 'phase');
	phase.append(make('span', 'age'), make('bdi', 'what'));
	button.type = 'button';
	button.setAttribute('aria-expanded', 'false');
	button.append(make('span', 'number'), makeWho(), make('canvas'), phase);
	button.addEventListener('click', () => toggle(item));
	item.append(button);
	return item;
}

function updateLane(item, lane, index, pool, minutes) {
	const { lease } = lane;
	const button = item.firstChild;
	const [label, who, canvas, phase] = button.children;
	if (item.lane && item.lane !== lane && isOpen(item)) {
		close(item);
	}
	item.lane = lane;
	item.pool = pool;
	button.className = `lane${lease ? '' : ' free'}${lease?.awaitedPool ? ' stuck' : ''}`;
	write(label, String(index + 1));
	writeWho(who, lease ? lease.scope ?? 'no scope' : 'free', lease ? threadOf(lease) : '');
	write(phase.firstChild, lease ? duration(millis(lease.age)) : '');
	writeName(phase.lastChild, lease ? phaseOf(lease) : '');
	draw(canvas, lane.spans, pool.now, minutes);
	if (isOpen(item)) {
		update(item);
	}
}

function threadOf(lease) {
	return lease.threadAlive ? lease.thread : `${lease.thread} (ended)`;
}

function phaseOf(lease) {
	return lease.awaitedPool ? `waits for ${lease.awaitedPool}` : phases.of(lease.phase).label;
}
