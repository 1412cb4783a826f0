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

package io.transactionscope.reactive.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Predicate;

import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.async.AsyncResourceScope;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/**
 * What is to be called before the COMMIT and after the end of a transaction, and to be
 * released then (T6, R4). Safe for use by several threads.
 *
 * @since 0.1.0
 */
public final class ReactiveCallbacks {

	private final List<Callable<? extends @Nullable Publisher<?>>> beforeCommit = new ArrayList<>(0);

	private final List<AfterEnd> afterEnd = new ArrayList<>(0);

	private @Nullable EnteredResources entered;

	ReactiveCallbacks() {
	}

	/** Where to enter one more resource, to be released after the end. */
	public synchronized AsyncResourceScope resources() {
		if (this.entered == null) {
			this.entered = new EnteredResources();
		}
		return this.entered.open();
	}

	synchronized @Nullable EnteredResources entered() {
		return this.entered;
	}

	public synchronized void beforeCommit(Callable<? extends @Nullable Publisher<?>> callback) {
		this.beforeCommit.add(callback);
	}

	/**
	 * Register what is to follow the end.
	 * @param when on which outcomes
	 * @param callback what to do
	 */
	public synchronized void afterEnd(Predicate<Outcome> when, Action callback) {
		this.afterEnd.add(new AfterEnd(when, callback));
	}

	/** One after another; the first that fails ends it. */
	Mono<Void> runBeforeCommit() {
		// By index: a callback may register another one.
		int[] next = { 0 };
		return (beforeCommit(0) == null) ? Mono.empty() : new Guarded(() -> {
			Callable<? extends @Nullable Publisher<?>> callback = beforeCommit(next[0]++);
			return (callback != null) ? callback.call() : Mono.empty();
		}).repeat(() -> beforeCommit(next[0]) != null).then();
	}

	private synchronized @Nullable Callable<? extends @Nullable Publisher<?>> beforeCommit(int index) {
		return (index < this.beforeCommit.size()) ? this.beforeCommit.get(index) : null;
	}

	/**
	 * Call them one after another, each whatever became of the others.
	 * @param failures takes what failed
	 * @return completes after the last one, and never fails
	 */
	Mono<Void> runAfterEnd(Outcome outcome, List<Throwable> failures) {
		List<Action> callbacks = afterEnd(outcome);
		if (callbacks.isEmpty()) {
			return Mono.empty();
		}
		int[] next = { 0 };
		return new Guarded(() -> callbacks.get(next[0]++).call(outcome)).onErrorResume((failure) -> {
			failures.add(failure);
			return Mono.empty();
		}).repeat(() -> next[0] < callbacks.size()).then().contextWrite(TransactionContexts::outside);
	}

	private synchronized List<Action> afterEnd(Outcome outcome) {
		List<Action> callbacks = new ArrayList<>(this.afterEnd.size());
		for (AfterEnd each : this.afterEnd) {
			if (each.when.test(outcome)) {
				callbacks.add(each.callback);
			}
		}
		return callbacks;
	}

	synchronized Position position() {
		return new Position(this.beforeCommit.size(), this.afterEnd.size(),
				(this.entered != null) ? this.entered.position() : 0);
	}

	/**
	 * Drop those registered since. The resources entered since stay until the end, and
	 * see a failure then, whatever becomes of the transaction.
	 */
	synchronized void rollBackTo(Position position, Throwable failure) {
		this.beforeCommit.subList(position.beforeCommit, this.beforeCommit.size()).clear();
		this.afterEnd.subList(position.afterEnd, this.afterEnd.size()).clear();
		if (this.entered != null) {
			this.entered.rollBackTo(position.entered, failure);
		}
	}

	/**
	 * What to do after the end.
	 *
	 * @since 0.1.0
	 */
	@FunctionalInterface
	public interface Action {

		@Nullable Publisher<?> call(Outcome outcome) throws Exception;

	}

	private record AfterEnd(Predicate<Outcome> when, Action callback) {
	}

	/**
	 * How many callbacks, and groups of resources, there were.
	 */
	record Position(int beforeCommit, int afterEnd, int entered) {

		static final Position START = new Position(0, 0, 0);

	}

}
