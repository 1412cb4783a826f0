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

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.jdbc.DatabaseDriver;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What statements do to their transaction, read from their text (T4).
 */
class TransactionControlTests {

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			POSTGRESQL | COMMIT                                          | COMMIT
			POSTGRESQL | commit and chain                                | COMMIT
			POSTGRESQL | END                                             | COMMIT
			POSTGRESQL | abort                                           | ROLLBACK
			POSTGRESQL | rollback                                        | ROLLBACK
			POSTGRESQL | ROLLBACK TO SAVEPOINT here                      | ROLLBACK_TO_SAVEPOINT
			POSTGRESQL | rollback work to here                           | ROLLBACK_TO_SAVEPOINT
			POSTGRESQL | PREPARE TRANSACTION 'x'                         | PREPARE
			POSTGRESQL | PREPARE q AS select 1                           | NONE
			POSTGRESQL | create table t (id int)                         | NONE
			POSTGRESQL | begin                                           | NONE
			POSTGRESQL | insert into t values ('a;commit'); select 1     | NONE
			POSTGRESQL | insert into t values (1); commit; select 1      | COMMIT
			POSTGRESQL | select $$ ; commit; $$ ; select 1               | NONE
			POSTGRESQL | select "a;commit;b" from t;                     | NONE
			POSTGRESQL | commit prepared 'x'                             | NONE
			POSTGRESQL | begin; insert into t values (1); commit         | COMMIT
			POSTGRESQL | begin isolation level serializable; commit      | COMMIT
			POSTGRESQL | declare c cursor for select 1; commit           | COMMIT
			POSTGRESQL | insert into t values ('C:\\dir'); commit        | COMMIT
			POSTGRESQL | insert into t values (E'a''\\'; '); select 1    | NONE
			POSTGRESQL | insert into t values (E'\\''); commit           | COMMIT
			POSTGRESQL | insert into t values (array['a]b'][1]); commit  | COMMIT
			POSTGRESQL | select 1 # 2; commit                            | COMMIT
			POSTGRESQL | select /* a /* b */ ; commit */ 1               | NONE
			POSTGRESQL | select /* a /* b */ c */ 1; commit              | COMMIT
			POSTGRESQL | select a$b$c; commit                            | COMMIT
			POSTGRESQL | do $a$ begin commit; end $a$; select 1          | NONE
			POSTGRESQL | create function f() as $$ x; $$; commit         | COMMIT
			POSTGRESQL | create function f() begin atomic x; end; y      | NONE
			POSTGRESQL | insert into t values (1); commit; rollback      | COMMIT
			POSTGRESQL | rollback; select 1                              | ROLLBACK
			MARIADB    | begin; insert into t values (1); commit         | COMMIT
			MARIADB    | begin not atomic commit; end                    | IMPLICIT_COMMIT
			MARIADB    | insert into t values ('a\\'; commit; ')         | NONE
			MARIADB    | insert into t values ("a\\"; commit; ")         | NONE
			MARIADB    | select 1 # isn't; commit                        | NONE
			MARIADB    | select /* a /* b */ 1; commit                   | COMMIT
			MARIADB    | create table t (id int); rollback               | COMMIT
			MARIADB    | rollback; begin                                 | ROLLBACK
			MARIADB    | create table t (id int)                         | IMPLICIT_COMMIT
			MARIADB    | create temporary table t (id int)               | NONE
			MARIADB    | create or replace temporary table t (id int)    | NONE
			MARIADB    | drop temporary table t                          | NONE
			MARIADB    | truncate t                                      | IMPLICIT_COMMIT
			MARIADB    | truncate(t)                                     | IMPLICIT_COMMIT
			MYSQL      | start transaction                               | IMPLICIT_COMMIT
			MYSQL      | begin                                           | IMPLICIT_COMMIT
			MYSQL      | lock tables t read                              | IMPLICIT_COMMIT
			MYSQL      | analyze table t                                 | IMPLICIT_COMMIT
			MYSQL      | analyze select 1                                | NONE
			MYSQL      | set autocommit = 1                              | IMPLICIT_COMMIT
			MYSQL      | set @@autocommit=ON                             | IMPLICIT_COMMIT
			MYSQL      | set autocommit = 0                              | NONE
			MYSQL      | create procedure p() begin commit; end          | IMPLICIT_COMMIT
			MYSQL      | rename table a to b                             | IMPLICIT_COMMIT
			H2         | create table t (id int)                         | IMPLICIT_COMMIT
			H2         | set autocommit true                             | IMPLICIT_COMMIT
			H2         | grant select on t to x                          | IMPLICIT_COMMIT
			H2         | set lock_timeout 100                            | NONE
			ORACLE     | alter table t add x int                         | IMPLICIT_COMMIT
			ORACLE     | alter session set x = y                         | NONE
			ORACLE     | begin insert into t values (1); commit; end;    | NONE
			ORACLE     | declare n int; begin commit; end;               | NONE
			ORACLE     | select q'[isn't; commit; ]' from dual;          | NONE
			SQLSERVER  | begin tran; insert into t values (1); commit    | COMMIT
			SQLSERVER  | begin try insert into t values (1); commit; end | NONE
			SQLSERVER  | declare @n int = 1; commit                      | COMMIT
			SQLSERVER  | select [isn't] from t; commit                   | COMMIT
			SQLSERVER  | create table t (id int)                         | NONE
			SQLSERVER  | commit transaction                              | COMMIT
			""")
	void t4IsReadFromTheText(DatabaseDriver database, String sql, TransactionControl control) {
		assertThat(TransactionControl.isSuspect(sql) || control == TransactionControl.NONE).isTrue();
		assertThat(TransactionControl.of(sql, database)).isEqualTo(control);
	}

	@Test
	void t4IsReadFromTheWholeOfALongText() {
		String sql = "insert into t values (1); ".repeat(30) + "commit";
		assertThat(TransactionControl.of(sql, DatabaseDriver.H2)).isEqualTo(TransactionControl.COMMIT);
	}

	@ParameterizedTest
	@ValueSource(strings = { "'", "\"", "$$", "$", "/*", "--", "[", "q'", "'\\", "/* /* ", "E'" })
	void textThatBreaksOffIsReadToo(String end) {
		for (DatabaseDriver database : DatabaseDriver.values()) {
			assertThat(TransactionControl.of("commit; " + end, database)).isEqualTo(TransactionControl.COMMIT);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "select 1", "  SELECT a from t", "insert into t values (?)", "update t set a = ?",
			"delete from t", "with x as (select 1) select * from x", "Merge into t", "insert into t values (1); " })
	void mostStatementsAreNotLookedAt(String sql) {
		assertThat(TransactionControl.isSuspect(sql)).isFalse();
	}

	@Test
	void severalStatementsAre() {
		assertThat(TransactionControl.isSuspect("select 1; select 2")).isTrue();
		assertThat(TransactionControl.isSuspect("")).isTrue();
		assertThat(TransactionControl.of("", DatabaseDriver.MYSQL)).isEqualTo(TransactionControl.NONE);
	}

}
