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
package io.transactionscope.autoconfigure;

import java.sql.Connection;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import javax.sql.DataSource;

import io.transactionscope.OpenScope;
import io.transactionscope.TransactionScope;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.lock.LockResources;

import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizationAutoConfiguration;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * What {@link UndeploymentTests} deploys, in a class loader of its own: it starts, works
 * and ends when it is told to, in words that both class loaders know.
 */
public final class UndeployedApplication implements Consumer<String> {

	@SuppressWarnings("NullAway.Init") // set at the start
	private AnnotationConfigApplicationContext context;

	@SuppressWarnings("NullAway.Init") // set at the start
	private TransactionTemplate stock;

	@Override
	public void accept(String order) {
		switch (order) {
			case "start" -> start(DataSourceAutoConfiguration.class);
			case "start with the starter" -> start(PoolAutoConfiguration.class, DataSourceAutoConfiguration.class,
					TransactionManagerCustomizationAutoConfiguration.class,
					DataSourceTransactionManagerAutoConfiguration.class, TransactionAutoConfiguration.class,
					ScopedTransactionManagerAutoConfiguration.class, TransactionScopeAutoConfiguration.class);
			case "work" -> work();
			case "work in scopes" -> workInScopes();
			case "close" -> this.context.close();
			default -> throw new IllegalArgumentException(order);
		}
	}

	private void start(Class<?>... configurations) {
		this.context = new AnnotationConfigApplicationContext();
		this.context.getEnvironment()
			.getPropertySources()
			.addFirst(new MapPropertySource("test", Map.of("spring.datasource.url", "jdbc:h2:mem:undeployed",
					"spring.datasource.hikari.maximum-pool-size", "4")));
		this.context.register(configurations);
		this.context.refresh();
		JdbcTransactionManager manager = new JdbcTransactionManager(dataSource());
		this.context.getDefaultListableBeanFactory().initializeBean(manager, "stock");
		this.stock = new TransactionTemplate(manager);
	}

	private void work() {
		this.stock.executeWithoutResult((status) -> query());
		try (Connection connection = dataSource().getConnection()) {
			connection.setAutoCommit(true);
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	private void workInScopes() {
		work();
		TransactionScope scope = this.context.getBean(TransactionScope.class);
		Resource<Lock> lock = LockResources.lock(new ReentrantLock(), Duration.ofSeconds(10));
		scope.run((tx) -> {
			tx.enter(lock);
			query();
			scope.requiresNew().run(this::query);
			scope.nested().run(this::query);
			this.stock.executeWithoutResult((status) -> query());
		});
		try (OpenScope open = scope.open()) {
			query();
			open.complete();
		}
		new TransactionTemplate(this.context.getBean(PlatformTransactionManager.class))
			.executeWithoutResult((status) -> scope.run(this::query));
	}

	private void query() {
		new JdbcTemplate(dataSource()).queryForObject("select 1", Integer.class);
	}

	private DataSource dataSource() {
		return this.context.getBean(DataSource.class);
	}

}
