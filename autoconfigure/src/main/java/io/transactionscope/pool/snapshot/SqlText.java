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

package io.transactionscope.pool.snapshot;

import java.util.Objects;

/**
 * Brings SQL into a form that may be shown: on one line, not too long, without comments,
 * and with a question mark in place of each value. When it is not clear where a value
 * ends, nothing is shown from there on.
 *
 * @since 0.1.0
 */
public final class SqlText {

	private static final int MAXIMUM_LENGTH = 500;

	private static final String ELLIPSIS = "…";

	private final String sql;

	private final boolean quotedNames;

	private final StringBuilder text = new StringBuilder();

	private int position;

	private SqlText(String sql, boolean quotedNames) {
		this.sql = sql;
		this.quotedNames = quotedNames;
	}

	/**
	 * Return the text of a statement without its values.
	 * @param sql the statement
	 * @param quotedNames whether double quotes enclose names, as in the standard, and not
	 * values, as in MySQL
	 */
	public static String withoutValues(String sql, boolean quotedNames) {
		Objects.requireNonNull(sql, "sql must not be null");
		return new SqlText(sql, quotedNames).withoutValues();
	}

	private String withoutValues() {
		while (this.position < this.sql.length() && this.text.length() <= MAXIMUM_LENGTH) {
			next();
		}
		if (this.text.length() > MAXIMUM_LENGTH) {
			this.text.setLength(MAXIMUM_LENGTH);
			this.text.append(ELLIPSIS);
		}
		return this.text.toString().strip();
	}

	private void next() {
		char c = this.sql.charAt(this.position);
		if (Character.isWhitespace(c)) {
			this.position++;
			space();
		}
		else if (at("--") || (c == '#' && !this.quotedNames)) {
			skipPast("\n");
			space();
		}
		else if (at("/*")) {
			comment();
		}
		else if (c == '[') {
			bracket();
		}
		else if (c == '\'' || (c == '"' && !this.quotedNames)) {
			quotedValue(c);
		}
		else if (c == '"' || c == '`') {
			quotedName(c);
		}
		else if (c == '$' && !followsName()) {
			dollar();
		}
		else if (Character.isDigit(c) || (c == '.' && isDigit(this.position + 1) && !followsName())) {
			number();
		}
		else if (Character.isJavaIdentifierPart(c)) {
			name();
		}
		else {
			this.text.append(c);
			this.position++;
		}
	}

	private void comment() {
		int end = this.sql.indexOf("*/", this.position + 2);
		int inner = this.sql.indexOf("/*", this.position + 2);
		if (inner >= 0 && inner < end) {
			// Comments nest in some dialects, and do not in others.
			breakOff();
			return;
		}
		this.position = (end < 0) ? this.sql.length() : end + 2;
		space();
	}

	private void bracket() {
		int end = this.sql.indexOf(']', this.position);
		String content = this.sql.substring(this.position, (end < 0) ? this.sql.length() : end);
		if (content.chars().filter((c) -> c == '\'').count() % 2 != 0) {
			// Encloses a name in some dialects, and the values of an array in others.
			breakOff();
			return;
		}
		this.text.append('[');
		this.position++;
	}

	private void quotedValue(char quote) {
		if (followsOracleMark()) {
			oracleQuote();
			return;
		}
		this.text.append('?');
		int end = this.position + 1;
		while (end < this.sql.length()) {
			char c = this.sql.charAt(end);
			if (c == '\\') {
				// Escapes the next character in some dialects, and stands for itself in
				// others.
				breakOff();
				return;
			}
			else if (c != quote) {
				end++;
			}
			else if (end + 1 < this.sql.length() && this.sql.charAt(end + 1) == quote) {
				end += 2;
			}
			else {
				this.position = end + 1;
				return;
			}
		}
		this.position = this.sql.length();
	}

	private void oracleQuote() {
		this.text.append('?');
		if (this.position + 1 < this.sql.length()) {
			char opening = this.sql.charAt(this.position + 1);
			int pair = "[{(<".indexOf(opening);
			char closing = (pair >= 0) ? "]})>".charAt(pair) : opening;
			this.position += 2;
			skipPast(closing + "'");
		}
		else {
			this.position++;
		}
	}

	private void quotedName(char quote) {
		int end = this.sql.indexOf(quote, this.position + 1);
		end = (end < 0) ? this.sql.length() : end + 1;
		this.text.append(this.sql, this.position, end);
		this.position = end;
	}

	private void dollar() {
		int end = this.position + 1;
		while (end < this.sql.length() && isNamePart(this.sql.charAt(end))) {
			end++;
		}
		if (end < this.sql.length() && this.sql.charAt(end) == '$') {
			String tag = this.sql.substring(this.position, end + 1);
			this.text.append('?');
			this.position = end + 1;
			skipPast(tag);
		}
		else {
			this.text.append(this.sql, this.position, end);
			this.position = end;
		}
	}

	private void number() {
		this.text.append('?');
		while (this.position < this.sql.length()
				&& (isNamePart(this.sql.charAt(this.position)) || this.sql.charAt(this.position) == '.')) {
			this.position++;
		}
	}

	private void name() {
		while (this.position < this.sql.length() && Character.isJavaIdentifierPart(this.sql.charAt(this.position))) {
			this.text.append(this.sql.charAt(this.position));
			this.position++;
		}
	}

	private void space() {
		if (!this.text.isEmpty() && this.text.charAt(this.text.length() - 1) != ' ') {
			this.text.append(' ');
		}
	}

	private void breakOff() {
		this.text.append(ELLIPSIS);
		this.position = this.sql.length();
	}

	private void skipPast(String end) {
		int found = this.sql.indexOf(end, this.position);
		this.position = (found < 0) ? this.sql.length() : found + end.length();
	}

	private boolean at(String token) {
		return this.sql.startsWith(token, this.position);
	}

	private boolean followsName() {
		return this.position > 0 && Character.isJavaIdentifierPart(this.sql.charAt(this.position - 1));
	}

	private boolean followsOracleMark() {
		int start = this.position;
		while (start > 0 && Character.isJavaIdentifierPart(this.sql.charAt(start - 1))) {
			start--;
		}
		String word = this.sql.substring(start, this.position);
		return word.equalsIgnoreCase("q") || word.equalsIgnoreCase("nq");
	}

	private boolean isDigit(int index) {
		return index < this.sql.length() && Character.isDigit(this.sql.charAt(index));
	}

	private static boolean isNamePart(char c) {
		return c != '$' && Character.isJavaIdentifierPart(c);
	}

}
