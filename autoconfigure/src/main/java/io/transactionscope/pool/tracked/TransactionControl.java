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
package io.transactionscope.pool.tracked;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

import org.springframework.boot.jdbc.DatabaseDriver;

/**
 * What a statement does to the transaction that it is sent in, as far as its text tells.
 * What stored procedures do in the database is not seen.
 */
enum TransactionControl {

	/** Nothing. */
	NONE,

	/** Forgets an error that had failed the transaction. */
	ROLLBACK_TO_SAVEPOINT,

	/** Commits, on its way to something else, what was done before. */
	IMPLICIT_COMMIT,

	/** Rolls back. */
	ROLLBACK,

	/** Commits. */
	COMMIT,

	/** Leaves it to somebody else to commit. */
	PREPARE;

	/** As many words tell what a statement does; what follows is one more. */
	private static final int MOST_WORDS = 8;

	private static final List<String> HARMLESS = List.of("select", "insert", "update", "delete", "with", "merge");

	private static final Pattern AUTO_COMMIT = Pattern
		.compile("(?i)\\bset\\s++(@@|session\\s++|@@session\\.)?autocommit(\\s*+(=|to)\\s*+|\\s++)(1|on|true)\\b");

	/** What has statements inside, that are not executed now. */
	private static final Set<String> PROGRAMS = Set.of("PROCEDURE", "FUNCTION", "TRIGGER", "EVENT", "PACKAGE", "TYPE");

	/** What follows BEGIN where it begins a transaction, and not a program. */
	private static final Set<String> OF_TRANSACTION = Set.of("WORK", "TRANSACTION", "TRAN", "DISTRIBUTED", "DEFERRED",
			"IMMEDIATE", "EXCLUSIVE");

	/**
	 * Which commit implicitly on MySQL and MariaDB.
	 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/implicit-commit.html">
	 * Statements that cause an implicit commit</a>
	 */
	private static final Set<String> MYSQL = Set.of("ALTER", "CREATE", "DROP", "RENAME", "TRUNCATE", "GRANT", "REVOKE",
			"FLUSH", "RESET", "INSTALL", "UNINSTALL", "ANALYZE TABLE", "CHECK TABLE", "OPTIMIZE TABLE", "REPAIR TABLE",
			"LOCK TABLE", "LOCK TABLES", "UNLOCK TABLES", "CACHE INDEX", "LOAD INDEX", "SET PASSWORD", "BEGIN",
			"START TRANSACTION");

	private static final Set<String> ORACLE = Set.of("ALTER", "CREATE", "DROP", "RENAME", "TRUNCATE", "GRANT", "REVOKE",
			"COMMENT", "ANALYZE", "AUDIT", "NOAUDIT", "PURGE", "FLASHBACK");

	private static final Set<String> H2 = Set.of("ALTER", "CREATE", "DROP", "TRUNCATE", "GRANT", "REVOKE", "COMMENT",
			"ANALYZE", "REFRESH");

	private static final Set<String> HSQLDB = Set.of("ALTER", "CREATE", "DROP", "TRUNCATE", "GRANT", "REVOKE",
			"COMMENT");

	/**
	 * Return whether it is worth a closer look at a statement. Most are not.
	 */
	static boolean isSuspect(String sql) {
		int start = 0;
		while (start < sql.length() && Character.isWhitespace(sql.charAt(start))) {
			start++;
		}
		for (String verb : HARMLESS) {
			if (sql.regionMatches(true, start, verb, 0, verb.length())) {
				int end = sql.indexOf(';', start);
				return end >= 0 && !sql.substring(end + 1).isBlank();
			}
		}
		return true;
	}

	/**
	 * Read it from the text: of several statements, what weighs most.
	 */
	static TransactionControl of(String sql, DatabaseDriver database) {
		String text = Script.withoutQuotes(sql, database);
		TransactionControl heaviest = (Script.isMysql(database) || database == DatabaseDriver.H2)
				&& AUTO_COMMIT.matcher(text).find() ? IMPLICIT_COMMIT : NONE;
		for (String statement : text.toUpperCase(Locale.ROOT).split(";", -1)) {
			String[] words = statement.strip().split("[\\s(]+", MOST_WORDS);
			TransactionControl control = of(words, database);
			if (control == ROLLBACK && heaviest == IMPLICIT_COMMIT) {
				// What comes before is committed.
				heaviest = COMMIT;
			}
			else if (control.compareTo(heaviest) > 0) {
				heaviest = control;
			}
			if (isProgram(words, statement, database)) {
				break;
			}
		}
		return heaviest;
	}

	private static boolean isProgram(String[] words, String statement, DatabaseDriver database) {
		boolean postgres = database == DatabaseDriver.POSTGRESQL;
		return switch (words[0]) {
			case "BEGIN" -> !postgres && words.length > 1 && !OF_TRANSACTION.contains(words[1]);
			case "DECLARE" -> database == DatabaseDriver.ORACLE || database == DatabaseDriver.MARIADB;
			// PostgreSQL has most of them in quotes.
			case "CREATE" -> Arrays.stream(words).limit(6).anyMatch(PROGRAMS::contains)
					&& (!postgres || statement.contains("ATOMIC"));
			default -> false;
		};
	}

