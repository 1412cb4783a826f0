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

package io.transactionscope.benchmark;

import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

import javax.sql.DataSource;

import io.transactionscope.TransactionScope;
import io.transactionscope.benchmark.Table.Column;
import io.transactionscope.benchmark.Table.Row;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.retry.RetryPolicy;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * What it costs a block that succeeds at once to be certain of its outcome: beside one
 * that is not, and one that asks the database one question more.
 */
@SuppressWarnings("NullAway.Init") // JMH sets it up
public class CertainBlock extends Measured {

	static final Table TABLE = new Table("a block that succeeds at once",
			Arrays.stream(Certainty.values())
				.map((each) -> new Column(each.text, each.name(),
						(each != Certainty.NONE) ? Certainty.NONE.name() : null, null))
				.toList(),
			List.of(new Row("empty", "CertainBlock.update.STUB", Figure.MULTIPLE),
					new Row("its memory", "CertainBlock.update.STUB", Figure.MEMORY),
					new Row("updating a row, PostgreSQL", "CertainBlock.update.POSTGRESQL", Figure.MULTIPLE)));

	@Param
	public Certainty subject;

	@Param({ "STUB", "POSTGRESQL" })
	public Database database;

	private ConfigurableApplicationContext application;

	private CallBlocks blocks;

	private JdbcClient jdbc;

	@Setup
	public void start() {
		this.application = Application.start(this.database, Starter.WHOLE);
		DataSource dataSource = this.application.getBean(DataSource.class);
		this.jdbc = JdbcClient.create(dataSource);
		this.blocks = new CallBlocks(dataSource,
				this.subject.options.apply(this.application.getBean(TransactionScope.class)));
	}

	@TearDown
	public void stop() {
		this.application.close();
	}

	@Benchmark
	public int update() {
		if (this.database == Database.STUB) {
			return this.blocks.empty();
		}
		return this.blocks.call((dataSource) -> {
			int updated = this.blocks.update(dataSource, 1);
			return (this.subject == Certainty.QUESTION)
					? updated * this.jdbc.sql("select 1").query(Integer.class).single() : updated;
		});
	}

	/**
	 * How certain it is of its outcome.
	 */
	@SuppressWarnings("ImmutableEnumChecker") // What it is made of keeps no state
	public enum Certainty {

		/** As by default. */
		NONE("`call`", UnaryOperator.identity()),

		/** It would be repeated if it failed. */
		RETRY("with `retry`", (scope) -> scope.retry(RetryPolicy.withMaxRetries(3))),

		/** As by default, with one round trip more. */
		QUESTION("with one query more", UnaryOperator.identity()),

		/** Its COMMIT could be resolved. */
		RESOLVED("with `resolveCommit`", TransactionScope::resolveCommit);

		private final String text;

		private final UnaryOperator<TransactionScope> options;

		Certainty(String text, UnaryOperator<TransactionScope> options) {
			this.text = text;
			this.options = options;
		}

	}

}
