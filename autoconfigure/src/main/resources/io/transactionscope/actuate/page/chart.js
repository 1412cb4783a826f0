// The line of a connection: what it was used for, up to now.

import * as phases from './phases.js';

let colors = null;

export function readColors() {
	const style = getComputedStyle(document.documentElement);
	const read = (name) => style.getPropertyValue(`--${name}`).trim();
	colors = { line: read('line') };
	phases.all().forEach((phase) => {
		colors[phase.style] = read(phase.style);
	});
}

export function draw(canvas, spans, now, minutes) {
	if (!colors) {
		readColors();
	}
	const ratio = window.devicePixelRatio || 1;
	const width = Math.round(canvas.clientWidth * ratio);
	const height = Math.round(canvas.clientHeight * ratio);
	if (canvas.width !== width || canvas.height !== height) {
		canvas.width = width;
		canvas.height = height;
	}
	const context = canvas.getContext('2d');
	const begin = now - minutes * 60_000;
	const x = (at) => (Math.max(at, begin) - begin) / (now - begin) * width;
	const bottom = height - ratio;
	context.clearRect(0, 0, width, height);
	context.fillStyle = colors.line;
	context.fillRect(0, bottom, width, ratio);
	spans.filter((span) => span.to >= begin).forEach((span) => {
		const phase = phases.of(span.phase);
		const full = bottom - ratio * 3;
		const tall = phase.idle ? full / 2 : full;
		const left = Math.min(x(span.from), width - ratio);
		context.fillStyle = colors[phase.style];
		context.fillRect(left, bottom - tall, Math.max(x(span.to) - left, ratio), tall);
	});
	// A gap where one lease ends and the next begins.
	spans.forEach((span, index) => {
		const previous = spans[index - 1];
		if (previous && previous.lease !== span.lease && span.from >= begin && x(span.from) - x(previous.to) < ratio) {
			context.clearRect(Math.round(x(span.from)) - ratio, 0, ratio, bottom);
		}
	});
}
