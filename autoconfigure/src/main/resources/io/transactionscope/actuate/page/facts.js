// Facts of any kind, each by its name: what the endpoint tells some day is shown without a change here.

import { each, make, write, writeName } from './dom.js';
import { frameText, isFrame } from './frames.js';
import { words } from './text.js';
import { count, duration, isDuration, isMoment, millis, moment, number, percent, time } from './values.js';

const MOST = 12;

/** The facts in an object, one below the other, as rows of a label and a value. */
export function rowsOf(object) {
	return Object.entries(object).flatMap(([name, value]) => rowsOfValue(words(name), name, value));
}

function rowsOfValue(label, name, value) {
	if (value === null || value === undefined || value === '' || (Array.isArray(value) && !value.length)) {
		return [];
	}
	if (Array.isArray(value)) {
		const lines = value.slice(0, MOST).map(lineOf);
		if (value.length > MOST) {
			lines.push(`… and ${value.length - MOST} more`);
		}
		return [{ label, value: lines.join('\n'), code: value.some(isFrame) }];
	}
	if (typeof value === 'object' && !isFrame(value)) {
		return rowsOf(value).map((row) => ({ ...row, label: `${label}: ${row.label.toLowerCase()}` }));
	}
	const text = textOf(name, value);
	return [{ label, value: text, code: isFrame(value) || /frame$/i.test(name) || /sql|quer|statement/i.test(name) && /\s/.test(text) }];
}

function lineOf(value) {
	return (typeof value === 'object' && !isFrame(value))
		? rowsOf(value).map((row) => `${row.label.toLowerCase()} ${row.value}`).join(', ') : textOf('', value);
}

function textOf(name, value) {
	if (typeof value === 'number') {
		return /share$/i.test(name) ? percent(value) : Number.isInteger(value) ? /process|pid|port/i.test(name) ? String(value) : count(value) : number(value);
	}
	if (typeof value === 'boolean') {
		return value ? 'yes' : 'no';
	}
	if (isFrame(value)) {
		return frameText(value);
	}
	if (isDuration(value)) {
		return duration(millis(value));
	}
	if (isMoment(value)) {
		return time(moment(value));
	}
	return /^[A-Z]+(_[A-Z]+)+$/.test(value) ? words(value).toLowerCase() : value;
}

/** Shows rows in a list of terms and descriptions. */
export function showRows(list, rows) {
	each(list, rows.flatMap((row) => [{ tag: 'dt', text: row.label }, { tag: 'dd', text: row.value, inner: row.code ? 'code' : 'bdi' }]), (entry) => {
		const made = make(entry.tag);
		if (entry.inner) {
			made.append(make(entry.inner));
		}
		return made;
	}, (made, { inner, text }) => {
		if (!inner) {
			write(made, text);
			return;
		}
		if (made.firstChild.localName !== inner) {
			made.replaceChildren(make(inner));
		}
		if (inner === 'code' || text.includes('\n')) {
			write(made.firstChild, text);
		}
		else {
			writeName(made.firstChild, text);
		}
	});
}
