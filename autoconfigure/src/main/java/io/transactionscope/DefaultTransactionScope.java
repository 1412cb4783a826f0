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

package io.transactionscope;

import java.time.Duration;
import java.util.List;

import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.transaction.ScopePropagation;
import org.jspecify.annotations.Nullable;

import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.annotation.Isolation;
import org.springframework.util.Assert;

/**
 * Default implementation of {@link TransactionScope}.
 */
final class DefaultTransactionScope implements TransactionScope {

	private final TransactionEngine transactions;

	private final ScopeDefinition definition;

	private final Telemetry telemetry;

	private @Nullable DefaultTransactionScope savepoint;

	DefaultTransactionScope(PlatformTransactionManager manager) {
		this(transactions(manager), ScopeDefinition.DEFAULT, Telemetry.NONE);
	}

	private DefaultTransactionScope(TransactionEngine transactions, ScopeDefinition definition, Telemetry telemetry) {
		this.transactions = transactions;
		this.definition = definition;
		this.telemetry = telemetry;
	}

	private static TransactionEngine transactions(PlatformTransactionManager manager) {
		Assert.notNull(manager, "'transactionManager' must not be null");
		WayOut.prepare();
		return TransactionEngine.of(manager);
	}

	TransactionEngine transactions() {
		return this.transactions;
	}

	ScopeDefinition definition() {
		return this.definition;
	}

	Telemetry telemetry() {
		return this.telemetry;
	}

	/** A part of a running block, from a savepoint. Made at the first use. */
	DefaultTransactionScope savepoint() {
		DefaultTransactionScope savepoint = this.savepoint;
		if (savepoint == null) {
			savepoint = with(ScopeDefinition.DEFAULT.withPropagation(ScopePropagation.NESTED));
			// Immutable: if two threads come here, either one will do.
			this.savepoint = savepoint;
		}
		return savepoint;
	}

	@Override
	public <T extends @Nullable Object, X extends Throwable> T call(Call<T, X> body) throws X {
		return Block.call(this, nameFor(body), body);
	}

	@Override
	public <T extends @Nullable Object, X extends Throwable> T call(PlainCall<T, X> body) throws X {
		return Block.call(this, nameFor(body), (tx) -> body.call());
	}

	@Override
	public <X extends Throwable> void run(Run<X> body) throws X {
		Block.run(this, nameFor(body), body);
	}

	@Override
	public <X extends Throwable> void run(PlainRun<X> body) throws X {
		Block.run(this, nameFor(body), (tx) -> body.run());
	}

	private String nameFor(Object body) {
		Assert.notNull(body, "'body' must not be null");
		String name = this.definition.name();
		return (name != null) ? name : CallSite.nameOf(body.getClass());
	}

	@Override
	public OpenScope open() {
		String name = this.definition.name();
		return Block.open(this, (name != null) ? name : CallSite.nameOfCaller());
	}

	@Override
	public @Nullable String name() {
		return this.definition.name();
	}

	@Override
	public TransactionScope named(String name) {
		return with(this.definition.withName(name));
	}

	@Override
	public TransactionScope readOnly() {
		return with(this.definition.withReadOnly());
	}

	@Override
	public TransactionScope isolation(Isolation isolation) {
		return with(this.definition.withIsolation(isolation));
	}

	@Override
	public TransactionScope timeout(Duration timeout) {
		return with(this.definition.withTimeout(timeout));
	}

	@Override
	public TransactionScope propagation(ScopePropagation propagation) {
		return with(this.definition.withPropagation(propagation));
	}

	@Override
	public TransactionScope commitOn(Class<?>... types) {
		Assert.notNull(types, "'types' must not be null");
		Assert.noNullElements(types, "'types' must not contain null");
		return with(this.definition.withCommitOn(List.of(types)));
	}

	@Override
	public TransactionScope transactionManager(PlatformTransactionManager transactionManager) {
		return new DefaultTransactionScope(transactions(transactionManager), this.definition, this.telemetry);
	}

	@Override
	public TransactionScope observationRegistry(ObservationRegistry registry) {
		return new DefaultTransactionScope(this.transactions, this.definition, this.telemetry.withRegistry(registry));
	}

	@Override
	public TransactionScope slowThreshold(@Nullable Duration threshold) {
		return new DefaultTransactionScope(this.transactions, this.definition,
				this.telemetry.withSlowThreshold(threshold));
	}

	private DefaultTransactionScope with(ScopeDefinition definition) {
		return new DefaultTransactionScope(this.transactions, definition, this.telemetry);
	}

	@Override
	public String toString() {
		return "TransactionScope" + this.definition;
	}

}
