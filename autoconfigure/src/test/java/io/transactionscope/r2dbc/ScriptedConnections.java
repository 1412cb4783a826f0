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

package io.transactionscope.r2dbc;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.postgresql.api.PostgresqlStatement;
import io.r2dbc.spi.Batch;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.r2dbc.spi.ConnectionMetadata;
import io.r2dbc.spi.IsolationLevel;
import io.r2dbc.spi.Statement;
import io.r2dbc.spi.TransactionDefinition;
import io.r2dbc.spi.ValidationDepth;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * A driver that does what a test says, step by step, and notes what it was asked for.
 */
final class ScriptedConnections implements ConnectionFactory {

	static final String CREATE = "create";

	static final String BEGIN = "begin";

	static final String COMMIT = "commit";

	static final String ROLLBACK = "rollback";

	static final String CLOSE = "close";

	static final String CANCEL = "cancel";

	/** What was subscribed to, in order, with the number of the connection. */
	final List<String> calls = new CopyOnWriteArrayList<>();

	/** What was cancelled before it had ended. */
	final List<String> cancelled = new CopyOnWriteArrayList<>();

	final List<TransactionDefinition> definitions = new CopyOnWriteArrayList<>();

	private final Map<String, Supplier<Mono<Void>>> answers = new ConcurrentHashMap<>();

	private final Map<String, Sinks.Empty<Void>> held = new ConcurrentHashMap<>();

	private final AtomicInteger created = new AtomicInteger();

	private volatile boolean autoCommit;

	private volatile boolean manualCommit;

	private volatile boolean cancellable;

	ScriptedConnections fail(String call, Throwable failure) {
		this.answers.put(call, () -> Mono.error(failure));
		return this;
	}

	ScriptedConnections throwFrom(String call, RuntimeException failure) {
		this.answers.put(call, () -> {
			throw failure;
		});
		return this;
	}

	/** Answer it from now on. */
	void answer(String call) {
		this.answers.remove(call);
	}

	/** Do not answer that call until it is {@link #release released}. */
	ScriptedConnections hold(String call) {
		Sinks.Empty<Void> sink = Sinks.empty();
		this.held.put(call, sink);
		this.answers.put(call, sink::asMono);
		return this;
	}

	/** Answer it, and all later ones at once. */
	void release(String call) {
		this.answers.remove(call);
		Objects.requireNonNull(this.held.remove(call)).tryEmitEmpty();
	}

	void release(String call, Throwable failure) {
		this.answers.remove(call);
		Objects.requireNonNull(this.held.remove(call)).tryEmitError(failure);
	}

	ScriptedConnections autoCommit() {
		this.autoCommit = true;
		return this;
	}

	ScriptedConnections staysInManualCommit() {
		this.manualCommit = true;
		return this;
	}

	/** Their statements can be cancelled, as PostgreSQL's. */
	ScriptedConnections cancellable() {
		this.cancellable = true;
		return this;
	}

	private Mono<Void> call(String call, String note) {
		Supplier<Mono<Void>> answer = this.answers.get(call);
		Mono<Void> answered = (answer != null) ? answer.get() : Mono.empty();
		return answered.doOnSubscribe((subscription) -> this.calls.add(note))
			.doOnCancel(() -> this.cancelled.add(note));
	}

	@Override
	public Publisher<? extends Connection> create() {
		return call(CREATE, CREATE).then(Mono.fromSupplier(() -> {
			ScriptedConnection connection = new ScriptedConnection(this.created.incrementAndGet());
			return this.cancellable ? cancellable(connection) : connection;
		}));
	}

	private static Connection cancellable(ScriptedConnection connection) {
		return proxy(PostgresqlConnection.class, (proxy, method, arguments) -> switch (method.getName()) {
			case "cancelRequest" -> connection.call(CANCEL);
			case "createStatement" -> proxy(PostgresqlStatement.class,
					(statement, call, none) -> Flux.from(connection.call((String) arguments[0])));
			default -> ScriptedConnection.class.getMethod(method.getName(), method.getParameterTypes())
				.invoke(connection, arguments);
		});
	}

	private static <T> T proxy(Class<T> type, InvocationHandler handler) {
		return type
			.cast(Proxy.newProxyInstance(ScriptedConnections.class.getClassLoader(), new Class<?>[] { type }, handler));
	}

	@Override
	public ConnectionFactoryMetadata getMetadata() {
		return () -> "scripted";
	}

	/**
	 * One of them.
	 */
	final class ScriptedConnection implements Connection {

		private final int number;

		private volatile boolean closed;

		private volatile boolean inTransaction;

		private ScriptedConnection(int number) {
			this.number = number;
		}

		private Mono<Void> call(String call) {
			return ScriptedConnections.this.call(call, call + " " + this.number);
		}

		@Override
		public Publisher<Void> beginTransaction() {
			return call(BEGIN).doOnSuccess((done) -> this.inTransaction = true);
		}

		@Override
		public Publisher<Void> beginTransaction(TransactionDefinition definition) {
			ScriptedConnections.this.definitions.add(definition);
			return beginTransaction();
		}

		@Override
		public Publisher<Void> close() {
			return call(CLOSE).doOnSubscribe((subscription) -> this.closed = true);
		}

		@Override
		public Publisher<Void> commitTransaction() {
			return call(COMMIT).doOnSuccess((done) -> this.inTransaction = ScriptedConnections.this.manualCommit);
		}

		@Override
		public Publisher<Void> rollbackTransaction() {
			return call(ROLLBACK).doOnSuccess((done) -> this.inTransaction = false);
		}

		@Override
		public Batch createBatch() {
			throw new UnsupportedOperationException();
		}

		@Override
		public Publisher<Void> createSavepoint(String name) {
			return call("savepoint " + name);
		}

		@Override
		public Publisher<Void> releaseSavepoint(String name) {
			return call("release " + name);
		}

		@Override
		public Publisher<Void> rollbackTransactionToSavepoint(String name) {
			return call("rollback to " + name);
		}

		@Override
		public Statement createStatement(String sql) {
			return proxy(Statement.class, (proxy, method, arguments) -> call(sql));
		}

		@Override
		public boolean isAutoCommit() {
			return ScriptedConnections.this.autoCommit && !this.inTransaction;
		}

		@Override
		public ConnectionMetadata getMetadata() {
			throw new UnsupportedOperationException();
		}

		@Override
		public IsolationLevel getTransactionIsolationLevel() {
			return IsolationLevel.READ_COMMITTED;
		}

		@Override
		public Publisher<Void> setAutoCommit(boolean autoCommit) {
			return call("auto-commit " + autoCommit);
		}

		@Override
		public Publisher<Void> setLockWaitTimeout(Duration timeout) {
			return Mono.empty();
		}

		@Override
		public Publisher<Void> setStatementTimeout(Duration timeout) {
			return Mono.empty();
		}

		@Override
		public Publisher<Void> setTransactionIsolationLevel(IsolationLevel isolationLevel) {
			return Mono.empty();
		}

		@Override
		public Publisher<Boolean> validate(ValidationDepth depth) {
			return Mono.fromSupplier(() -> !this.closed);
		}

		@Override
		public String toString() {
			return "connection " + this.number;
		}

	}

}
