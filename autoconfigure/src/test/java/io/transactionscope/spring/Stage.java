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

package io.transactionscope.spring;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;

import org.springframework.core.Ordered;
import org.springframework.jdbc.datasource.AbstractDataSource;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.LazyConnectionDataSourceProxy;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Where a scenario is played with one manager or another, and written down: each call of
 * a connection, what the thread has, what synchronizations and listeners hear, what is
 * thrown.
 */
final class Stage {

	/**
	 * What ours asks of a connection besides: whether it lives and what it knows (T4),
	 * and how long it may wait for the network (T7). No round trip is among it.
	 */
	private static final Set<String> OURS = Set.of("isClosed", "isWrapperFor", "unwrap", "getNetworkTimeout",
			"setNetworkTimeout");

	/** Whose arguments are never the same. */
	private static final Set<String> VARYING = Set.of("setQueryTimeout", "abort");

	private final List<String> trace = new ArrayList<>();

	private final Map<String, DataSource> dataSources = new LinkedHashMap<>();

	private final Map<String, SQLException> faults = new HashMap<>();

	private final Function<DataSource, ? extends DataSourceTransactionManager> managers;

	private final Pool pool;

	private boolean readOnly;

	private int connections;

	private Stage(Pool pool, Function<DataSource, ? extends DataSourceTransactionManager> managers) {
		this.pool = pool;
		this.managers = managers;
	}

	/** Play it, and return what happened, in order. */
	static List<String> play(Scenario.Deed deed, Pool pool,
			Function<DataSource, ? extends DataSourceTransactionManager> managers) {
		Stage stage = new Stage(pool, managers);
		try {
			deed.run(stage);
			stage.note("returned");
		}
		catch (Throwable ex) {
			stage.note("threw " + stage.describe(ex));
		}
		stage.note("afterwards " + stage.thread());
		return stage.trace;
	}

	void note(String what) {
		this.trace.add(what);
	}

	/**
	 * From now on a call fails on each connection.
	 * @param call a method, with its arguments in brackets where these matter
	 */
	void failAt(String call, SQLException failure) {
		this.faults.put(call, failure);
	}

	/** Connections come read-only. */
	void comeReadOnly() {
		this.readOnly = true;
	}

	/** The same one each time for the same name. */
	DataSource dataSource(String name) {
		return this.dataSources.computeIfAbsent(name, (key) -> this.pool.over(new StubDataSource(key)));
	}

	DataSource dataSource() {
		return dataSource("first");
	}

	DataSourceTransactionManager manager() {
		return manager(dataSource());
	}

	DataSourceTransactionManager manager(DataSource dataSource) {
		DataSourceTransactionManager manager = this.managers.apply(dataSource);
		manager.addListener(new Listener());
		return manager;
	}

	TransactionTemplate template(DataSourceTransactionManager manager, int propagation) {
		TransactionTemplate template = new TransactionTemplate(manager);
		template.setPropagationBehavior(propagation);
		return template;
	}

	/** In a transaction of its own manager. */
	void required(Part body) {
		execute(template(manager(), TransactionDefinition.PROPAGATION_REQUIRED), body);
	}

	void execute(TransactionTemplate template, Part body) {
		template.executeWithoutResult((status) -> {
			look(status);
			try {
				body.run(status);
			}
			catch (SQLException ex) {
				throw new IllegalStateException(ex);
			}
			look(status);
		});
	}

	/** Write down what thread and status are. */
	void look(TransactionStatus status) {
		note("status %s, %s".formatted(describe(status), thread()));
	}

	/** Play a part that fails, and go on. */
	void swallow(Part part, TransactionStatus status) throws SQLException {
		try {
			part.run(status);
		}
		catch (RuntimeException ex) {
			note("swallowed " + describe(ex));
		}
	}

	void listen(String name) {
		listen(name, Set.of());
	}

	/** Write down what synchronizations hear; some fail then. */
	void listen(String name, Set<String> failing) {
		TransactionSynchronizationManager
			.registerSynchronization((TransactionSynchronization) Proxy.newProxyInstance(getClass().getClassLoader(),
					new Class<?>[] { TransactionSynchronization.class }, ignoringObject((method, args) -> {
						note("%s hears %s%s, %s".formatted(name, method, told(method, args), thread()));
						if (failing.contains(method)) {
							throw new IllegalStateException(method + " of " + name);
						}
						return null;
					})));
	}

	private static String told(String method, List<?> args) {
		return method.startsWith("savepoint") ? "" : args.toString();
	}

	private String thread() {
		List<String> bound = this.dataSources.entrySet()
			.stream()
			.filter((each) -> TransactionSynchronizationManager.hasResource(each.getValue()))
			.map(Map.Entry::getKey)
			.toList();
		return "thread has %s%s%s%s, isolation %s, name %s".formatted(bound,
				TransactionSynchronizationManager.isSynchronizationActive() ? ", synchronization" : "",
				TransactionSynchronizationManager.isActualTransactionActive() ? ", transaction" : "",
				TransactionSynchronizationManager.isCurrentTransactionReadOnly() ? ", read-only" : "",
				TransactionSynchronizationManager.getCurrentTransactionIsolationLevel(),
				TransactionSynchronizationManager.getCurrentTransactionName());
	}

	private static String describe(TransactionStatus status) {
		return describe((TransactionExecution) status) + (status.hasSavepoint() ? " savepoint" : "")
				+ (status.isRollbackOnly() ? " rollback-only" : "");
	}

