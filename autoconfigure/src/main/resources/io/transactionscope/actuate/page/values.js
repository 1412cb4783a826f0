// Times and numbers, as the JSON has them and as people read them.

const ISO_DURATION = /^(-)?PT(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?[\d.]+)S)?$/;

/** A Duration in milliseconds: as ISO 8601, or in seconds where the application's mapper writes them so. */
export function millis(value) {
	if (value === null || value === undefined) {
		return null;
	}
	if (typeof value === 'number') {
		return value * 1000;
	}
	const [, minus, hours, minutes, secs] = ISO_DURATION.exec(value) ?? [];
	return (minus ? -1 : 1) * ((Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60 + Number(secs ?? 0)) * 1000;
}

export function isDuration(value) {
	return typeof value === 'string' && value.length > 2 && ISO_DURATION.test(value);
}

export function seconds(value) {
	return Math.max(millis(value), 0.001) / 1000;
}

export function moment(value) {
	return (typeof value === 'number') ? value * 1000 : Date.parse(value);
}

export function isMoment(value) {
	return typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value);
}

export function time(at) {
	return new Date(at).toLocaleTimeString('en-GB');
}

export function duration(ms) {
	if (ms < 1) {
		return `${Math.round(ms * 1000)} µs`;
	}
	if (ms < 1000) {
		return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
	}
	if (ms < 60_000) {
		return `${(ms / 1000).toFixed(1)} s`;
	}
	const whole = Math.round(ms / 1000);
	return (whole < 3600) ? `${Math.floor(whole / 60)} min ${whole % 60} s`
		: `${Math.floor(whole / 3600)} h ${Math.floor(whole / 60) % 60} min`;
}

export function durationOrNone(value) {
	return millis(value) ? duration(millis(value)) : '–';
}

export function count(value) {
	return value.toLocaleString('en');
}

export function number(value) {
	return (value !== 0 && value < 10) ? value.toFixed(value < 0.1 ? 2 : 1) : count(Math.round(value));
}

export function percent(share) {
	return `${Math.round(share * 100)}\u00a0%`;
}

export function perSecond(rate) {
	return (rate === 0 || rate >= 1) ? `${number(rate)} / s` : `${number(rate * 60)} / min`;
}
