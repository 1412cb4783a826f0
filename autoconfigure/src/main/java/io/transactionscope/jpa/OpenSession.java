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

import io.transactionscope.engine.ClassPath;
import io.transactionscope.pool.tracked.TrackedDataSource;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import org.hibernate.SessionEventListener;
import org.hibernate.engine.spi.SessionImplementor;
import org.hibernate.resource.jdbc.spi.LogicalConnectionImplementor;
import org.hibernate.resource.jdbc.spi.PhysicalConnectionHandlingMode;
import org.jspecify.annotations.Nullable;

import org.springframework.orm.jpa.EntityManagerHolder;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * A persistence context that outlives its transactions, as with open-in-view. Hibernate
 * keeps a connection for it until it is closed, in the mode that Spring needs for
 * isolation levels and read-only connections.
 */
final class OpenSession {

	private OpenSession() {
	}

	/**
	 * Return what is bound to the thread, if anything is.
	 * @param factory the factory of the entity manager
	 */
	static @Nullable EntityManager bound(@Nullable EntityManagerFactory factory) {
		return (factory != null
				&& TransactionSynchronizationManager.getResource(factory) instanceof EntityManagerHolder holder)
						? holder.getEntityManager() : null;
	}

	/**
	 * Give the connection back of what is still bound to the thread after a transaction.
	 * It gets another one when it needs one.
	 * @param factory the factory of the transaction's entity manager
	 */
	static void giveConnectionBack(EntityManagerFactory factory) {
		EntityManager bound = ClassPath.HIBERNATE ? bound(factory) : null;
		if (bound != null && bound.isOpen()) {
			HibernateSession.giveConnectionBack(bound);
		}
	}

	/**
	 * Return whether a transaction has a connection, so that to ask for it would not make
	 * Hibernate fetch one.
	 * @param bound the transaction's entity manager, if it is bound to the thread
	 */
	static boolean isConnected(@Nullable EntityManager bound) {
		return bound == null || !ClassPath.HIBERNATE || HibernateSession.isConnected(bound);
	}

	private static final class HibernateSession {

		private static final String WATCHED = OpenSession.class.getName();

		static void giveConnectionBack(EntityManager entityManager) {
			if (entityManager.getDelegate() instanceof SessionImplementor session && connectionOf(session)
				.getConnectionHandlingMode() == PhysicalConnectionHandlingMode.DELAYED_ACQUISITION_AND_HOLD) {
				giveConnectionBack(session);
				if (session.getProperties().get(WATCHED) == null) {
					session.setProperty(WATCHED, true);
					session.getEventListenerManager().addListener(new LateQueries(session));
				}
			}
		}

		static boolean isConnected(EntityManager entityManager) {
			// One that was closed in its transaction tells no more of what it is.
			Object session = (entityManager instanceof SessionImplementor || !entityManager.isOpen()) ? entityManager
					: entityManager.getDelegate();
			return (session instanceof SessionImplementor implementor)
					? connectionOf(implementor).isPhysicallyConnected() : entityManager.isOpen();
		}

		private static void giveConnectionBack(SessionImplementor session) {
			LogicalConnectionImplementor connection = connectionOf(session);
			// Not what a user has supplied, nor what a result that is still read needs.
			if (connection.isPhysicallyConnected() && !connection.getResourceRegistry().hasRegisteredResources()) {
				connection.manualDisconnect();
			}
		}

		private static LogicalConnectionImplementor connectionOf(SessionImplementor session) {
			return session.getJdbcCoordinator().getLogicalConnection();
		}

		/**
		 * What a session asks for after its transactions, as it renders a view: it gives
		 * the connection back with the statement.
		 */
		private static final class LateQueries implements SessionEventListener {

			private final transient SessionImplementor session;

			private LateQueries(SessionImplementor session) {
				this.session = session;
			}

			@Override
			public void jdbcPrepareStatementEnd() {
				if (!this.session.isTransactionInProgress()) {
					TrackedDataSource.whenStatementCloses(connectionOf(this.session).getPhysicalConnection(),
							this::statementClosed);
				}
			}

			private void statementClosed() {
				if (!this.session.isTransactionInProgress()) {
					giveConnectionBack(this.session);
				}
			}

		}

	}

}
