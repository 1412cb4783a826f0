// Which pool is shown: the one asked for by ?pool=, or else the one in most trouble, which is the endpoint's first.

import { each, element, make, writeName } from './dom.js';
import { isTroubled } from './diagnosis.js';

let chosen = new URLSearchParams(location.search).get('pool');

/** The name of the pool to show, among the names in the endpoint's order; null if there are none. */
export function pick(names) {
	if (!names.includes(chosen)) {
		chosen = names[0] ?? null;
	}
	return chosen;
}

export function showPools(pools, shown, select) {
	const names = [...pools.keys()].sort((one, other) => one.localeCompare(other, 'en'));
	element('pools').hidden = names.length < 2;
	each(element('pools'), names, () => {
		const link = make('a');
		link.append(make('bdi', 'scope'), make('span'));
		link.addEventListener('click', (event) => {
			if (!event.ctrlKey && !event.metaKey && !event.shiftKey) {
				event.preventDefault();
				choose(link.pool);
				history.pushState(null, '', link.href);
				select();
			}
		});
		return link;
	}, (link, name) => {
		const pool = pools.get(name);
		link.pool = name;
		link.href = `?pool=${encodeURIComponent(name)}`;
		link.className = isTroubled(pool) ? 'alarming' : '';
		link.toggleAttribute('aria-current', name === shown);
		writeName(link.firstChild, name);
		link.lastChild.textContent = ` ${inWords(pool.snapshot)}`;
	});
}

/** Follows the browser's history. */
export function follow(select) {
	window.addEventListener('popstate', () => {
		choose(new URLSearchParams(location.search).get('pool'));
		select();
	});
}

function choose(name) {
	chosen = name;
}

function inWords({ active, maximum, waiters }) {
	return `${active} of ${maximum}${waiters.length ? `, ${waiters.length} waiting` : ''}`;
}
