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

package io.transactionscope.reactive.storm;

import java.util.SplittableRandom;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.r2dbc.core.DatabaseClient;

/**
 * One subscription of a storm: what its transactions write, and how they end if nobody
 * cancels.
 *
 * @param random of its own
 * @param fails whether its work should fail at the end
 * @param client over the pool
 * @param pairs of the storm
 */
record Unit(SplittableRandom random, boolean fails, DatabaseClient client, Pairs pairs) {

	Pair pair() {
		return this.pairs.add();
	}

	/** The end of its work: the value, or the failure that it should have. */
	<T> Mono<T> end(Mono<T> work) {
		return this.fails ? work.then(Mono.error(new IllegalStateException("body"))) : work;
	}

	/** The end of its work. */
	<T> Flux<T> end(Flux<T> work) {
		return this.fails ? work.concatWith(Mono.error(new IllegalStateException("body"))) : work;
	}

	/** Write both rows, one after the other. */
	Mono<Long> write(Pair pair) {
		return insert("storm_left", pair).then(Mono.deferContextual((context) -> {
			Aim aim = Aim.of(context);
			if (aim != null) {
				aim.reached(Moment.BODY);
			}
			return insert("storm_right", pair);
		})).thenReturn(pair.id());
	}

	private Mono<Long> insert(String table, Pair pair) {
		return this.client.sql("insert into " + table + " (id) values (" + pair.id() + ")").fetch().rowsUpdated();
	}

}
