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

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.annotation.ScopedTransaction;
import io.transactionscope.annotation.ScopedTransactionAdvisor;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.jpa.ScopedJpaTransactionManager;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.test.Descent;
import io.transactionscope.test.EmptyPersistenceUnit;
import io.transactionscope.test.LeakCheck;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.AbstractDataSource;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionManager;
import org.springframework.transaction.annotation.AnnotationTransactionAttributeSource;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.interceptor.TransactionInterceptor;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Blocks at every depth of the stack, up to where nothing runs any more. In an
 * interpreter and with each compiler, frames differ; a run of a block meets them all.
 */
class StackDepthTests {

	private static final int STACK_SIZE = 256 * 1024;

	/**
	 * More of them take their time, and find code compiled that was interpreted before.
	 */
	private static final int ROUNDS = Integer.getInteger("transaction-scope.test.rounds", 1);

	private final List<String> left = new ArrayList<>();

	static Stream<Pool> pools() {
		return Stream.of(new Stub(), new H2(false), new H2(true), new Jpa());
	}

	@ParameterizedTest
	@MethodSource("pools")
	@DisplayName("T2: a lambda's block leaves nothing at any depth of the stack")
	void t2_callLeavesNothingAtAnyDepth(Pool pool) throws Exception {
		TransactionScope scope = pool.scope();
		sweep(pool, () -> scope.call((tx) -> tx.name()));
	}

	@ParameterizedTest
	@MethodSource("pools")
	@DisplayName("T2: a block that fails leaves nothing at any depth of the stack")
	void t2_failingCallLeavesNothingAtAnyDepth(Pool pool) throws Exception {
		TransactionScope scope = pool.scope();
		IllegalStateException failure = new IllegalStateException("body");
		sweep(pool, () -> {
			try {
				scope.run(() -> {
					throw failure;
				});
			}
			catch (IllegalStateException ex) {
				requireSame(ex, failure);
			}
		});
	}

	@ParameterizedTest
	@MethodSource("pools")
	@DisplayName("T2: a block whose body uses up the stack leaves nothing at any depth of it")
	void t2_bodyThatUsesUpTheStackLeavesNothing(Pool pool) throws Exception {
		TransactionScope scope = pool.scope();
		sweep(pool, () -> scope.run(() -> Descent.forever(0)));
	}

	@ParameterizedTest
	@MethodSource("pools")
	@DisplayName("T2: a block whose callbacks use up the stack leaves nothing at any depth of it")
	void t2_callbacksThatUseUpTheStackLeaveNothing(Pool pool) throws Exception {
		TransactionScope scope = pool.scope();
		sweep(pool, () -> scope.run((tx) -> {
			tx.beforeCommit(() -> {
			});
			tx.afterCommit(() -> Descent.forever(0));
		}));
	}

	@ParameterizedTest
	@MethodSource("pools")
	@DisplayName("T2: a block with statements leaves nothing at any depth of the stack")
	void t2_statementsLeaveNothingAtAnyDepth(Pool pool) throws Exception {
		TransactionScope scope = pool.scope();
		JdbcTemplate jdbc = new JdbcTemplate(pool.dataSource());
		sweep(pool, () -> scope.run(() -> jdbc.update("UPDATE item SET name = 'b'")));
	}

	@Test
	@DisplayName("T2: a block that works through JPA leaves nothing at any depth of the stack")
	void t2_entityManagerLeavesNothingAtAnyDepth() throws Exception {
		Jpa pool = new Jpa();
		TransactionScope scope = pool.scope();
		EntityManager entities = SharedEntityManagerCreator.createSharedEntityManager(pool.entityManagers);
		sweep(pool, () -> scope.run(() -> entities.createNativeQuery("UPDATE item SET name = 'b'").executeUpdate()));
	}

	@ParameterizedTest
	@MethodSource("pools")
	@DisplayName("T2: try-with-resources leaves nothing at any depth of the stack")
	void t2_openLeavesNothingAtAnyDepth(Pool pool) throws Exception {
		TransactionScope scope = pool.scope();
		sweep(pool, () -> {
			try (OpenScope tx = scope.open()) {
				tx.complete();
			}
		});
	}

	@ParameterizedTest
	@MethodSource("pools")
	@DisplayName("T2: try-with-resources around what uses up the stack leaves nothing at any depth of it")
	void t2_openAroundWhatUsesUpTheStackLeavesNothing(Pool pool) throws Exception {
		TransactionScope scope = pool.scope();
		sweep(pool, () -> {
			try (OpenScope tx = scope.open()) {
				Descent.forever(0);
				tx.complete();
			}
		});
	}

