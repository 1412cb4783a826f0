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

package io.transactionscope.reactive;

import java.time.Duration;
import java.util.concurrent.Executor;

import io.r2dbc.spi.Connection;
import io.transactionscope.engine.Deadline;
import io.transactionscope.reactive.engine.BlockMono;
import io.transactionscope.reactive.engine.ReactiveBlock;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.async.AsyncResource;
import io.transactionscope.resource.async.AsyncResourceScope;
import reactor.core.publisher.Mono;

import org.springframework.util.Assert;

/**
 * A running block, as the handle that its body sees.
 */
final class ActiveHandle implements ReactiveActiveScope {

	/** So that it is the deadline that is told. */
	private static final long MOMENT = 100;

	private final ReactiveBlock block;

	private ActiveHandle(ReactiveBlock block) {
		this.block = block;
	}

	static ReactiveActiveScope of(ReactiveBlock block) {
		return (ReactiveActiveScope) block.handle(ActiveHandle::new);
	}

	static Mono<ReactiveActiveScope> current() {
		return Mono.deferContextual((context) -> {
			ReactiveBlock innermost = ReactiveBlock.innermost(context);
			return (innermost != null) ? Mono.just(of(innermost)) : Mono.error(new IllegalStateException(
					"No scope is active in this subscription: its context comes from no ReactiveTransactionScope."));
		});
	}

	@Override
	public String name() {
		return this.block.name();
	}

	@Override
	public void afterCommit(Callback callback) {
		Assert.notNull(callback, "'callback' must not be null");
		this.block.callbacks().afterEnd(Outcome::isSuccess, (outcome) -> callback.run());
	}

	@Override
	public void afterRollback(Callback callback) {
		Assert.notNull(callback, "'callback' must not be null");
		this.block.callbacks().afterEnd(Outcome::isFailure, (outcome) -> callback.run());
	}

	@Override
	public void onCompletion(OutcomeCallback callback) {
		Assert.notNull(callback, "'callback' must not be null");
		this.block.callbacks().afterEnd((outcome) -> true, callback::completed);
	}

	@Override
	public void beforeCommit(Callback callback) {
		Assert.notNull(callback, "'callback' must not be null");
		this.block.callbacks().beforeCommit(callback::run);
	}

	@Override
	public <T> Mono<T> savepoint(ReactiveTransactionScope.Call<T> body) {
		Assert.notNull(body, "'body' must not be null");
		return Mono.deferContextual(
				(context) -> BlockMono.of(this.block.savepoint(context), name(), (inner) -> body.call(of(inner))));
	}

	@Override
	public void setRollbackOnly(String reason) {
		Assert.notNull(reason, "'reason' must not be null");
		this.block.askForRollback(reason);
	}

	@Override
	public boolean isRollbackOnly() {
		return this.block.isDoomed();
	}

	@Override
	public Mono<Connection> connection() {
		return Mono.deferContextual(
				(context) -> Mono.just(new GuardedConnection((Connection) this.block.connection(context), name())));
	}

	@Override
	public <T> Mono<T> enter(AsyncResource<T> resource) {
		Assert.notNull(resource, "'resource' must not be null");
		return Mono.deferContextual((context) -> {
			AsyncResourceScope resources = this.block.resources(context);
			AsyncResource<T> entered = (resource instanceof PublisherResource<T> publisher) ? publisher.in(context)
					: resource;
			return Mono.fromFuture(() -> resources.enter(bounded(entered)).toCompletableFuture(), true);
		});
	}

	/** One that never comes is not to hold up the end, which nothing else would bound. */
	private <T> AsyncResource<T> bounded(AsyncResource<T> resource) {
		Deadline deadline = this.block.deadline();
		return (deadline != null) ? resource.acquireWithin("a resource of scope '%s'".formatted(name()),
				Duration.ofMillis(Math.max(0, deadline.remainingMillis()) + MOMENT)) : resource;
	}

	@Override
	public <T> Mono<T> enter(Resource<T> resource, Executor executor) {
		Assert.notNull(resource, "'resource' must not be null");
		Assert.notNull(executor, "'executor' must not be null");
		return Mono.defer(() -> {
			BlockingExecutor blocking = new BlockingExecutor(executor, name());
			return enter(AsyncResource.blocking(() -> {
				blocking.acquiring();
				return resource.acquire();
			}, blocking));
		});
	}

	@Override
	public Mono<Outcome> ended() {
		return this.block.ended();
	}

	@Override
	public String toString() {
		return "ReactiveActiveScope '%s'".formatted(name());
	}

}
