// Names and sentences of others, as they can be shown without harm.

const LONGEST = 72;
const HEAD = 44;
const TAIL = 24;

// What is not seen, or turns around what follows: controls, marks and overrides of direction, lone surrogates.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** The text with all that is not seen written out, but for its tabs and the ends of its lines. */
export function visible(text) {
	return text.replace(UNSEEN, (character) => (character === '\n' || character === '\t') ? character
		: `⟨U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`);
}

/** A name that is not too long for its place. */
export function shorten(name) {
	const characters = [...name];
	return (characters.length <= LONGEST) ? name
		: `${characters.slice(0, HEAD).join('')}…${characters.slice(-TAIL).join('')}`;
}

/** A sentence, in which each name in quotes is not too long. */
export function shortenQuoted(sentence) {
	return sentence.replace(/'([^']+)'/gu, (quoted, name) => `'${shorten(name)}'`);
}

/** A constant of Java's, or the name of a property or of a type, in words: WAIT_TARGET, awaitedPool and HeldButIdle. */
export function words(identifier) {
	const spaced = /^[A-Z0-9_]+$/.test(identifier) ? identifier.replaceAll('_', ' ')
		: identifier.replace(/([a-z0-9])([A-Z])/g, '$1 $2');
	const lower = spaced.toLowerCase().replace(/\bsql\b/g, 'SQL').replace(/\bid\b/g, 'ID');
	return lower.charAt(0).toUpperCase() + lower.slice(1);
}
