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

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import javax.sql.DataSource;

import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * What applications do with a transaction manager of Spring's: those uses that Spring's
 * own tests of its JDBC managers (7.0.9) have, and some more.
 *
 * @param name what it does, in words
 * @param deed does it
 */
record Scenario(String name, Deed deed) {

	static List<Scenario> all() {
		List<Scenario> all = new ArrayList<>();
		commitAndRollback(all);
		joining(all);
		besideEachOther(all);
		settings(all);
		awareProxies(all);
		withoutTransaction(all);
		savepoints(all);
		faults(all);
		synchronizations(all);
		return all;
	}

	private static void commitAndRollback(List<Scenario> all) {
		all.add(new Scenario("commits with a statement", (stage) -> stage.required((status) -> statement(stage))));
		all.add(new Scenario("commits without a statement", (stage) -> stage.required((status) -> warnings(stage))));
		all.add(new Scenario("fails with a statement", (stage) -> stage.required((status) -> {
			statement(stage);
			throw new IllegalArgumentException("body");
		})));
		all.add(new Scenario("fails without a statement", (stage) -> stage.required((status) -> {
			throw new IllegalArgumentException("body");
		})));
		all.add(new Scenario("asks for rollback", (stage) -> stage.required((status) -> {
			statement(stage);
			status.setRollbackOnly();
			stage.look(status);
		})));
	}

	private static void joining(List<Scenario> all) {
		for (boolean fails : List.of(true, false)) {
			all.add(new Scenario("joins what others have begun, without synchronization, " + fails, (stage) -> {
				DataSourceTransactionManager manager = stage.manager();
				manager.setTransactionSynchronization(DataSourceTransactionManager.SYNCHRONIZATION_NEVER);
				TransactionSynchronizationManager.bindResource(stage.dataSource(),
						new ConnectionHolder(stage.dataSource().getConnection(), true));
				try {
					stage.execute(stage.template(manager, TransactionDefinition.PROPAGATION_REQUIRED), (status) -> {
						if (fails) {
							throw new IllegalArgumentException("body");
						}
					});
				}
				finally {
					TransactionSynchronizationManager.unbindResource(stage.dataSource());
				}
			}));
		}
		all.add(new Scenario("joined twice and rollback-only", (stage) -> joinedTwice(stage, false)));
		all.add(new Scenario("joined with an incompatible isolation level", (stage) -> {
			DataSourceTransactionManager manager = stage.manager();
			manager.setValidateExistingTransaction(true);
			TransactionTemplate inner = stage.template(manager, TransactionDefinition.PROPAGATION_REQUIRED);
			inner.setIsolationLevel(TransactionDefinition.ISOLATION_SERIALIZABLE);
			stage.execute(stage.template(manager, TransactionDefinition.PROPAGATION_REQUIRED),
					(status) -> stage.execute(inner, TransactionStatus::setRollbackOnly));
		}));
		all.add(new Scenario("joined to write in what is read-only", (stage) -> {
			stage.failAt("setReadOnly[true]", new SQLException("not supported"));
			DataSourceTransactionManager manager = stage.manager();
			manager.setValidateExistingTransaction(true);
			TransactionTemplate outer = stage.template(manager, TransactionDefinition.PROPAGATION_REQUIRED);
			outer.setReadOnly(true);
			stage.execute(outer,
					(status) -> stage.execute(stage.template(manager, TransactionDefinition.PROPAGATION_REQUIRED),
							TransactionStatus::setRollbackOnly));
		}));
		all.add(new Scenario("only the inner one synchronizes, and is rollback-only", (stage) -> {
			DataSourceTransactionManager outer = stage.manager();
			outer.setTransactionSynchronization(DataSourceTransactionManager.SYNCHRONIZATION_NEVER);
			TransactionTemplate inner = stage.template(stage.manager(), TransactionDefinition.PROPAGATION_REQUIRED);
			TransactionStatus begun = outer.getTransaction(new DefaultTransactionDefinition());
			stage.execute(inner, (status) -> {
				stage.execute(inner, TransactionStatus::setRollbackOnly);
				stage.look(status);
				stage.listen("inner");
			});
			outer.commit(begun);
		}));
		all.add(new Scenario("only the inner one synchronizes", (stage) -> {
			DataSourceTransactionManager outer = stage.manager();
			outer.setTransactionSynchronization(DataSourceTransactionManager.SYNCHRONIZATION_NEVER);
			TransactionStatus begun = outer.getTransaction(new DefaultTransactionDefinition());
			stage.execute(stage.template(stage.manager(), TransactionDefinition.PROPAGATION_REQUIRED),
					(status) -> stage.listen("inner"));
			outer.commit(begun);
		}));
	}