	private static TransactionControl of(String[] words, DatabaseDriver database) {
		String second = (words.length > 1) ? words[1] : "";
		boolean postgres = database == DatabaseDriver.POSTGRESQL;
		switch (words[0]) {
			case "COMMIT" -> {
				return second.equals("PREPARED") ? NONE : COMMIT;
			}
			case "END" -> {
				return postgres ? COMMIT : NONE;
			}
			case "ABORT" -> {
				return postgres ? ROLLBACK : NONE;
			}
			case "PREPARE" -> {
				return (postgres && second.equals("TRANSACTION")) ? PREPARE : NONE;
			}
			case "ROLLBACK" -> {
				if (second.equals("PREPARED")) {
					return NONE;
				}
				return Arrays.stream(words).limit(3).anyMatch("TO"::equals) ? ROLLBACK_TO_SAVEPOINT : ROLLBACK;
			}
			default -> {
				boolean temporary = Arrays.stream(words).limit(4).anyMatch("TEMPORARY"::equals);
				return isImplicitCommit(words[0], second, temporary, database) ? IMPLICIT_COMMIT : NONE;
			}
		}
	}

	private static boolean isImplicitCommit(String first, String second, boolean temporary, DatabaseDriver database) {
		String both = first + " " + second;
		return switch (database) {
			case MYSQL, MARIADB -> !temporary && (MYSQL.contains(first) || MYSQL.contains(both));
			case ORACLE -> ORACLE.contains(first) && !both.equals("ALTER SESSION") && !both.equals("ALTER SYSTEM");
			case H2 -> H2.contains(first);
			case HSQLDB -> HSQLDB.contains(first);
			default -> false;
		};
	}

	/**
	 * Reads SQL as its database does, to know where its statements end. Unlike what is
	 * shown to people, nothing is cut off, and where databases differ, it is no reason to
	 * stop.
	 */
	private static final class Script {

		private static final Set<DatabaseDriver> WITH_NESTED_COMMENTS = Set.of(DatabaseDriver.POSTGRESQL,
				DatabaseDriver.SQLSERVER, DatabaseDriver.H2, DatabaseDriver.DB2);

		private final String sql;

		private final DatabaseDriver database;

		private final boolean mysql;

		private final StringBuilder text = new StringBuilder();

		private int position;

		private Script(String sql, DatabaseDriver database) {
			this.sql = sql;
			this.database = database;
			this.mysql = isMysql(database);
		}

		static boolean isMysql(DatabaseDriver database) {
			return database == DatabaseDriver.MYSQL || database == DatabaseDriver.MARIADB;
		}

		/**
		 * Return a text without comments, and with a letter in place of whatever is in
		 * quotes.
		 */
		static String withoutQuotes(String sql, DatabaseDriver database) {
			Script script = new Script(sql, database);
			while (script.position < sql.length()) {
				script.next();
			}
			return script.text.toString();
		}

		private void next() {
			char c = this.sql.charAt(this.position);
			if (at("--") || (c == '#' && this.mysql)) {
				skipPast("\n", 1);
				this.text.append(' ');
			}
			else if (at("/*")) {
				skipComment();
				this.text.append(' ');
			}
			else if (c == '\'' && this.database == DatabaseDriver.ORACLE && (follows("q") || follows("nq"))) {
				skipOracleQuote();
				this.text.append('x');
			}
			else if (c == '\'' || c == '"' || c == '`') {
				skipQuoted(c);
				this.text.append('x');
			}
			else if (c == '[' && this.database == DatabaseDriver.SQLSERVER) {
				skipPast("]", 1);
				this.text.append('x');
			}
			else if (c == '$' && follows("")) {
				dollar();
			}
			else {
				this.text.append(c);
				this.position++;
			}
		}

		private void skipComment() {
			boolean nested = WITH_NESTED_COMMENTS.contains(this.database);
			int depth = 0;
			do {
				if (at("/*")) {
					depth = nested ? depth + 1 : 1;
					this.position += 2;
				}
				else if (at("*/")) {
					depth--;
					this.position += 2;
				}
				else {
					this.position++;
				}
			}
			while (depth > 0 && this.position < this.sql.length());
		}

		private void skipQuoted(char quote) {
			boolean escapes = (this.mysql && quote != '`') || (quote == '\'' && follows("e"));
			this.position++;
			while (this.position < this.sql.length()) {
				char c = this.sql.charAt(this.position++);
				if (c == '\\' && escapes) {
					this.position++;
				}
				else if (c == quote && !at(String.valueOf(quote))) {
					return;
				}
				else if (c == quote) {
					this.position++;
				}
			}
		}

		private void skipOracleQuote() {
			if (this.position + 1 == this.sql.length()) {
				this.position++;
				return;
			}
			char opening = this.sql.charAt(this.position + 1);
			int pair = "[{(<".indexOf(opening);
			skipPast(((pair >= 0) ? "]})>".charAt(pair) : opening) + "'", 2);
		}

		private void dollar() {
			int end = this.position + 1;
			while (end < this.sql.length() && isNamePart(end) && this.sql.charAt(end) != '$') {
				end++;
			}
			if (end < this.sql.length() && this.sql.charAt(end) == '$') {
				String tag = this.sql.substring(this.position, end + 1);
				skipPast(tag, tag.length());
				this.text.append('x');
			}
			else {
				this.text.append('$');
				this.position++;
			}
		}

		/**
		 * Skip all up to the next occurrence of an end, which there may be none of.
		 * @param from where it may begin, from the present position
		 */
		private void skipPast(String end, int from) {
			int found = this.sql.indexOf(end, this.position + from);
			this.position = (found < 0) ? this.sql.length() : found + end.length();
		}

		private boolean at(String token) {
			return this.sql.startsWith(token, this.position);
		}

		/**
		 * Return whether right before the present position is this word, and not only its
		 * end.
		 */
		private boolean follows(String word) {
			int start = this.position - word.length();
			return this.sql.regionMatches(true, start, word, 0, word.length())
					&& (start == 0 || !isNamePart(start - 1));
		}

		private boolean isNamePart(int index) {
			return Character.isJavaIdentifierPart(this.sql.charAt(index));
		}

	}

}