	@ParameterizedTest
	@MethodSource("pools")
	@DisplayName("T2: a block in a block leaves nothing at any depth of the stack")
	void t2_nestedBlocksLeaveNothingAtAnyDepth(Pool pool) throws Exception {
		TransactionScope scope = pool.scope();
		TransactionScope inner = scope.requiresNew().named("inner");
		sweep(pool, () -> scope.run(() -> inner.run(() -> scope.run((tx) -> tx.savepoint((part) -> {
		})))));
	}

	@ParameterizedTest
	@MethodSource("pools")
	@DisplayName("T2: blocks further down in a block leave nothing at any depth of the stack")
	void t2_blocksFurtherDownLeaveNothing(Pool pool) throws Exception {
		TransactionScope scope = pool.scope();
		TransactionScope inner = scope.requiresNew().named("inner");
		sweep(pool, () -> scope.run(() -> recurse(inner, 40)));
	}

	@ParameterizedTest
	@MethodSource("pools")
	@DisplayName("T2: @ScopedTransaction leaves nothing at any depth of the stack")
	void t2_annotatedMethodLeavesNothingAtAnyDepth(Pool pool) throws Exception {
		DefaultListableBeanFactory beans = new DefaultListableBeanFactory();
		beans.registerSingleton("transactionScope", pool.scope());
		ProxyFactory proxy = new ProxyFactory(new Scoped());
		proxy.addAdvisor(new ScopedTransactionAdvisor(beans));
		Work work = (Work) proxy.getProxy();
		sweep(pool, () -> work.run(false));
		sweep(pool, () -> work.run(true));
	}

	@ParameterizedTest
	@MethodSource("pools")
	@DisplayName("T2: plain @Transactional leaves nothing at any depth of the stack")
	void t2_plainMethodLeavesNothingAtAnyDepth(Pool pool) throws Exception {
		ProxyFactory proxy = new ProxyFactory(new Plain());
		proxy.addAdvice(new TransactionInterceptor((TransactionManager) pool.manager(),
				new AnnotationTransactionAttributeSource()));
		Work work = (Work) proxy.getProxy();
		sweep(pool, () -> work.run(false));
		sweep(pool, () -> work.run(true));
	}

	private static void recurse(TransactionScope scope, int times) {
		if (times > 0) {
			recurse(scope, times - 1);
		}
		else {
			scope.run(() -> {
			});
		}
	}

	private static void requireSame(Throwable one, Throwable other) {
		if (one != other) {
			throw new AssertionError("Another failure", one);
		}
	}

	private void sweep(Pool pool, Runnable block) throws InterruptedException {
		Throwable[] thrown = new Throwable[1];
		Thread thread = new Thread(null, () -> {
			try {
				for (int i = 0; i < 50; i++) {
					runAt(0, pool, block);
				}
				// Compilers make smaller frames while this goes on.
				for (int i = 0; i < ROUNDS; i++) {
					int depth = Math.max(0, deepest() - pool.depths());
					while (runAt(depth, pool, block)) {
						depth++;
					}
				}
			}
			catch (Throwable ex) {
				thrown[0] = ex;
			}
		}, "sweep", STACK_SIZE);
		thread.start();
		thread.join();
		assertThat(this.left).as("what was left behind, by depth").isEmpty();
		assertThat(thrown[0]).isNull();
	}

	private static int deepest() {
		int depth = 0;
		boolean[] reached = { true };
		while (reached[0]) {
			depth += 100;
			reached[0] = false;
			try {
				Descent.to(depth, reached, () -> {
				});
			}
			catch (StackOverflowError ex) {
				// There it ends.
			}
		}
		return depth;
	}

	/** Whether the block was reached at all. */
	private boolean runAt(int depth, Pool pool, Runnable block) {
		boolean[] reached = new boolean[1];
		String how = "returned";
		try {
			Descent.to(depth, reached, block);
		}
		catch (Throwable ex) {
			how = "threw " + ex.getClass().getSimpleName();
		}
		int lent = pool.lent();
		if (lent != 0) {
			this.left.add(depth + ": " + lent + " connections, " + how);
		}
		try {
			LeakCheck.verifyThread();
		}
		catch (AssertionError ex) {
			this.left.add(depth + ": " + ex.getMessage() + ", " + how);
			LeakCheck.clearThread();
			throw ex;
		}
		return reached[0];
	}

