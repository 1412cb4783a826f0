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

package io.transactionscope.resource.async;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import org.jspecify.annotations.Nullable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * What happens, in order, to resources that are acquired and released on other threads.
 */
final class AsyncTrace implements AutoCloseable {

	final ExecutorService executor = Executors.newFixedThreadPool(2);

	private final List<String> events = new CopyOnWriteArrayList<>();

	void add(String event) {
		this.events.add(event);
	}

	void assertEvents(String... events) {
		assertThat(this.events).containsExactly(events);
	}

	AsyncResource<String> resource(String name) {
		return resource(name, null);
	}

	AsyncResource<String> resource(String name, @Nullable Throwable atRelease) {
		return AsyncResource.of(() -> later("enter " + name).thenApply((nothing) -> name),
				(value, outcome) -> exit(name, outcome, atRelease));
	}

	Resource<String> blocking(String name) {
		return blocking(name, null);
	}

	Resource<String> blocking(String name, @Nullable Exception atRelease) {
		return Resource.of(() -> {
			add("enter " + name);
			return name;
		}, (value, outcome) -> {
			add("exit " + name + ": " + text(outcome));
			if (atRelease != null) {
				throw atRelease;
			}
		});
	}

	CompletionStage<@Nullable Void> exit(String name, Outcome outcome, @Nullable Throwable failure) {
		CompletionStage<@Nullable Void> over = later("exit " + name + ": " + text(outcome));
		return (failure != null) ? over.thenCompose((nothing) -> CompletableFuture.failedFuture(failure)) : over;
	}

	CompletionStage<@Nullable Void> later(String event) {
		return CompletableFuture.runAsync(() -> add(event), this.executor);
	}

	static CompletionStage<@Nullable Void> done() {
		return CompletableFuture.completedStage(null);
	}

	static Throwable failureOf(CompletionStage<?> stage) {
		Throwable failure = catchThrowable(() -> stage.toCompletableFuture().join());
		Throwable cause = (failure instanceof CompletionException) ? failure.getCause() : null;
		return (cause != null) ? cause : failure;
	}

	static String text(Outcome outcome) {
		Throwable failure = outcome.failure();
		String how = outcome.isCancelled() ? "cancelled" : outcome.isFailure() ? "failed" : outcome.toString();
		return (failure != null && !outcome.isCancelled()) ? how + " by " + failure.getMessage() : how;
	}

	@Override
	public void close() {
		this.executor.shutdownNow();
	}

}
