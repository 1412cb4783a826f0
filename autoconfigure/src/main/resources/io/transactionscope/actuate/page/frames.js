// Stacks, in which the frames of the application come first.

import { each, make } from './dom.js';
import { visible } from './text.js';

export function isFrame(value) {
	return typeof value === 'object' && value !== null && 'className' in value && 'methodName' in value;
}

export function frameText(frame) {
	const place = frame.fileName ? `${frame.fileName}${frame.lineNumber > 0 ? `:${frame.lineNumber}` : ''}`
		: (frame.nativeMethod || frame.lineNumber === -2) ? 'Native Method' : 'Unknown Source';
	return `${frame.className}.${frame.methodName}(${place})`;
}

/** The innermost frames of the application, and below them, to be opened, the whole stack with the same set off. */
export function makeStack(label) {
	const stack = make('div', 'stack');
	const whole = make('details');
	const list = make('ol', 'whole');
	list.tabIndex = 0;
	list.setAttribute('aria-label', label);
	whole.append(make('summary'), list);
	whole.addEventListener('toggle', () => {
		const own = list.querySelector('.own');
		list.scrollTop = own ? own.offsetTop - list.clientHeight / 2 : 0;
	});
	stack.append(make('ol', 'first'), whole);
	return stack;
}

export function showStack(stack, frames, applicationFrames) {
	const [first, whole] = stack.children;
	const own = new Set(applicationFrames.map(frameText));
	stack.hidden = !frames.length;
	whole.firstChild.textContent = `All ${frames.length} frames`;
	whole.hidden = frames.length <= applicationFrames.length;
	each(first, applicationFrames, () => make('li', 'own'), (line, frame) => writeFrame(line, frameText(frame)));
	each(whole.lastChild, frames, () => make('li'), (line, frame) => {
		const text = frameText(frame);
		line.className = own.has(text) ? 'own' : '';
		writeFrame(line, text);
	});
}

// May be broken after each dot, where it is too long.
function writeFrame(line, text) {
	const seen = visible(text);
	if (line.textContent !== seen) {
		line.replaceChildren(...seen.split(/(?<=[.(])/).flatMap((part) => [part, make('wbr')]));
	}
}
