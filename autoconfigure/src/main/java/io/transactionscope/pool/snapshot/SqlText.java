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

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;

import io.transactionscope.text.Printable;

/**
 * Brings SQL into a form that may be shown: on one line, not too long, without comments,
 * and with a question mark in place of each value. When it is not clear where a value
 * ends, nothing is shown from there on. However long the SQL is, each of its characters
 * is looked at but a few times.
 *
 * @since 0.1.0
 */
public final class SqlText {

	private static final int MAXIMUM_LENGTH = 500;

	private static final String ELLIPSIS = "…";

	/** What begins the part of a statement that says how a user is known. */
	private static final Set<String> IDENTIFICATIONS = Set.of("BY", "WITH", "VIA");

	/** How the names of settings end that are secret. */
	private static final List<String> SECRETS = List.of("PASSWORD", "PASSWD", "PASSPHRASE", "PWD", "SECRET");

	private final String sql;

	private final boolean quotedNames;

	private final StringBuilder text = new StringBuilder();

	private final Pairs inBrackets = new Pairs(']');

	private final Pairs onLine = new Pairs('\n');

	private int position;

	/** Where the present statement begins in the text. */
	private int statement;

	/** Whether what is left of the present statement is not to be shown. */
	private boolean hiding;

	private SqlText(String sql, boolean quotedNames) {
		this.sql = sql;
		this.quotedNames = quotedNames;
	}

	/**
	 * {@return the text of a statement without its values}
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
		String printable = Printable.of(this.text.toString().strip());
		return (printable.length() > MAXIMUM_LENGTH) ? printable.substring(0, MAXIMUM_LENGTH) + ELLIPSIS : printable;
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
		else if (c == '#' && !this.onLine.isComplete()) {
			// Begins a comment in MySQL's SQL, whatever its quotes enclose.
			breakOff();
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
			if (c == ';') {
				this.statement = this.text.length();
			}
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
		if (!this.inBrackets.isComplete()) {
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
		while (end >= 0 && end + 1 < this.sql.length() && this.sql.charAt(end + 1) == quote) {
			end = this.sql.indexOf(quote, end + 2);
		}
		end = (end < 0) ? this.sql.length() : end + 1;
		if (!this.hiding && isSecret(lastWord(this.text.length(), " =:("))) {
			this.text.append('?');
			this.position = end;
		}
		else {
			append(end);
		}
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
			append(end);
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
		int start = this.text.length();
		int end = this.position;
		while (end < this.sql.length() && Character.isJavaIdentifierPart(this.sql.charAt(end))) {
			end++;
		}
		append(end);
		if (!this.hiding && this.text.length() <= MAXIMUM_LENGTH && saysSecret(start)) {
			hideStatement();
		}
	}

	/**
	 * {@return whether all that follows in the statement is, or may be, a secret, in
	 * whatever quotes or in none}
	 */
	private boolean saysSecret(int start) {
		String word = this.text.substring(start).toUpperCase(Locale.ROOT);
		if (IDENTIFICATIONS.contains(word)) {
			return lastWord(start, " ").equals("IDENTIFIED");
		}
		if (isSecret(word) || word.endsWith("KEY")) {
			String before = this.text.substring(this.statement, start).strip().toUpperCase(Locale.ROOT);
			return word.endsWith("KEY") ? before.startsWith("PRAGMA") || before.startsWith("ATTACH")
					: before.equals("SET");
		}
		return false;
	}

	private static boolean isSecret(String word) {
		return SECRETS.stream().anyMatch(word::endsWith);
	}

	private void hideStatement() {
		this.text.append(" ?");
		int shown = this.text.length();
		this.hiding = true;
		while (this.position < this.sql.length() && this.sql.charAt(this.position) != ';') {
			next();
			this.text.setLength(shown);
		}
		this.hiding = false;
	}

	/**
	 * {@return the last word, in quotes or not, in a part of the text}
	 * @param end where the part ends
	 * @param ignored what may come between the word and that end
	 */
	private String lastWord(int end, String ignored) {
		int last = end;
		while (last > this.statement && (ignored + "\"`").indexOf(this.text.charAt(last - 1)) >= 0) {
			last--;
		}
		int first = last;
		while (first > this.statement && Character.isJavaIdentifierPart(this.text.charAt(first - 1))) {
			first--;
		}
		return this.text.substring(first, last).toUpperCase(Locale.ROOT);
	}

	private void append(int end) {
		int shown = Math.min(end, this.position + MAXIMUM_LENGTH + 1);
		this.text.append(this.sql, this.position, shown);
		this.position = end;
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

	/**
	 * Tells whether quotes are in pairs from the present position to a certain character.
	 * Where that is looked for again and again, nothing is looked at twice.
	 */
	private final class Pairs {

		private final char end;

		private int from;

		private int to;

		private boolean complete = true;

		private Pairs(char end) {
			this.end = end;
		}

		boolean isComplete() {
			int position = SqlText.this.position;
			if (position < this.to) {
				this.complete ^= !areComplete(this.from, position);
			}
			else {
				int found = SqlText.this.sql.indexOf(this.end, position);
				this.to = (found < 0) ? SqlText.this.sql.length() : found;
				this.complete = areComplete(position, this.to);
			}
			this.from = position;
			return this.complete;
		}

		private boolean areComplete(int from, int to) {
			boolean complete = true;
			for (int i = from; i < to; i++) {
				complete ^= SqlText.this.sql.charAt(i) == '\'';
			}
			return complete;
		}

	}

}
