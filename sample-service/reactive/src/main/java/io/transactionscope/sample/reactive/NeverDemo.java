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

package io.transactionscope.sample.reactive;

import java.time.Duration;

import io.transactionscope.reactive.ReactiveTransactionScope;
import reactor.core.publisher.Mono;

import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Component;

/**
 * What to avoid: a block that waits for what never comes, such as an answer that was
 * lost. It ends when its client hangs up, or at a deadline, if it has one.
 */
@Profile("demo")
@Component
class NeverDemo {

	private final ReactiveTransactionScope awaiting;

	private final Stock stock;

	NeverDemo(ReactiveTransactionScope transactions, Stock stock) {
		this.awaiting = transactions.named("await-answer");
		this.stock = stock;
	}

	Mono<StockItem> await(int seconds) {
		return this.awaiting.timeout(Duration.ofSeconds(seconds))
			.call(() -> this.stock.find("filter").delayUntil((item) -> Mono.never()));
	}

}
