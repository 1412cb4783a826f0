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

package io.transactionscope.contract;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import javax.sql.DataSource;

import io.transactionscope.TransactionScope;
import io.transactionscope.test.FaultyDriver;
import io.transactionscope.test.FaultyPool;
import io.transactionscope.test.LeakCheck;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.annotation.Configurations;
import org.springframework.boot.context.annotation.UserConfigurations;
import org.springframework.boot.persistence.autoconfigure.EntityScan;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.orm.jpa.EntityManagerHolder;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.orm.jpa.support.OpenEntityManagerInViewInterceptor;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.web.context.request.ServletWebRequest;
import org.springframework.web.context.request.WebRequest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A running application on a database, over a pool whose driver fails on demand. It is
 * started at its first use and lives as long as the JVM.
 */
final class Application {

	static final int POOL_SIZE = 3;

	static final Duration CONNECTION_TIMEOUT = Duration.ofSeconds(10);

	private static final Map<Key, Application> RUNNING = new ConcurrentHashMap<>();

	private final Wiring wiring;

	private final Database database;

	private final FaultyDriver driver;

	private final FaultyPool pool;

	/** A connection that takes no part in anything. */
	private final JdbcClient observer;

	private final AnnotationConfigApplicationContext context;

	private final WebRequest request = new ServletWebRequest(new MockHttpServletRequest());

	private Application(Key key) {
		this.wiring = key.wiring;
		this.database = key.database;
		this.observer = observer(key.driver());
		this.driver = new FaultyDriver(key.driver());
		this.pool = key.wiring.pool(this.driver, key.place.poolSize, CONNECTION_TIMEOUT);
		this.context = start();
		assertThat(manager()).isExactlyInstanceOf(key.wiring.manager());
		assertThat(dataSource()).isExactlyInstanceOf(key.wiring.dataSource());
		JdbcClient.create(dataSource()).sql("select count(*) from item").query(Long.class).single();
	}

	static Application of(Wiring wiring, Database database) {
		return of(wiring, database, Place.ALONE);
	}

	static Application of(Wiring wiring, Database database, Place place) {
		return RUNNING.computeIfAbsent(new Key(wiring, database, place), Application::new);
	}

	private static JdbcClient observer(DataSource driver) {
		try {
			JdbcClient observer = JdbcClient.create(new SingleConnectionDataSource(driver.getConnection(), true));
			observer.sql("create table if not exists item (name varchar(100) primary key)").update();
			return observer;
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private AnnotationConfigApplicationContext start() {
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		TestPropertyValues.of("spring.jpa.hibernate.ddl-auto=none").applyTo(context);
		context.registerBean("dataSource", DataSource.class, () -> this.pool);
		context.register(Configurations.getClasses(UserConfigurations.of(Configured.class),
				UserConfigurations.of(this.wiring.configurations()),
				AutoConfigurations.of(this.wiring.autoConfigurations())));
		context.refresh();
		return context;
	}

	Wiring wiring() {
		return this.wiring;
	}

	FaultyDriver driver() {
		return this.driver;
	}

	FaultyPool pool() {
		return this.pool;
	}

	DataSource dataSource() {
		return this.context.getBean(DataSource.class);
	}

	TransactionScope scope() {
		return this.context.getBean(TransactionScope.class);
	}

	PlatformTransactionManager manager() {
		return this.context.getBean(PlatformTransactionManager.class);
	}

	ScopedMethods scopedMethods() {
		return this.context.getBean(ScopedMethods.class);
	}

	PlainMethods plainMethods() {
		return this.context.getBean(PlainMethods.class);
	}

	JdbcClient jdbc() {
		return JdbcClient.create(dataSource());
	}

	/** Joins the transaction of the thread; there is one only with JPA. */
	EntityManager entityManager() {
		return SharedEntityManagerCreator.createSharedEntityManager(this.context.getBean(EntityManagerFactory.class));
	}

	boolean isInJpaTransaction() {
		return this.wiring.isJpa()
				&& TransactionSynchronizationManager
					.getResource(this.context.getBean(EntityManagerFactory.class)) instanceof EntityManagerHolder holder
				&& holder.getEntityManager().getTransaction().isActive();
	}

	/** The keys of the advisory locks that any session holds. */
	List<Long> heldLocks() {
		return this.observer.sql("select objid from pg_locks where locktype = 'advisory'").query(Long.class).list();
	}

	void insert(String name) {
		jdbc().sql("insert into item values (?)").param(name).update();
	}

	/** Past all transactions. */
	void execute(String... statements) {
		for (String each : statements) {
			this.observer.sql(each).update();
		}
	}

	/** What is committed, in alphabetical order. */
	List<String> committed() {
		return this.observer.sql("select name from item order by name").query(String.class).list();
	}

	int isolationOf(DataSource dataSource) throws SQLException {
		try (Connection connection = dataSource.getConnection()) {
			return connection.getTransactionIsolation();
		}
	}

	int borrowed() {
		return this.pool.counters().lent().getAsInt();
	}

	/** With open-in-view, a session is the thread's from now on. */
	void beginRequest() {
		if (this.wiring == Wiring.OPEN_IN_VIEW) {
			openInView().preHandle(this.request);
		}
	}

	void endRequest() {
		if (this.wiring == Wiring.OPEN_IN_VIEW) {
			openInView().afterCompletion(this.request, null);
		}
	}

	private OpenEntityManagerInViewInterceptor openInView() {
		OpenEntityManagerInViewInterceptor interceptor = new OpenEntityManagerInViewInterceptor();
		interceptor.setEntityManagerFactory(this.context.getBean(EntityManagerFactory.class));
		return interceptor;
	}

	/** Check that nothing is lost, and start anew. */
	void verifyAndReset() throws SQLException {
		this.driver.heal();
		this.pool.heal();
		try {
			new LeakCheck(this.driver, this.pool).verify();
		}
		catch (AssertionError ex) {
			// Or the tests that follow would fail for the same reason.
			this.pool.evict();
			LeakCheck.clearThread();
			throw ex;
		}
		finally {
			this.observer.sql("delete from item").update();
		}
	}

	/** A lost session ends when its server notices. */
	void verifyNoTransactionIsOpen() {
		await().atMost(Duration.ofSeconds(20))
			.untilAsserted(
					() -> assertThat(this.observer.sql(this.database.openTransactions()).query(Long.class).single())
						.as("transactions open in the database")
						.isZero());
	}

	private record Key(Wiring wiring, Database database, Place place) {

		private DataSource driver() {
			return (this.place == Place.SECOND) ? this.database.secondDriver() : this.database.driver();
		}

	}

	/**
	 * Where an application stands: on its own, or beside another one, on a data source of
	 * its own.
	 */
	enum Place {

		ALONE(POOL_SIZE), FIRST(8), SECOND(8);

		private final int poolSize;

		Place(int poolSize) {
			this.poolSize = poolSize;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EntityScan(basePackageClasses = Item.class)
	@Import({ ScopedMethods.class, PlainMethods.class })
	static class Configured {

	}

}
