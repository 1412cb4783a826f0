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
import java.util.List;
import java.util.function.Supplier;

import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.engine.ClassPath;
import io.transactionscope.engine.ScopeDefinition;
import io.transactionscope.reactive.engine.BlockFlux;
import io.transactionscope.reactive.engine.BlockMono;
import io.transactionscope.reactive.engine.ReactiveEngine;
import io.transactionscope.reactive.engine.ReactiveScopeSettings;
import io.transactionscope.r2dbc.R2dbcEngine;
import io.transactionscope.reactive.managed.ManagedReactiveEngine;
import io.transactionscope.text.CallSite;
import io.transactionscope.transaction.ScopePropagation;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.annotation.Isolation;
import org.springframework.util.Assert;

/**
 * Default implementation of {@link ReactiveTransactionScope}.
 */
final class DefaultReactiveTransactionScope implements ReactiveTransactionScope {

	private final ReactiveScopeSettings settings;

	DefaultReactiveTransactionScope(ReactiveTransactionManager manager) {
		this(ReactiveScopeSettings.of(engine(manager)));
	}

	private DefaultReactiveTransactionScope(ReactiveScopeSettings settings) {
		this.settings = settings;
	}

	/**
	 * Where the manager works on plain R2DBC connections, the blocks begin and end the
	 * transaction themselves: only so can a begin be undone half-way, and a failed COMMIT
	 * be told from the rollback that follows it. With any other manager they go through
	 * it.
	 */
	private static ReactiveEngine engine(ReactiveTransactionManager manager) {
		Assert.notNull(manager, "'transactionManager' must not be null");
		ManagedReactiveEngine managed = new ManagedReactiveEngine(manager);
		ReactiveEngine r2dbc = ClassPath.R2DBC ? R2dbcEngine.of(manager, managed) : null;
		return (r2dbc != null) ? r2dbc : managed;
	}

	@Override
	public <T> Mono<T> call(Call<T> body) {
		return BlockMono.of(this.settings, nameFor(body), (block) -> body.call(ActiveHandle.of(block)));
	}

	@Override
	public <T> Mono<T> call(PlainCall<T> body) {
		return BlockMono.of(this.settings, nameFor(body), (block) -> body.call());
	}

	@Override
	public <T> Mono<T> transactional(Mono<T> body) {
		Assert.notNull(body, "'body' must not be null");
		String name = this.settings.definition().name();
		return BlockMono.of(this.settings,
				(name != null) ? name : CallSite.nameOfCaller(ReactiveTransactionScope.class), (block) -> body);
	}

	@Override
	public <T> Flux<T> callMany(Stream<T> body) {
		String name = nameFor(body);
		Mono<List<T>> items = BlockMono.of(this.settings, name, (block) -> {
			Publisher<T> stream = body.stream(ActiveHandle.of(block));
			return (stream != null) ? Flux.from(stream).collectList() : null;
		});
		return items.flatMapIterable((all) -> all);
	}

	@Override
	public <T> Flux<T> streamUncommitted(Stream<T> body) {
		return BlockFlux.of(this.settings, nameFor(body), (block) -> body.stream(ActiveHandle.of(block)));
	}

	private String nameFor(Object body) {
		Assert.notNull(body, "'body' must not be null");
		String name = this.settings.definition().name();
		return (name != null) ? name : CallSite.nameOf(body.getClass());
	}

	@Override
	public @Nullable String name() {
		return this.settings.definition().name();
	}

	@Override
	public ReactiveTransactionScope named(String name) {
		return with(this.settings.definition().withName(name));
	}

	@Override
	public ReactiveTransactionScope readOnly() {
		return with(this.settings.definition().withReadOnly());
	}

	@Override
	public ReactiveTransactionScope isolation(Isolation isolation) {
		return with(this.settings.definition().withIsolation(isolation));
	}

	@Override
	public ReactiveTransactionScope timeout(Duration timeout) {
		return with(this.settings.definition().withTimeout(timeout));
	}

	@Override
	public ReactiveTransactionScope propagation(ScopePropagation propagation) {
		return with(this.settings.definition().withPropagation(propagation));
	}

	@Override
	public ReactiveTransactionScope commitOn(Class<?>... types) {
		Assert.notNull(types, "'types' must not be null");
		Assert.noNullElements(types, "'types' must not contain null");
		return with(this.settings.definition().withCommitOn(List.of(types)));
	}

	@Override
	public ReactiveTransactionScope resolveCommit() {
		return with(this.settings.definition().withResolvedCommit());
	}

	@Override
	public ReactiveTransactionScope verifiedBy(Supplier<? extends Publisher<Boolean>> verification) {
		Assert.notNull(verification, "'verification' must not be null");
		return with(this.settings.definition().withVerification(verification::get));
	}

	@Override
	public ReactiveTransactionScope transactionManager(ReactiveTransactionManager transactionManager) {
		return new DefaultReactiveTransactionScope(this.settings.with(engine(transactionManager)));
	}

	@Override
	public ReactiveTransactionScope observationRegistry(ObservationRegistry registry) {
		return new DefaultReactiveTransactionScope(this.settings.with(registry));
	}

	@Override
	public ReactiveTransactionScope slowThreshold(@Nullable Duration threshold) {
		return new DefaultReactiveTransactionScope(this.settings.withSlowThreshold(threshold));
	}

	private DefaultReactiveTransactionScope with(ScopeDefinition definition) {
		return new DefaultReactiveTransactionScope(this.settings.with(definition));
	}

	@Override
	public Mono<Void> quiesce() {
		return this.settings.open().none();
	}

	@Override
	public String toString() {
		return "ReactiveTransactionScope" + this.settings.definition();
	}

}
