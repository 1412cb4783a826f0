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

import java.util.Map;
import java.util.SplittableRandom;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.http.MediaType;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/**
 * Writes pairs by the transactor that the path names.
 */
@RestController
class StormController {

	private static final int STREAMED = 5;

	private final Map<String, Transactor> transactors;

	private final DatabaseClient client;

	private final Pairs pairs;

	private final SplittableRandom random = new SplittableRandom(1);

	StormController(Map<String, Transactor> transactors, DatabaseClient client, Pairs pairs) {
		this.transactors = transactors;
		this.client = client;
		this.pairs = pairs;
	}

	@GetMapping("/{transactor}/pair")
	Mono<Long> pair(@PathVariable("transactor") String transactor) {
		return Mono.defer(() -> transactor(transactor).write(unit()));
	}

	@GetMapping(path = "/{transactor}/pairs", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	Flux<Long> pairs(@PathVariable("transactor") String transactor) {
		return Flux.defer(() -> transactor(transactor).writeAll(unit(), STREAMED));
	}

	private Transactor transactor(String name) {
		Transactor transactor = this.transactors.get(name);
		if (transactor == null) {
			throw new IllegalArgumentException(name + " is none of " + this.transactors.keySet());
		}
		return transactor;
	}

	private synchronized Unit unit() {
		return new Unit(this.random.split(), false, this.client, this.pairs);
	}

}
