// What a holder does, below its lane.

import { make, write } from './dom.js';
import { ask } from './endpoint.js';
import { rowsOf, showRows } from './facts.js';
import { makeStack, showStack } from './frames.js';
import * as phases from './phases.js';
import { words } from './text.js';
import { duration, millis, time } from './values.js';

export function isOpen(item) {
	return item.children.length > 1;
}

export function toggle(item) {
	if (isOpen(item)) {
		close(item);
		return;
	}
	const detail = make('div', 'detail');
	const heading = make('h3');
	const again = make('button', '', 'Take again');
	detail.id = `detail-${item.lane.connection}`;
	again.type = 'button';
	again.addEventListener('click', () => takeStack(item));
	heading.append(make('span'), again);
	detail.append(make('dl'), heading, makeStack('Stack of the holder'), make('h3', '', 'Borrowed'), makeStack('Stack of the borrower'));
	item.append(detail);
	item.firstChild.setAttribute('aria-expanded', 'true');
	item.firstChild.setAttribute('aria-controls', detail.id);
	update(item);
}

export function close(item) {
	item.lastChild.remove();
	item.firstChild.setAttribute('aria-expanded', 'false');
	item.firstChild.removeAttribute('aria-controls');
	item.taken = null;
}

export function update(item) {
	const [facts, heading, stack, borrowed, borrowSite] = item.lastChild.children;
	const { lease } = item.lane;
	heading.lastChild.hidden = !lease || item.stackless === lease.id;
	borrowed.hidden = !lease?.borrowSite.length;
	showStack(borrowSite, lease?.borrowSite ?? [], lease?.borrowFrames ?? []);
	showRows(facts, lease ? rowsOfLease(lease) : []);
	if (!lease) {
		stack.hidden = true;
		item.taken = null;
		write(heading.firstChild, 'The connection is back in the pool.');
	}
	else if (item.taken !== lease.id) {
		takeStack(item);
	}
}

function usedBy(handedOver, user) {
	if (user) {
		return '; used by ' + user;
	}
	return handedOver ? '; another thread has used the connection, too' : '';
}

function rowsOfLease(lease) {
	const { id, scope, thread, threadAlive, age, phase, inPhase, spent, lastSql, connection, serverProcess, handedOver, user, awaitedPool,
		calls, borrowSite, borrowFrames, ...more } = lease;
	return [
		{ label: 'Scope', value: scope ?? 'none' },
		{ label: 'Held by', value: thread + (threadAlive ? '' : ' (ended)') + usedBy(handedOver, user) },
		{ label: 'Held for', value: duration(millis(age)) },
		{ label: 'At present', value: doing(phase, inPhase, awaitedPool) },
		...rowsOfTime(spent),
		...rowsOfCalls(calls),
		{ label: 'Last SQL', value: lastSql ?? 'none yet', code: true },
		{ label: 'Server process', value: String(serverProcess ?? 'unknown') },
		...rowsOf(more)
	];
}

/** Where the time has gone, the most of it first. */
function rowsOfTime(spent) {
	const parts = Object.entries(spent ?? {}).filter(([, time]) => millis(time) > 0)
		.sort(([, one], [, other]) => millis(other) - millis(one))
		.map(([part, time]) => `${words(part).toLowerCase()} ${duration(millis(time))}`);
	return parts.length ? [{ label: 'Time spent', value: parts.join(', ') }] : [];
}

function rowsOfCalls(calls) {
	const lines = (calls ?? []).map(({ name, count, total, underWay }) =>
		`${name}, ${count > 1 ? `${count} times, ` : ''}${duration(millis(total))}${underWay ? ', under way' : ''}`);
	return lines.length ? [{ label: 'Calls elsewhere', value: lines.join('\n') }] : [];
}

function doing(phase, inPhase, awaitedPool) {
	const since = millis(inPhase);
	const present = phases.of(phase).label + (since === null ? '' : ` for ${duration(since)}`);
	return awaitedPool ? `${present}, waits for a connection of ${awaitedPool}` : present;
}

async function takeStack(item) {
	const detail = item.lastChild;
	const [, heading, stack] = detail.children;
	const { lease } = item.lane;
	const stillWanted = () => item.lastChild === detail && item.taken === lease.id;
	item.taken = lease.id;
	if (stack.hidden || !heading.firstChild.textContent) {
		write(heading.firstChild, 'Taking the stack …');
	}
	try {
		const holder = await ask({ pool: item.pool.name, lease: lease.id });
		if (stillWanted()) {
			showStack(stack, holder?.stack ?? [], holder?.applicationFrames ?? []);
			write(heading.firstChild, title(holder));
			item.stackless = isStackless(holder) ? lease.id : null;
			heading.lastChild.hidden = item.stackless !== null;
		}
	}
	catch (failure) {
		if (stillWanted()) {
			write(heading.firstChild, `The stack cannot be had: ${failure.message}`);
		}
	}
}

/** Whether a subscription holds the connection, and not a thread. */
function isStackless(holder) {
	return Boolean(holder) && holder.lease.threadAlive && !holder.stack.length;
}

function title(holder) {
	if (!holder) {
		return 'The connection has come back meanwhile.';
	}
	if (isStackless(holder)) {
		return 'There is no stack, as no thread holds it.';
	}
	return holder.stack.length ? `Stack at ${time(Date.now())}` : 'The thread has no stack any more.';
}
