/*
 * Copyright 2026-present the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.transactionscope.text;

import java.util.Locale;
import java.util.Objects;

/**
 * Text as it may stand in a line of a log or in the message of an exception: no name, and
 * nothing else that came from outside, begins a line of its own there, moves the cursor
 * of a terminal or turns the direction of what follows.
 *
 * @since 0.1.0
 */
public final class Printable {

	private static final int ZERO_WIDTH_NON_JOINER = 0x200C;

	private static final int ZERO_WIDTH_JOINER = 0x200D;

	private Printable() {
	}

	/**
	 * Return the text with an escape in place of each character that shows nothing itself
	 * and changes how others are shown: breaks of lines, control characters, marks of
	 * direction and halves of characters.
	 * @param text any text
	 * @return the same object if it has none of them
	 */
	public static String of(String text) {
		Objects.requireNonNull(text, "text must not be null");
		int position = 0;
		while (position < text.length() && isPlain(text.charAt(position))) {
			position++;
		}
		return (position < text.length()) ? escape(text, position) : text;
	}

	private static boolean isPlain(char c) {
		return c >= ' ' && c <= '~';
	}

	private static String escape(String text, int start) {
		StringBuilder printable = new StringBuilder(text.length() + 8).append(text, 0, start);
		text.codePoints().skip(start).forEach((c) -> append(printable, c));
		return (printable.length() > text.length()) ? printable.toString() : text;
	}

	private static void append(StringBuilder printable, int c) {
		switch (c) {
			case '\n' -> printable.append("\\n");
			case '\r' -> printable.append("\\r");
			case '\t' -> printable.append("\\t");
			default -> {
				if (isShown(c)) {
					printable.appendCodePoint(c);
				}
				else {
					printable.append(String.format(Locale.ROOT, "\\u%04X", c));
				}
			}
		}
	}

	private static boolean isShown(int c) {
		return switch (Character.getType(c)) {
			case Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.SURROGATE ->
				false;
			case Character.FORMAT -> c == ZERO_WIDTH_NON_JOINER || c == ZERO_WIDTH_JOINER;
			default -> true;
		};
	}

}
