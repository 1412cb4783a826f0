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
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.TransactionScope;
import io.transactionscope.annotation.ScopedTransaction;
import io.transactionscope.annotation.WithResource;
import io.transactionscope.autoconfigure.WithResourceAutoConfiguration;
import io.transactionscope.resource.Resource;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.annotation.Configurations;
import org.springframework.boot.context.annotation.UserConfigurations;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.orm.jpa.support.OpenEntityManagerInViewInterceptor;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.request.MockMvcRequestBuilders;
import org.springframework.test.web.servlet.result.MockMvcResultMatchers;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.handler.WebRequestHandlerInterceptorAdapter;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Requests with open-in-view, on a pool of one connection.
 */
class OpenInViewTests {

	private final HikariDataSource pool = pool();

	private final AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();

	private final List<String> heard = new ArrayList<>();

	@SuppressWarnings("NullAway.Init")
	private MockMvc mvc;

	private Action action = () -> {
	};

	private static HikariDataSource pool() {
		JdbcDataSource h2 = new JdbcDataSource();
		h2.setURL("jdbc:h2:mem:open-in-view;DB_CLOSE_DELAY=-1");
		HikariConfig config = new HikariConfig();
		config.setDataSource(h2);
		config.setMaximumPoolSize(1);
		config.setConnectionTimeout(1000);
		return new HikariDataSource(config);
	}

	@BeforeEach
	void start() {
		TestPropertyValues.of("spring.jpa.hibernate.ddl-auto=create-drop").applyTo(this.context);
		this.context.registerBean("dataSource", HikariDataSource.class, () -> this.pool);
		this.context.register(Configurations.getClasses(UserConfigurations.of(Application.Configured.class),
				AutoConfigurations.of(Wiring.STARTER_JPA.autoConfigurations())));
		this.context.register(WithResourceAutoConfiguration.class, Witnessed.class);
		this.context.registerBean("witness", Resource.class,
				() -> Resource.of(() -> "witness", (witness, outcome) -> hear("release")));
		this.context.refresh();
		OpenEntityManagerInViewInterceptor openInView = new OpenEntityManagerInViewInterceptor();
		openInView.setEntityManagerFactory(this.context.getBean(EntityManagerFactory.class));
		this.mvc = MockMvcBuilders.standaloneSetup(new Requests())
			.addInterceptors(new WebRequestHandlerInterceptorAdapter(openInView))
			.build();
	}

	@AfterEach
	void stop() {
		assertThat(lent()).as("lent after the response").isZero();
		this.context.close();
		this.pool.close();
	}

	@Test
	@DisplayName("T6, R4: with open-in-view, callbacks and releases of a block have the pool's only connection")
	void t6CallbacksAndReleasesOfABlockHaveTheConnection() throws Exception {
		request(() -> {
			scope().run((tx) -> {
				entityManager().persist(new Item("kept"));
				tx.enter(Resource.of(() -> "resource", (resource, outcome) -> hear("release")));
				tx.afterCommit(() -> hear("callback"));
			});
			hear("request");
		});
		assertThat(this.heard).containsExactly("callback: 1 row", "release: 1 row", "request: 1 row");
	}

	@Test
	@DisplayName("R4: with open-in-view, what is held around a method is released after its commit, with the connection back")
	void r4WhatIsHeldAroundAMethodIsReleasedAfterItsCommit() throws Exception {
		Witnessed witnessed = this.context.getBean(Witnessed.class);
		request(() -> {
			witnessed.transactional(() -> entityManager().persist(new Item("first")));
			witnessed.scoped(() -> entityManager().persist(new Item("second")));
		});
		assertThat(this.heard).containsExactly("release: 1 row", "release: 2 row");
	}

	@Test
	@DisplayName("T6: with open-in-view, the callback of a block in a @Transactional method has the connection")
	void t6CallbackInATransactionalMethodHasTheConnection() throws Exception {
		request(() -> {
			methods().required(() -> {
				entityManager().persist(new Item("kept"));
				scope().run((tx) -> tx.afterCommit(() -> hear("callback")));
			});
			hear("request");
		});
		assertThat(this.heard).containsExactly("callback: 1 row", "request: 1 row");
	}

	@Test
	@DisplayName("T6: with open-in-view, the callback after a rollback has the connection")
	void t6CallbackAfterARollbackHasTheConnection() throws Exception {
		request(() -> scope().run((tx) -> {
			entityManager().persist(new Item("lost"));
			tx.afterRollback(() -> hear("callback"));
			tx.setRollbackOnly("as tested");
		}));
		assertThat(this.heard).containsExactly("callback: 0 row");
	}

