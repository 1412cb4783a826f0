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

package io.transactionscope.test;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

import javax.sql.XAConnection;
import javax.sql.XADataSource;
import javax.transaction.xa.XAResource;

import jakarta.transaction.RollbackException;
import jakarta.transaction.Synchronization;
import jakarta.transaction.SystemException;
import jakarta.transaction.Transaction;
import jakarta.transaction.TransactionManager;

import org.springframework.jdbc.datasource.AbstractDataSource;

/**
 * Lends each JTA transaction one connection that takes part in it, as the data source of
 * an application server does.
 */
public final class EnlistingDataSource extends AbstractDataSource {

	private final XADataSource dataSource;

	private final TransactionManager jta;

	private final Map<Transaction, Connection> lent = new ConcurrentHashMap<>();

	private UnaryOperator<XAResource> participation = UnaryOperator.identity();

	public EnlistingDataSource(XADataSource dataSource, TransactionManager jta) {
		this.dataSource = dataSource;
		this.jta = jta;
	}

	/**
	 * Put something before the database in the transactions to come.
	 * @param participation what takes part instead of a resource of the database
	 */
	public void participate(UnaryOperator<XAResource> participation) {
		this.participation = participation;
	}

	/** How many connections are in transactions that have not ended. */
	public int lent() {
		return this.lent.size();
	}

	@Override
	public Connection getConnection() throws SQLException {
		try {
			Transaction transaction = this.jta.getTransaction();
			if (transaction == null) {
				return this.dataSource.getXAConnection().getConnection();
			}
			Connection known = this.lent.get(transaction);
			return (known != null) ? known : enlist(transaction);
		}
		catch (SystemException | RollbackException ex) {
			throw new SQLException("No connection can take part: " + ex.getMessage(), "25000", ex);
		}
	}

	@Override
	public Connection getConnection(String username, String password) throws SQLException {
		return getConnection();
	}

	private Connection enlist(Transaction transaction) throws SQLException, SystemException, RollbackException {
		XAConnection session = this.dataSource.getXAConnection();
		try {
			Connection connection = withoutClose(session.getConnection());
			// Before any other hears of the end
			Narayana.synchronizations().registerInterposedSynchronization(new GivingBack(transaction, session));
			if (!transaction.enlistResource(this.participation.apply(session.getXAResource()))) {
				throw new SQLException("The resource was not enlisted", "25000");
			}
			this.lent.put(transaction, connection);
			return connection;
		}
		catch (Throwable ex) {
			session.close();
			throw ex;
		}
	}

	/** It is the transaction's until that ends. */
	private static Connection withoutClose(Connection connection) {
		return (Connection) Proxy.newProxyInstance(Connection.class.getClassLoader(),
				new Class<?>[] { Connection.class }, (proxy, method, args) -> {
					if (method.getName().equals("close")) {
						return null;
					}
					try {
						return method.invoke(connection, args);
					}
					catch (InvocationTargetException ex) {
						throw ex.getTargetException();
					}
				});
	}

	private final class GivingBack implements Synchronization {

		private final Transaction transaction;

		private final XAConnection session;

		private GivingBack(Transaction transaction, XAConnection session) {
			this.transaction = transaction;
			this.session = session;
		}

		@Override
		public void beforeCompletion() {
		}

		@Override
		public void afterCompletion(int status) {
			EnlistingDataSource.this.lent.remove(this.transaction);
			try {
				this.session.close();
			}
			catch (SQLException ex) {
				throw new IllegalStateException(ex);
			}
		}

	}

}
