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

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

	@Test
	void doubleQuotesAreValuesWhereTheDatabaseSaysSo() {
		assertThat(SqlText.withoutValues("select \"Ada\", 'Bob', `name` from t", false))
			.isEqualTo("select ?, ?, `name` from t");
	}

	@Test
	void numberSignBeginsACommentWhereTheDatabaseSaysSo() {
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
