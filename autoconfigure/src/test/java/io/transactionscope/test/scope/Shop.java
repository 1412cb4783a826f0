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

package io.transactionscope.test.scope;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import javax.sql.DataSource;

import io.transactionscope.TransactionScope;
import io.transactionscope.autoconfigure.ScopedTransactionAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionManagerAutoConfiguration;
import io.transactionscope.autoconfigure.TransactionScopeAutoConfiguration;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.Id;

import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.persistence.autoconfigure.EntityScan;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.event.TransactionPhase;
import org.springframework.transaction.event.TransactionalEventListener;

/**
 * An application whose tests are transactional. They all have
 * {@code @AutoConfigureDatabaseFaults}, with which they share its contexts.
 */
final class Shop {

	private final TransactionScope scope;

	private final JdbcTemplate jdbc;

	Shop(TransactionScope scope, JdbcTemplate jdbc) {
		this.scope = scope;
		this.jdbc = jdbc;
		jdbc.execute("create table if not exists sale (item varchar(20) primary key)");
	}

	TransactionScope scope() {
		return this.scope;
	}

	void insert(String item) {
		this.jdbc.update("insert into sale values (?)", item);
	}

	void clear() {
		this.jdbc.update("delete from sale");
	}

	List<String> items() {
		return this.jdbc.queryForList("select item from sale order by item", String.class);
	}

	/** A method of the application's that is transactional in Spring's way. */
	static class Desk {

		@Transactional
		void serve(Runnable customer) {
			customer.run();
		}

	}

	/** What happens in it. */
	record Event(String item) {
	}

	@Entity(name = "sale")
	@SuppressWarnings("NullAway.Init")
	static class Sale {

		@Id
		String item;

		Sale() {
		}

		Sale(String item) {
			this.item = item;
		}

	}

	/**
	 * Hears of events, and notes them in the order in which it does.
	 */
	static class Listener {

		final List<String> heard = new CopyOnWriteArrayList<>();

		@TransactionalEventListener
		void committed(Event event) {
			this.heard.add("committed " + event.item());
		}

		@TransactionalEventListener(phase = TransactionPhase.AFTER_ROLLBACK)
		void rolledBack(Event event) {
			this.heard.add("rolled back " + event.item());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ AopAutoConfiguration.class, PoolAutoConfiguration.class,
			DataSourceAutoConfiguration.class, DataSourceTransactionManagerAutoConfiguration.class,
			TransactionAutoConfiguration.class, JdbcTemplateAutoConfiguration.class, JdbcClientAutoConfiguration.class,
			ScopedTransactionManagerAutoConfiguration.class, ScopedTransactionAutoConfiguration.class,
			TransactionScopeAutoConfiguration.class })
	@Import({ Listener.class, Desk.class })
	static class Jdbc {

		@Bean
		Shop shop(TransactionScope scope, JdbcTemplate jdbc) {
			return new Shop(scope, jdbc);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Jdbc.class)
	static class StockJdbc {

		@Bean
		JdbcTransactionManager transactionManager(DataSource dataSource) {
			return new JdbcTransactionManager(dataSource);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration(HibernateJpaAutoConfiguration.class)
	@EntityScan(basePackageClasses = Shop.class)
	@Import(Jdbc.class)
	static class Jpa {

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Jpa.class)
	static class StockJpa {

		@Bean
		JpaTransactionManager transactionManager(EntityManagerFactory entityManagers) {
			return new JpaTransactionManager(entityManagers);
		}

	}

}