	private static String describe(TransactionExecution execution) {
		return "'%s'%s%s%s%s%s".formatted(execution.getTransactionName(), execution.hasTransaction() ? " real" : "",
				execution.isNewTransaction() ? " new" : "", execution.isNested() ? " nested" : "",
				execution.isReadOnly() ? " read-only" : "", execution.isCompleted() ? " completed" : "");
	}

	/** By the types that a caller of Spring knows. */
	private String describe(@Nullable Throwable failure) {
		if (failure == null) {
			return "nothing";
		}
		Class<?> type = failure.getClass();
		while (type.getName().startsWith("io.transactionscope")) {
			type = type.getSuperclass();
		}
		return type.getSimpleName();
	}

	private @Nullable Object answer(String who, Map<String, Object> state, String method, List<?> args)
			throws SQLException {
		if (!OURS.contains(method)) {
			note("%s.%s%s".formatted(who, method, VARYING.contains(method) ? "" : args));
		}
		SQLException fault = this.faults.getOrDefault(method, this.faults.get(method + args));
		if (fault != null) {
			throw fault;
		}
		if (method.startsWith("set") && args.size() == 1) {
			state.put(method.substring(3), args.get(0));
		}
		return switch (method) {
			case "getAutoCommit" -> state.get("AutoCommit");
			case "isReadOnly" -> state.get("ReadOnly");
			case "getTransactionIsolation" -> state.get("TransactionIsolation");
			case "isClosed", "isWrapperFor" -> false;
			case "getNetworkTimeout", "executeUpdate" -> 0;
			case "createStatement" -> proxy(Statement.class, who + "'s statement", new HashMap<>());
			case "prepareStatement" -> proxy(PreparedStatement.class, who + "'s statement", new HashMap<>());
			case "setSavepoint" -> proxy(Savepoint.class, args.toString(), new HashMap<>());
			case "getMetaData" -> proxy(DatabaseMetaData.class, who + "'s meta-data", new HashMap<>());
			case "supportsSavepoints" -> true;
			default -> null;
		};
	}

	private <T> T proxy(Class<T> type, String who, Map<String, Object> state) {
		return type.cast(Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { type },
				ignoringObject((method, args) -> method.equals("toString") ? who : answer(who, state, method, args))));
	}

	private static InvocationHandler ignoringObject(Answer answer) {
		return (proxy, method, args) -> switch (method.getName()) {
			case "equals" -> proxy == args[0];
			case "hashCode" -> System.identityHashCode(proxy);
			case "getOrder" -> Ordered.LOWEST_PRECEDENCE;
			default -> answer.to(method.getName(), (args != null) ? Arrays.asList(args) : List.of());
		};
	}

	/**
	 * What a scenario does in a transaction.
	 */
	@FunctionalInterface
	interface Part {

		void run(TransactionStatus status) throws SQLException;

	}

	@FunctionalInterface
	private interface Answer {

		@Nullable Object to(String method, List<?> args) throws Throwable;

	}

	/**
	 * Lends connections that answer as a database does, and that remember what was set.
	 */
	private final class StubDataSource extends AbstractDataSource {

		private final String name;

		private StubDataSource(String name) {
			this.name = name;
		}

		@Override
		public Connection getConnection() throws SQLException {
			SQLException fault = Stage.this.faults.get("getConnection of " + this.name);
			if (fault != null) {
				throw fault;
			}
			Stage.this.connections++;
			Map<String, Object> state = new HashMap<>();
			state.put("AutoCommit", Stage.this.pool.autoCommit());
			state.put("ReadOnly", Stage.this.readOnly);
			state.put("TransactionIsolation", Connection.TRANSACTION_READ_COMMITTED);
			String who = "connection %d of %s".formatted(Stage.this.connections, this.name);
			note(who);
			return proxy(Connection.class, who, state);
		}

		@Override
		public Connection getConnection(String username, String password) throws SQLException {
			return getConnection();
		}

	}

	/**
	 * What executions a manager tells of.
	 */
	private final class Listener implements TransactionExecutionListener {

		@Override
		public void beforeBegin(TransactionExecution execution) {
			note("before begin of " + describe(execution));
		}

		@Override
		public void afterBegin(TransactionExecution execution, @Nullable Throwable failure) {
			note("after begin of %s with %s".formatted(describe(execution), Stage.this.describe(failure)));
		}

		@Override
		public void beforeCommit(TransactionExecution execution) {
			note("before commit of " + describe(execution));
		}

		@Override
		public void afterCommit(TransactionExecution execution, @Nullable Throwable failure) {
			note("after commit of %s with %s".formatted(describe(execution), Stage.this.describe(failure)));
		}

		@Override
		public void beforeRollback(TransactionExecution execution) {
			note("before rollback of " + describe(execution));
		}

		@Override
		public void afterRollback(TransactionExecution execution, @Nullable Throwable failure) {
			note("after rollback of %s with %s".formatted(describe(execution), Stage.this.describe(failure)));
		}

	}

	/**
	 * How a pool lends.
	 */
	enum Pool {

		PLAIN, WITHOUT_AUTO_COMMIT, LAZY, LAZY_WITHOUT_AUTO_COMMIT;

		private boolean autoCommit() {
			return this == PLAIN || this == LAZY;
		}

		private DataSource over(DataSource dataSource) {
			if (this == PLAIN || this == WITHOUT_AUTO_COMMIT) {
				return dataSource;
			}
			LazyConnectionDataSourceProxy lazy = new LazyConnectionDataSourceProxy();
			lazy.setTargetDataSource(dataSource);
			lazy.setDefaultAutoCommit(autoCommit());
			lazy.setDefaultTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
			lazy.afterPropertiesSet();
			return lazy;
		}

	}

}
