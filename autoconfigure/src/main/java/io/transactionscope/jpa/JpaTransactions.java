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

package io.transactionscope.jpa;

import java.sql.Connection;
import java.util.Objects;
import java.util.function.Supplier;

import javax.sql.DataSource;

import jakarta.persistence.EntityManager;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.util.Assert;

/**
 * What is to be seen of the transactions of a JPA manager, ours or Spring's, on the
 * thread that is in them.
 *
 * @since 0.1.0
 */
public final class JpaTransactions {

	private final JpaTransactionManager manager;

	/**
	 * Look at the transactions of a manager.
	 * @param manager the transaction manager
	 */
	public JpaTransactions(JpaTransactionManager manager) {
		this.manager = Objects.requireNonNull(manager, "manager must not be null");
	}

	/**
	 * Look at the transactions of a manager, if they are JPA's.
	 * @param manager a transaction manager of any kind
	 * @return what is to be seen, or {@code null} if it is none of JPA's
	 */
	public static @Nullable JpaTransactions of(PlatformTransactionManager manager) {
		Objects.requireNonNull(manager, "manager must not be null");
		return (manager instanceof JpaTransactionManager jpa) ? new JpaTransactions(jpa) : null;
	}

	/**
	 * Return the data source of the manager's connections.
	 * @return the data source, or {@code null} if it is not known
	 */
	public @Nullable DataSource dataSource() {
		return this.manager.getDataSource();
	}

	/**
	 * Return whether the transaction that is bound to the thread has been committed or
	 * rolled back, and is only still there for those that follow it.
	 * @return whether it is over
	 */
	public boolean hasEnded() {
		EntityManager bound = bound();
		return bound != null && bound.isOpen() && !bound.getTransaction().isActive();
	}

	/**
	 * Return the connection of the transaction, without making Hibernate fetch one.
	 * @return the connection, or {@code null} if it has used none so far
	 */
	public @Nullable Connection connection() {
		DataSource dataSource = dataSource();
		return (OpenSession.isConnected(bound()) && dataSource != null
				&& TransactionSynchronizationManager.getResource(dataSource) instanceof ConnectionHolder holder)
						? holder.getConnection() : null;
	}

	/**
	 * Watch the commit that is about to begin, and refuse to go on to it where it would
	 * not commit.
	 * @param resolved whether to note, with Hibernate, what can resolve it
	 * @param refusal with Hibernate, asked after the flush why not to send COMMIT, which
	 * is then rolled back: what to throw for that, or {@code null}
	 * @return how far it got
	 */
	public JpaCommit watchCommit(boolean resolved, Supplier<? extends @Nullable RuntimeException> refusal) {
		Objects.requireNonNull(refusal, "refusal must not be null");
		return JpaCommit.watch(this, bound(), resolved, refusal);
	}

	DataSource obtainDataSource() {
		DataSource dataSource = dataSource();
		Assert.state(dataSource != null, "No DataSource set");
		return dataSource;
	}

	private @Nullable EntityManager bound() {
		return OpenSession.bound(this.manager.getEntityManagerFactory());
	}

}