	static void joinedTwice(Stage stage, boolean early) throws SQLException {
		DataSourceTransactionManager manager = stage.manager();
		manager.setFailEarlyOnGlobalRollbackOnly(early);
		TransactionTemplate inner = stage.template(manager, TransactionDefinition.PROPAGATION_REQUIRED);
		TransactionStatus begun = manager.getTransaction(new DefaultTransactionDefinition());
		stage.listen("outer");
		boolean reached = false;
		try {
			stage.execute(inner, (status) -> {
				stage.execute(inner, TransactionStatus::setRollbackOnly);
				stage.look(status);
			});
			reached = true;
			manager.commit(begun);
		}
		catch (UnexpectedRollbackException ex) {
			stage.note("unexpected, end reached " + reached);
			if (!reached) {
				manager.rollback(begun);
			}
		}
	}

	private static void besideEachOther(List<Scenario> all) {
		all.add(new Scenario("begins another one after completion", (stage) -> {
			TransactionTemplate another = stage.template(stage.manager(),
					TransactionDefinition.PROPAGATION_REQUIRES_NEW);
			stage.execute(another, (status) -> TransactionSynchronizationManager
				.registerSynchronization(new TransactionSynchronization() {

					@Override
					public void afterCompletion(int outcome) {
						stage.note("after completion " + outcome);
						stage.execute(another, (inner) -> stage.listen("inner"));
						stage.note("synchronization " + TransactionSynchronizationManager.isSynchronizationActive());
					}

				}));
		}));
		all.add(new Scenario("uses another data source after completion", (stage) -> stage.required(
				(status) -> TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

					@Override
					public void afterCompletion(int outcome) {
						DataSource other = stage.dataSource("second");
						DataSourceUtils.releaseConnection(DataSourceUtils.getConnection(other), other);
					}

				}))));
		for (int propagation : List.of(TransactionDefinition.PROPAGATION_REQUIRES_NEW,
				TransactionDefinition.PROPAGATION_NOT_SUPPORTED, TransactionDefinition.PROPAGATION_NEVER,
				TransactionDefinition.PROPAGATION_SUPPORTS, TransactionDefinition.PROPAGATION_MANDATORY)) {
			for (String end : List.of("commits", "is rollback-only", "fails")) {
				all.add(new Scenario("propagation %d inside %s".formatted(propagation, end), (stage) -> {
					DataSourceTransactionManager manager = stage.manager();
					stage.execute(stage.template(manager, TransactionDefinition.PROPAGATION_REQUIRED), (status) -> {
						stage.listen("outer");
						statement(stage);
						stage.swallow((same) -> stage.execute(stage.template(manager, propagation), (inner) -> {
							stage.listen("inner");
							end(inner, end);
						}), status);
					});
				}));
			}
		}
		for (boolean synchronizes : List.of(true, false)) {
			for (String end : List.of("commits", "is rollback-only", "fails")) {
				all.add(new Scenario("another data source inside %s, synchronizes %s".formatted(end, synchronizes),
						(stage) -> anotherInside(stage, synchronizes, end)));
			}
		}
		all.add(new Scenario("another data source inside cannot lend", (stage) -> {
			stage.failAt("getConnection of second", new SQLException("none left"));
			anotherInside(stage, true, "commits");
		}));
		all.add(new Scenario("another data source inside cannot lend, without synchronization", (stage) -> {
			stage.failAt("getConnection of second", new SQLException("none left"));
			anotherInside(stage, false, "commits");
		}));
		for (boolean earlyAccess : List.of(false, true)) {
			all.add(new Scenario("a new one inside what only synchronizes, accessed before " + earlyAccess, (stage) -> {
				DataSourceTransactionManager manager = stage.manager();
				stage.execute(stage.template(manager, TransactionDefinition.PROPAGATION_SUPPORTS), (status) -> {
					stage.listen("outer");
					if (earlyAccess) {
						statement(stage);
					}
					stage.execute(stage.template(manager, TransactionDefinition.PROPAGATION_REQUIRES_NEW), (inner) -> {
						stage.listen("inner");
						statement(stage);
						statement(stage);
					});
					statement(stage);
				});
			}));
		}
	}

	private static void anotherInside(Stage stage, boolean synchronizes, String end) {
		DataSourceTransactionManager other = stage.manager(stage.dataSource("second"));
		if (!synchronizes) {
			other.setTransactionSynchronization(DataSourceTransactionManager.SYNCHRONIZATION_NEVER);
		}
		stage.required((status) -> {
			stage.listen("outer");
			stage.execute(stage.template(other, TransactionDefinition.PROPAGATION_REQUIRES_NEW),
					(inner) -> end(inner, end));
		});
	}

	private static void end(TransactionStatus status, String end) {
		if (end.equals("is rollback-only")) {
			status.setRollbackOnly();
		}
		else if (end.equals("fails")) {
			throw new IllegalArgumentException("body");
		}
	}

	private static void settings(List<Scenario> all) {
		for (boolean comesReadOnly : List.of(false, true)) {
			for (boolean enforced : List.of(false, true)) {
				for (int isolation : List.of(TransactionDefinition.ISOLATION_DEFAULT,
						TransactionDefinition.ISOLATION_SERIALIZABLE)) {
					all.add(new Scenario("reads only, isolation %d, enforced %s, comes read-only %s"
						.formatted(isolation, enforced, comesReadOnly), (stage) -> {
							if (comesReadOnly) {
								stage.comeReadOnly();
							}
							DataSourceTransactionManager manager = stage.manager();
							manager.setEnforceReadOnly(enforced);
							TransactionTemplate template = stage.template(manager,
									TransactionDefinition.PROPAGATION_REQUIRES_NEW);
							template.setIsolationLevel(isolation);
							template.setReadOnly(true);
							template.setName("report");
							stage.execute(template, (status) -> statement(stage));
						}));
				}
			}
		}
		all.add(new Scenario("has time left", (stage) -> {
			TransactionTemplate template = stage.template(stage.manager(), TransactionDefinition.PROPAGATION_REQUIRED);
			template.setTimeout(1000);
			stage.execute(template,
					(status) -> DataSourceUtils.applyTransactionTimeout(
							DataSourceUtils.getConnection(stage.dataSource()).prepareStatement("select 1"),
							stage.dataSource()));
		}));
	}

	private static void awareProxies(List<Scenario> all) {
		for (boolean lazy : List.of(true, false)) {
			for (boolean reobtaining : List.of(true, false)) {
				all.add(new Scenario("an aware proxy, lazy %s, reobtaining %s".formatted(lazy, reobtaining),
						(stage) -> {
							TransactionAwareDataSourceProxy proxy = new TransactionAwareDataSourceProxy(
									stage.dataSource());
							proxy.setLazyTransactionalConnections(lazy);
							proxy.setReobtainTransactionalConnections(reobtaining);
							TransactionTemplate template = stage.template(stage.manager(),
									TransactionDefinition.PROPAGATION_REQUIRES_NEW);
							stage.execute(template, (status) -> {
								use(proxy);
								stage.execute(template, (inner) -> use(proxy));
								use(proxy);
							});
						}));
			}
		}
		all.add(new Scenario("an aware proxy whose connection was taken before", (stage) -> {
			TransactionAwareDataSourceProxy proxy = new TransactionAwareDataSourceProxy(stage.dataSource());
			proxy.setLazyTransactionalConnections(false);
			Connection early = proxy.getConnection();
			stage.required((status) -> {
				statement(stage);
				early.close();
			});
		}));
	}

	private static void use(DataSource dataSource) throws SQLException {
		try (Connection connection = dataSource.getConnection()) {
			connection.createStatement();
		}
	}

	private static void withoutTransaction(List<Scenario> all) {
		for (int propagation : List.of(TransactionDefinition.PROPAGATION_SUPPORTS,
				TransactionDefinition.PROPAGATION_NOT_SUPPORTED, TransactionDefinition.PROPAGATION_NEVER,
				TransactionDefinition.PROPAGATION_MANDATORY)) {
			all.add(new Scenario("propagation %d alone".formatted(propagation),
					(stage) -> stage.execute(stage.template(stage.manager(), propagation), (status) -> {
						stage.listen("it");
						statement(stage);
						status.setRollbackOnly();
					})));
		}
	}

	private static void savepoints(List<Scenario> all) {
		for (String end : List.of("commits", "is rollback-only", "fails")) {
			all.add(new Scenario("nested alone " + end, (stage) -> stage
				.execute(stage.template(stage.manager(), TransactionDefinition.PROPAGATION_NESTED), (status) -> {
					stage.listen("it");
					end(status, end);
				})));
			all.add(new Scenario("nested inside %s, twice".formatted(end), (stage) -> nested(stage, (status) -> {
				statement(stage);
				end(status, end);
			})));
			all.add(new Scenario("joined inside nested " + end, (stage) -> {
				DataSourceTransactionManager manager = stage.manager();
				nested(stage, manager,
						(status) -> stage.execute(stage.template(manager, TransactionDefinition.PROPAGATION_REQUIRED),
								(inner) -> end(inner, end)));
			}));
		}
		for (boolean back : List.of(false, true)) {
			all.add(new Scenario("a savepoint of its own, back " + back, (stage) -> stage.required((status) -> {
				stage.listen("it");
				Object savepoint = status.createSavepoint();
				if (back) {
					status.rollbackToSavepoint(savepoint);
				}
				status.releaseSavepoint(savepoint);
			})));
		}
		all.add(new Scenario("nested where it is not allowed", (stage) -> {
			DataSourceTransactionManager manager = stage.manager();
			manager.setNestedTransactionAllowed(false);
			nested(stage, manager, (status) -> statement(stage));
		}));
	}

	private static void nested(Stage stage, Stage.Part body) {
		nested(stage, stage.manager(), body);
	}

	private static void nested(Stage stage, DataSourceTransactionManager manager, Stage.Part body) {
		TransactionTemplate template = stage.template(manager, TransactionDefinition.PROPAGATION_NESTED);
		stage.execute(stage.template(manager, TransactionDefinition.PROPAGATION_REQUIRED), (status) -> {
			stage.listen("outer");
			for (int i = 0; i < 2; i++) {
				stage.swallow((same) -> stage.execute(template, body), status);
				stage.look(status);
			}
		});
	}

	private static void faults(List<Scenario> all) {
		all.add(new Scenario("nobody lends", (stage) -> {
			stage.failAt("getConnection of first", new SQLException("none left"));
			stage.required((status) -> statement(stage));
		}));
		for (String call : List.of("setReadOnly[true]", "createStatement", "setSavepoint", "releaseSavepoint")) {
			all.add(new Scenario(call + " fails", (stage) -> fails(stage, call)));
		}
		for (String state : List.of("40001", "40", "23505")) {
			for (boolean rollsBack : List.of(true, false)) {
				all.add(new Scenario("COMMIT answered with %s, rolls back then %s".formatted(state, rollsBack),
						(stage) -> commitFails(stage, new SQLException("refused", state), rollsBack)));
			}
		}
	}

	/** Where it does all that can be done. */
	static void fails(Stage stage, String call) {
		stage.failAt(call, new SQLException("broken", "99999"));
		DataSourceTransactionManager manager = stage.manager();
		TransactionTemplate template = stage.template(manager, TransactionDefinition.PROPAGATION_REQUIRED);
		template.setReadOnly(true);
		template.setIsolationLevel(TransactionDefinition.ISOLATION_SERIALIZABLE);
		stage.execute(template, (status) -> {
			stage.listen("it");
			statement(stage);
			stage.execute(stage.template(manager, TransactionDefinition.PROPAGATION_NESTED),
					(inner) -> statement(stage));
		});
	}

	static void commitFails(Stage stage, SQLException failure, boolean rollsBack) {
		stage.failAt("commit", failure);
		DataSourceTransactionManager manager = stage.manager();
		manager.setRollbackOnCommitFailure(rollsBack);
		stage.execute(stage.template(manager, TransactionDefinition.PROPAGATION_REQUIRED), (status) -> {
			stage.listen("it");
			statement(stage);
		});
	}

	private static void synchronizations(List<Scenario> all) {
		for (String method : List.of("beforeCommit", "beforeCompletion", "afterCommit", "afterCompletion", "suspend",
				"resume", "savepoint", "savepointRollback")) {
			for (String end : List.of("commits", "is rollback-only", "fails")) {
				all.add(new Scenario("%s fails where it %s".formatted(method, end), (stage) -> {
					DataSourceTransactionManager manager = stage.manager();
					stage.execute(stage.template(manager, TransactionDefinition.PROPAGATION_REQUIRED), (status) -> {
						stage.listen("it", Set.of(method));
						stage.listen("next");
						stage.execute(stage.template(manager, TransactionDefinition.PROPAGATION_NESTED),
								(inner) -> statement(stage));
						stage.execute(stage.template(manager, TransactionDefinition.PROPAGATION_REQUIRES_NEW),
								(inner) -> statement(stage));
						end(status, end);
					});
				}));
			}
		}
	}

	private static void statement(Stage stage) throws SQLException {
		Connection connection = DataSourceUtils.getConnection(stage.dataSource());
		try {
			connection.createStatement();
		}
		finally {
			DataSourceUtils.releaseConnection(connection, stage.dataSource());
		}
	}

	private static void warnings(Stage stage) throws SQLException {
		Connection connection = DataSourceUtils.getConnection(stage.dataSource());
		connection.getWarnings();
		connection.clearWarnings();
	}

	@Override
	public String toString() {
		return this.name;
	}

	/**
	 * What is done.
	 */
	@FunctionalInterface
	interface Deed {

		void run(Stage stage) throws SQLException;

	}

}
