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

import java.util.Objects;

import io.r2dbc.pool.ConnectionPool;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import reactor.core.publisher.Mono;

import org.springframework.r2dbc.core.DatabaseClient;

/**
 * A reactive block that updates one row in PostgreSQL, over the loopback interface and
 * out of a pool.
 */
@SuppressWarnings("NullAway.Init") // JMH sets it up
public class ReactiveRowUpdate extends Measured {

	@Param
	public ReactivePeer peer;

	private ConnectionPool pool;

	private ReactiveBlocks blocks;

	private Mono<Integer> update;

	@Setup
	public void start() {
		this.pool = Database.reactivePool();
		this.blocks = this.peer.blocks(this.pool);
		this.update = DatabaseClient.create(this.pool)
			.sql("update account set balance = balance + 1 where id = 1")
			.fetch()
			.rowsUpdated()
			.map(Long::intValue);
	}

	@TearDown
	public void stop() {
		this.pool.dispose();
	}

	@Benchmark
	public int update() {
		return Objects.requireNonNull(this.blocks.in(this.update).block());
	}

}
