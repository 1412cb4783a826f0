// Elements. All text goes through textContent, with what is not seen written out.

import { shorten, visible } from './text.js';

export const element = (id) => document.getElementById(id);

export function make(tag, style, text) {
	const made = document.createElement(tag);
	if (style) {
		made.className = style;
	}
	if (text !== undefined) {
		write(made, text);
	}
	return made;
}

export function write(target, text) {
	const seen = visible(text);
	if (target.textContent !== seen) {
		target.textContent = seen;
	}
}

/** Writes a name that may be too long, and the whole of it where a pointer rests on it. */
export function writeName(target, name) {
	const short = shorten(name);
	write(target, short);
	if (short === name) {
		target.removeAttribute('title');
	}
	else {
		target.title = visible(name);
	}
}

/** Lets a list have one element for each item, and keeps those it has, with their focus and selection. */
export function each(list, items, create, update) {
	items.forEach((item, index) => {
		const child = list.children[index] ?? list.appendChild(create(item, index));
		update(child, item, index);
	});
	while (list.children.length > items.length) {
		list.lastElementChild.remove();
	}
}

/** Who holds or waits: a scope, and the thread or subscription below it. */
export function makeWho() {
	const who = make('span', 'who');
	who.append(make('bdi', 'scope'), make('bdi', 'thread'));
	return who;
}

export function writeWho(who, scope, thread) {
	writeName(who.firstChild, scope);
	writeName(who.lastChild, thread);
}
