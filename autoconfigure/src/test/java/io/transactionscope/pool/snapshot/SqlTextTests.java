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

import java.util.stream.LongStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link SqlText}.
 */
class SqlTextTests {

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
			select * from item                             | select * from item
			select * from item where id = ?                | select * from item where id = ?
			select * from item where id = 4711             | select * from item where id = ?
			select -1.5e10, .5, 0xCAFE, 1_000              | select -?, ?, ?, ?
			select 'Ada'                                   | select ?
			select 'it''s Ada', 'Bob'                      | select ?, ?
			select ''                                      | select ?
			insert into t values('a',1,'b')                | insert into t values(?,?,?)
			select date '2026-01-01', N'Ada', x'CAFE'      | select date ?, N?, x?
			select 'unterminated Ada                       | select ?
			select 'C:\\', 'Ada'                           | select ?…
			select E'it\\'s Ada', 'Bob'                    | select E?…
			select $$Ada$$, $tag$ Bob $$ $tag$, 1          | select ?, ?, ?
			select $1, $2 from t                           | select $1, $2 from t
			select :name from t                            | select :name from t
			select q'[it's Ada]', nq'!Bob!' from dual      | select q?, nq? from dual
			select t1.c2 from schema3.table_4 t1           | select t1.c2 from schema3.table_4 t1
			select "order 66" from "My ""quoted"" table"   | select "order 66" from "My ""quoted"" table"
			select `order 66` from t                       | select `order 66` from t
			select 1 -- Ada is 36                          | select ?
			select /* Ada */ 1                             | select ?
			select /* Ada                                  | select
			select a--1                                    | select a
			select /*/ isn't */ 'Ada'                      | select ?
			select /* /* isn't */ it */ 'Ada'              | select …
			select array['Ada', 'Bob'], a[1]               | select array[?, ?], a[?]
			select [it's] from t where name = 'Ada'        | select …
			select data #>> '{name}'                       | select data #>> ?
			""")
	void showsNoValues(String sql, String expected) {
		assertThat(SqlText.withoutValues(sql, true)).isEqualTo(expected);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '~',
			textBlock = """
					create user ada identified by s3cret                       | create user ada identified by ?
					create user ada identified by "s3;cret" account unlock     | create user ada identified by ?
					ALTER USER ada IDENTIFIED BY s3cret REPLACE 0ld; commit    | ALTER USER ada IDENTIFIED BY ?; commit
					grant connect to ada, bob identified by one, two           | grant connect to ada, bob identified by ?
					create database link l connect to ada identified by s3cret | create database link l connect to ada identified by ?
					alter user ada identified/**/ by values 's3cret'           | alter user ada identified by ?
					create user ada identified with plugin by "s3cret"         | create user ada identified with ?
					create user ada identified via ed25519 using 's3cret'      | create user ada identified via ?
					set password for "ada"@"%" = "s3cret"                      | set password ?
					set password = `s3cret`                                    | set password ?
					create login ada with password = "s3""cret", default_database = shop \
					| create login ada with password = ?, default_database = shop
					alter login ada with password = 'new' old_password = "0ld" | alter login ada with password = ? old_password = ?
					open symmetric key k decryption by password = "s3cret"     | open symmetric key k decryption by password = ?
					create user ada password "s3cret" admin                    | create user ada password ? admin
					change master to master_password="s3cret", master_port=1   | change master to master_password=?, master_port=?
					set encryption passphrase("s3cret")                        | set encryption passphrase(?)
					pragma key = s3cret                                        | pragma key ?
					PRAGMA hexkey="2DD29CA8"; select 1                         | PRAGMA hexkey ?; select ?
					attach database 'a.db' as a key "s3cret"                   | attach database ? as a key ?
					pragma foreign_keys = on                                   | pragma foreign_keys = on
					select password from users where name = ? for update       | select password from users where name = ? for update
					update users set password = ? where id = ?                 | update users set password = ? where id = ?
					update users set "password" = "s3cret", "name" = ?         | update users set "password" = ?, "name" = ?
					insert into users ("password", "name") values (?, ?)       | insert into users ("password", "name") values (?, ?)
					create table users (password varchar(200), "name" text)    | create table users (password varchar(?), "name" text)
					alter table t add primary key (id)                         | alter table t add primary key (id)
					select identified by_whom from t                           | select identified by_whom from t
					""")
	void showsNoSecretsInWhateverQuotes(String sql, String expected) {
		assertThat(SqlText.withoutValues(sql, true)).isEqualTo(expected);
	}

	@Test
	void showsNoCharactersThatChangeHowOthersAreShown() {
		assertThat(SqlText.withoutValues("select a\u0000b, \"x\r\nINFO forged\" from t\u202E", true))
			.isEqualTo("select a\\u0000b, \"x\\r\\nINFO forged\" from t\\u202E");
	}

	@Test
	void numberSignMayBeginACommentWhereverItsQuotesAreNotInPairs() {
		assertThat(SqlText.withoutValues("select 1 # isn't\n, 'Ada'", true)).isEqualTo("select ? …");
		assertThat(SqlText.withoutValues("select serial# from v$session where name = 'Ada'", true))
			.isEqualTo("select serial# from v$session where name = ?");
	}

	@ParameterizedTest
	@ValueSource(strings = { "[", "[ ", "# ", "/**/", "[x ", "`x", "$x ", "pragma key " })
	void takesTimeInProportionToTheLengthOfTheSql(String repeated) {
		String tail = "x ".repeat(1_000_000);
		long once = shortestTime(repeated + tail);
		long often = shortestTime(repeated.repeat(500) + tail);
		// Five hundred times as long, if each of them looked for its end.
		assertThat(often / Math.max(once, 100_000)).isLessThan(50);
	}

	private static long shortestTime(String sql) {
		return LongStream.range(0, 5).map((i) -> {
			long start = System.nanoTime();
			SqlText.withoutValues(sql, true);
			return System.nanoTime() - start;
		}).min().orElseThrow();
	}

	@Test
	void doubleQuotesAreValuesWhereTheDatabaseSaysSo() {
		assertThat(SqlText.withoutValues("select \"Ada\", 'Bob', `name` from t", false))
			.isEqualTo("select ?, ?, `name` from t");
	}

	@Test
	void numberSignBeginsACommentWhereDoubleQuotesAreValues() {
		assertThat(SqlText.withoutValues("select 1 # isn't\n, 'Ada'", false)).isEqualTo("select ? , ?");
	}

	@Test
	void isOneLine() {
		assertThat(SqlText.withoutValues("\n  select *\n\tfrom item -- all of them\n  where id = 1\n", true))
			.isEqualTo("select * from item where id = ?");
	}

	@Test
	void isNotTooLong() {
		assertThat(SqlText.withoutValues("select " + "name, ".repeat(1000) + "id from item", true)).hasSize(501)
			.endsWith("…");
	}

}
