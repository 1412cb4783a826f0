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

import io.transactionscope.pool.snapshot.SqlText;

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

	/** Commits. */
	COMMIT,

	/** Leaves it to somebody else to commit. */
	PREPARE,

	/** Rolls back. */
	ROLLBACK;

	private static final List<String> HARMLESS = List.of("select", "insert", "update", "delete", "with", "merge");

	private static final Pattern AUTO_COMMIT = Pattern
		.compile("(?i)\\bset\\s++(@@|session\\s++|@@session\\.)?autocommit(\\s*+(=|to)\\s*+|\\s++)(1|on|true)\\b");

	private static final Pattern NAME_IN_QUOTES = Pattern.compile("\"[^\"]*\"|`[^`]*`");

	/** What has statements inside, that are not executed now. */
	private static final Set<String> PROGRAMS = Set.of("PROCEDURE", "FUNCTION", "TRIGGER", "EVENT", "PACKAGE", "TYPE");

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
				return sql.indexOf(';', start) >= 0;
			}
		}
		return true;
	}

	/**
	 * Read it from the text: of several statements, what weighs most.
	 */
	static TransactionControl of(String sql, DatabaseDriver database) {
		boolean mysql = database == DatabaseDriver.MYSQL || database == DatabaseDriver.MARIADB;
		String text = NAME_IN_QUOTES.matcher(SqlText.withoutValues(sql, !mysql)).replaceAll("x");
		TransactionControl heaviest = (mysql || database == DatabaseDriver.H2) && AUTO_COMMIT.matcher(sql).find()
				? IMPLICIT_COMMIT : NONE;
		for (String statement : text.toUpperCase(Locale.ROOT).split(";", -1)) {
			String[] words = statement.strip().split("[\\s(]+", -1);
			TransactionControl control = of(words, database);
			if (control.compareTo(heaviest) > 0) {
				heaviest = control;
			}
			if (isProgram(words)) {
				break;
			}
		}
		return heaviest;
	}

	private static boolean isProgram(String[] words) {
		return words[0].equals("DECLARE") || words[0].equals("BEGIN")
				|| (words[0].equals("CREATE") && Arrays.stream(words).limit(6).anyMatch(PROGRAMS::contains));
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

}
