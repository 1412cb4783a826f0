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

package io.transactionscope.javadoc;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

import io.transactionscope.resource.async.AsyncResource;
import io.transactionscope.resource.async.AsyncResourceScope;
import io.transactionscope.resource.async.BlockFuture;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The samples of asynchronous resources.
 */
class AsyncSamplesTests {

	private final List<String> said = new CopyOnWriteArrayList<>();

	private final Client client = new Client(this.said);

	private final Executor executor = Runnable::run;

	@Test
	void asyncResource() {
		AsyncResource<Session> session = AsyncResource.of(client::login, (opened, outcome) -> opened.logout());
		assertThat(session.call((opened) -> opened.send(new Order("pen"))).join()).isEqualTo(new Receipt("pen"));
		assertThat(this.said).containsExactly("login", "pen", "logout");
	}

	@Test
	void asyncResourceScope() {
		AsyncResource<Session> session = AsyncResource.of(this.client::login, (opened, outcome) -> opened.logout());
		assertThat(send(session, new Order("pen")).join()).isEqualTo(new Receipt("pen"));
		assertThat(this.said).containsExactly("login", "pen", "logout");
		this.said.clear();
		IOException failure = new IOException("line is cut");
		assertThat(send(session, new Order("pen", CompletableFuture.failedStage(failure))))
			.failsWithin(0, TimeUnit.SECONDS)
			.withThrowableThat()
			.withCause(failure);
		assertThat(this.said).containsExactly("login", "pen", "alarm: " + failure, "logout");
	}

	private BlockFuture<Receipt> send(AsyncResource<Session> session, Order order) {
		BlockFuture<Receipt> receipt = AsyncResourceScope.call((scope) -> scope.enter(session).thenCompose((opened) -> {
			scope.onFailure((outcome) -> alarm(outcome.failure()), executor);
			return opened.send(order);
		}));
		return receipt;
	}

	private void alarm(Throwable failure) {
		this.said.add("alarm: " + failure);
	}

	record Client(List<String> said) {

		CompletionStage<Session> login() {
			this.said.add("login");
			return CompletableFuture.completedStage(new Session(this.said));
		}

	}

	record Session(List<String> said) {

		CompletionStage<Receipt> send(Order order) {
			this.said.add(order.item());
			return order.answer();
		}

		CompletionStage<Void> logout() {
			this.said.add("logout");
			return CompletableFuture.completedStage(null);
		}

	}

	record Order(String item, CompletionStage<Receipt> answer) {

		Order(String item) {
			this(item, CompletableFuture.completedStage(new Receipt(item)));
		}

	}

	record Receipt(String item) {
	}

}
