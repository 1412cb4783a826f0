// What a connection is used for: named by the endpoint, and drawn here, at half the height if it is idle.

const STYLES = {
	IN_STATEMENT: 'in-statement',
	ENDING_TRANSACTION: 'ending',
	BEFORE_FIRST_STATEMENT: 'before',
	BETWEEN_STATEMENTS: 'between',
	AFTER_TRANSACTION: 'after'
};

/** Of a time for which nobody has looked. */
export const UNSEEN = 'UNSEEN';

const known = new Map();

export function learn(phases) {
	phases.forEach(({ phase, description, idle }) => known.set(phase, { label: description, style: STYLES[phase] ?? 'held', idle }));
	known.set(UNSEEN, { label: 'held, not looked at', style: 'held', idle: true });
}

export function all() {
	return [...known.values()];
}

export function of(phase) {
	return known.get(phase) ?? known.get(UNSEEN);
}
