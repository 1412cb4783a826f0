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

import java.util.concurrent.TimeUnit;

import io.transactionscope.reactive.ReactiveTransactionScope;
import reactor.core.publisher.Mono;

import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Component;

/**
 * What to avoid: code that waits where signals arrive. It keeps its connection, and
 * everybody from going on who is served by the same event loop.
 */
@Profile("demo")
@Component
class BlockedDemo {

	private final ReactiveTransactionScope labelling;

	private final Stock stock;

	BlockedDemo(ReactiveTransactionScope transactions, Stock stock) {
		this.labelling = transactions.named("print-label");
		this.stock = stock;
	}

	Mono<String> print(int seconds) {
		return this.labelling.call(() -> this.stock.find("grinder").map((item) -> printLabel(item, seconds)));
	}

	/** As if it were written to a printer that is slow. */
	private static String printLabel(StockItem item, int seconds) {
		try {
			TimeUnit.SECONDS.sleep(seconds);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		return item.name() + " labelled";
	}

}
