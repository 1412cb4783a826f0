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

package io.transactionscope.pool.r2dbc;

import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;

import io.r2dbc.spi.Readable;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.Row;
import io.r2dbc.spi.RowMetadata;
import io.r2dbc.spi.Wrapped;
import org.reactivestreams.Publisher;

/**
 * What a statement has given, as its user has it: the database works for it while
 * somebody reads it and wants more of its rows.
 *
 * @param result the driver's own
 * @param work the statement
 */
record TrackedR2dbcResult(Result result, Work work) implements Result, Wrapped<Result> {

	@Override
	public Result unwrap() {
		this.work.unwraps();
		return this.result;
	}

	@Override
	public Publisher<Long> getRowsUpdated() {
		return new WantedRows<>(this.result.getRowsUpdated(), this.work);
	}

	@Override
	public <T> Publisher<T> map(BiFunction<Row, RowMetadata, ? extends T> mapping) {
		return new WantedRows<>(this.result.map(mapping), this.work);
	}

	@Override
	public <T> Publisher<T> map(Function<? super Readable, ? extends T> mapping) {
		return new WantedRows<>(this.result.map(mapping), this.work);
	}

	@Override
	public Result filter(Predicate<Segment> filter) {
		return new TrackedR2dbcResult(this.result.filter(filter), this.work);
	}

	@Override
	public <T> Publisher<T> flatMap(Function<Segment, ? extends Publisher<? extends T>> mapping) {
		return new WantedRows<>(this.result.flatMap(mapping), this.work);
	}

}
