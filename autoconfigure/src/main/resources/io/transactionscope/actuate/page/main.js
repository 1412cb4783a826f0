// The page: asks the endpoint once a second, and shows what it says.

import { readColors } from './chart.js';
import { closeAll, showConnections } from './connections.js';
import { showDiagnosis } from './diagnosis.js';
import { element, write, writeName } from './dom.js';
import { ask, LoggedOut } from './endpoint.js';
import { showFigures } from './figures.js';
import { learn } from './phases.js';
import { follow, pick, showPools } from './picker.js';
import { showReports } from './reports.js';
import { showScopes } from './scopes.js';
import { SeenPool } from './seen.js';
import { shorten, visible } from './text.js';
import { time } from './values.js';
import { showWaiters } from './waiters.js';

const EVERY = 1000;

const pools = new Map();
let order = [];
let minutes = 1;
let paused = false;
let updated = null;
let timer = null;

async function refresh() {
	clearTimeout(timer);
	const began = performance.now();
	try {
		see(await ask());
		show();
		say(null);
		tellState();
	}
	catch (failure) {
		if (failure instanceof LoggedOut) {
			say(failure.message, { login: true });
			return;
		}
		say(`${updated ? `No news since ${updated}` : 'Nothing to show yet'}: ${failure.message}. Trying again.`);
	}
	clearTimeout(timer);
	if (!paused && !document.hidden) {
		timer = setTimeout(refresh, Math.max(100, EVERY - (performance.now() - began)));
	}
}

function see(answer) {
	learn(answer.phases);
	order = answer.pools.map((each) => each.snapshot.pool);
	[...pools.keys()].filter((name) => !order.includes(name)).forEach((name) => pools.delete(name));
	answer.pools.forEach((each) => {
		const name = each.snapshot.pool;
		pools.set(name, pools.get(name) ?? new SeenPool(name));
		pools.get(name).see(each);
	});
	updated = time(Date.now());
}

function show() {
	const shown = pick(order);
	const pool = pools.get(shown);
	showPools(pools, shown, select);
	element('pool').hidden = !pool;
	element('none').hidden = Boolean(pool);
	if (pool) {
		const waiting = pool.snapshot.waiters.length;
		writeName(element('name'), pool.name);
		write(element('host'), location.host);
		document.title = `${waiting ? `(${waiting} waiting) ` : ''}${visible(shorten(pool.name))} · ${location.host}`;
		// A change is worth to be read out, the figures of each second are not.
		write(element('announcement'), waiting ? `Somebody waits for a connection of ${pool.name}.` : '');
		showFigures(pool);
		showDiagnosis(pool);
		showConnections(pool, minutes);
		showWaiters(pool, minutes);
		showScopes(pool);
		showReports(pool);
	}
}

function select() {
	closeAll();
	show();
}

function say(message, { login = false } = {}) {
	element('failure').hidden = message === null;
	element('pool').classList.toggle('stale', message !== null);
	write(element('message'), message ?? '');
	element('login').hidden = !login;
	element('login').href = location.pathname + location.search;
	if (login) {
		write(element('updated'), updated ? `As of ${updated}` : '');
	}
}

function tellState() {
	write(element('updated'), `${paused ? 'Paused at' : 'Live'} ${updated}`);
}

function pause() {
	paused = !paused;
	element('pause').setAttribute('aria-pressed', String(paused));
	write(element('pause'), paused ? 'Resume' : 'Pause');
	if (paused) {
		clearTimeout(timer);
		tellState();
	}
	else {
		refresh();
	}
}

function redraw() {
	const pool = pools.get(pick(order));
	readColors();
	if (pool) {
		showConnections(pool, minutes);
		showWaiters(pool, minutes);
	}
}

element('pause').addEventListener('click', pause);
element('window').addEventListener('change', (event) => {
	minutes = Number(event.target.value);
	redraw();
});
window.addEventListener('resize', redraw);
window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
document.addEventListener('visibilitychange', () => {
	if (!document.hidden && !paused) {
		refresh();
	}
});
follow(select);
refresh();