	interface Work {

		void run(boolean overflow);

	}

	static class Scoped implements Work {

		@Override
		@ScopedTransaction
		public void run(boolean overflow) {
			if (overflow) {
				Descent.forever(0);
			}
		}

	}

	static class Plain implements Work {

		@Override
		@Transactional
		public void run(boolean overflow) {
			if (overflow) {
				Descent.forever(0);
			}
		}

	}

	/**
	 * Where connections come from.
	 */
	abstract static class Pool {

		abstract DataSource dataSource();

		/** How many connections are lent; those are forgotten then. */
		abstract int lent();

		/** How many to try: those where nearly all of the stack is left tell nothing. */
		int depths() {
			return 400;
		}

		PlatformTransactionManager manager() {
			return new ScopedJdbcTransactionManager(dataSource());
		}

		TransactionScope scope() {
			return TransactionScope.create(manager()).named("work");
		}

		@Override
		public String toString() {
			return getClass().getSimpleName();
		}

	}

	private static class H2 extends Pool {

		private final HikariDataSource pool;

		private final DataSource dataSource;

		private H2(boolean tracked) {
			this("depth-" + tracked, tracked);
		}

		private H2(String database, boolean tracked) {
			HikariConfig config = new HikariConfig();
			config.setJdbcUrl("jdbc:h2:mem:" + database + ";DB_CLOSE_DELAY=-1;LOCK_TIMEOUT=100");
			config.setMaximumPoolSize(4);
			config.setConnectionTimeout(5000);
			this.pool = new HikariDataSource(config);
			this.dataSource = tracked ? new TrackedDataSource(this.pool) : this.pool;
			JdbcTemplate jdbc = new JdbcTemplate(this.dataSource);
			jdbc.execute("CREATE TABLE IF NOT EXISTS item (name VARCHAR(10))");
			jdbc.update("INSERT INTO item VALUES ('a')");
		}

		@Override
		DataSource dataSource() {
			return this.dataSource;
		}

		@Override
		int lent() {
			return this.pool.getHikariPoolMXBean().getActiveConnections();
		}

		@Override
		public String toString() {
			return "H2 in a pool " + ((this.dataSource != this.pool) ? "with" : "without") + " ledger";
		}

	}

	/**
	 * With Hibernate between a block and its connection.
	 */
	private static final class Jpa extends H2 {

		private final EntityManagerFactory entityManagers = new EmptyPersistenceUnit(dataSource()).entityManagers();

		private Jpa() {
			super("depth-jpa", true);
		}

		@Override
		int depths() {
			return 600;
		}

		@Override
		PlatformTransactionManager manager() {
			ScopedJpaTransactionManager manager = new ScopedJpaTransactionManager(this.entityManagers);
			manager.afterPropertiesSet();
			return manager;
		}

		@Override
		public String toString() {
			return "JPA";
		}

	}

	/**
	 * Lends connections to nowhere, and counts them.
	 */
	private static final class Stub extends Pool {

		private final AtomicInteger lent = new AtomicInteger();

		private final DataSource dataSource = new AbstractDataSource() {

			@Override
			public Connection getConnection() {
				Connection connection = (Connection) Proxy.newProxyInstance(Stub.class.getClassLoader(),
						new Class<?>[] { Connection.class }, new Session(Stub.this.lent));
				Stub.this.lent.incrementAndGet();
				return connection;
			}

			@Override
			public Connection getConnection(String username, String password) {
				return getConnection();
			}

		};

		@Override
		DataSource dataSource() {
			return this.dataSource;
		}

		@Override
		int lent() {
			return this.lent.getAndSet(0);
		}

	}

	private static final class Session implements InvocationHandler {

		private final AtomicInteger lent;

		private boolean closed;

		private Session(AtomicInteger lent) {
			this.lent = lent;
		}

		@Override
		public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] args) {
			return switch (method.getName()) {
				case "getAutoCommit" -> true;
				case "isReadOnly", "isWrapperFor", "equals" -> false;
				case "isClosed" -> this.closed;
				case "hashCode" -> 1;
				case "close", "abort" -> {
					if (!this.closed) {
						this.closed = true;
						this.lent.decrementAndGet();
					}
					yield null;
				}
				default -> null;
			};
		}

	}

}
