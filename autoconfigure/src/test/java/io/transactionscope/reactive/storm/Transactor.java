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

import java.util.List;
import java.util.stream.Stream;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Runs what it is given in a transaction.
 */
interface Transactor {

	<T> Mono<T> in(Mono<T> body);

	/** The items come at once, and the completion after the COMMIT. */
	<T> Flux<T> stream(Flux<T> body);

	/** A pair, written in a transaction of its own. */
	default Mono<Long> write(Unit unit) {
		Pair pair = unit.pair();
		return in(unit.write(pair).as(unit::end)).doOnNext((id) -> pair.mustBeThere("its subscriber got it"))
			.doOnError((ex) -> pair.mustNotBeThere("its subscriber got " + ex));
	}

	/** So many pairs, written one after the other in one transaction. */
	default Flux<Long> writeAll(Unit unit, int number) {
		List<Pair> pairs = Stream.generate(unit::pair).limit(number).toList();
		return stream(Flux.fromIterable(pairs).concatMap(unit::write).as(unit::end))
			.doOnComplete(
					() -> pairs.forEach((pair) -> pair.mustBeThere("the stream that it was a part of has completed")))
			.doOnError((ex) -> pairs
				.forEach((pair) -> pair.mustNotBeThere("the stream that it was a part of has failed with " + ex)));
	}

}