	@Test
	@DisplayName("T6: with open-in-view, a session gets a connection for what it loads late, and for its next block")
	void t6SessionGetsAConnectionForWhatItLoadsLate() throws Exception {
		request(() -> {
			scope().run((tx) -> entityManager().persist(new Item("kept")));
			entityManager().clear();
			assertThat(entityManager().find(Item.class, "kept")).isNotNull();
			scope().run((tx) -> {
				entityManager().persist(new Item("as well"));
				tx.afterCommit(() -> hear("callback"));
			});
		});
		assertThat(this.heard).containsExactly("callback: 2 row");
	}

	@Test
	@DisplayName("T6: with open-in-view, what a session loads late does not keep the connection")
	void t6WhatASessionLoadsLateDoesNotKeepTheConnection() throws Exception {
		request(() -> {
			methods().required(() -> {
				entityManager().persist(new Item("one"));
				entityManager().persist(new Item("two"));
			});
			entityManager().clear();
			assertThat(entityManager().find(Item.class, "one")).isNotNull();
			assertThat(lent()).isZero();
			hear("after one");
			assertThat(entityManager().createQuery("from Item", Item.class).getResultList()).hasSize(2);
			assertThat(lent()).isZero();
			try (Stream<Item> items = entityManager().createQuery("from Item", Item.class).getResultStream()) {
				Iterator<Item> each = items.iterator();
				each.next();
				assertThat(lent()).as("while it reads").isOne();
				each.next();
			}
			hear("after all");
			scope().run((tx) -> {
				entityManager().createQuery("from Item", Item.class).getResultList();
				assertThat(lent()).as("in a transaction").isOne();
				entityManager().persist(new Item("three"));
			});
			hear("after another block");
		});
		assertThat(this.heard).containsExactly("after one: 2 row", "after all: 2 row", "after another block: 3 row");
	}

	@Test
	@DisplayName("T2: with open-in-view, the connection comes back as it was found after a read-only transaction")
	void t2ConnectionComesBackAsItWasFound() throws Exception {
		request(() -> {
			TransactionTemplate reading = new TransactionTemplate(
					this.context.getBean(PlatformTransactionManager.class));
			reading.setReadOnly(true);
			reading.setIsolationLevel(TransactionDefinition.ISOLATION_SERIALIZABLE);
			reading.executeWithoutResult((status) -> {
				assertThat(isolation()).isEqualTo(Connection.TRANSACTION_SERIALIZABLE);
				assertThat(entityManager().find(Item.class, "none")).isNull();
			});
			assertThat(lent()).isZero();
			assertThat(isolation()).isEqualTo(Connection.TRANSACTION_READ_COMMITTED);
		});
	}

	private int isolation() {
		return jdbc().sql("select 1")
			.query((row, index) -> row.getStatement().getConnection().getTransactionIsolation())
			.single();
	}

	/** Asks another connection than the session's. */
	private void hear(String who) {
		this.heard.add("%s: %d row".formatted(who, jdbc().sql("select count(*) from item").query(Long.class).single()));
	}

	private void request(Action action) throws Exception {
		this.action = action;
		this.mvc.perform(MockMvcRequestBuilders.get("/")).andExpect(MockMvcResultMatchers.status().isOk());
	}

	private int lent() {
		return this.pool.getHikariPoolMXBean().getActiveConnections();
	}

	private TransactionScope scope() {
		return this.context.getBean(TransactionScope.class);
	}

	private PlainMethods methods() {
		return this.context.getBean(PlainMethods.class);
	}

	private JdbcClient jdbc() {
		return JdbcClient.create(this.context.getBean(DataSource.class));
	}

	private EntityManager entityManager() {
		return SharedEntityManagerCreator.createSharedEntityManager(this.context.getBean(EntityManagerFactory.class));
	}

	private interface Action {

		void run() throws Exception;

	}

	static class Witnessed {

		@WithResource("witness")
		@Transactional
		public void transactional(Runnable work) {
			work.run();
		}

		@WithResource("witness")
		@ScopedTransaction
		public void scoped(Runnable work) {
			work.run();
		}

	}

	@RestController
	private final class Requests {

		@GetMapping("/")
		@SuppressWarnings("UnusedMethod") // Spring calls it
		String get() throws Exception {
			OpenInViewTests.this.action.run();
			return "done";
		}

	}

}
