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

package io.transactionscope.arrangement;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.data.jpa.autoconfigure.DataJpaRepositoriesAutoConfiguration;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceProperties;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.init.DataSourceInitializer;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.stereotype.Service;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.event.TransactionPhase;
import org.springframework.transaction.event.TransactionalEventListener;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * A warehouse with a database of its own and one of the accountants', each with a pool
 * and a manager made in code, as Boot's documentation has it; templates, savepoints, new
 * transactions and listeners that wait for a commit.
 */
@SpringBootConfiguration
@EnableAutoConfiguration(exclude = { R2dbcAutoConfiguration.class, HibernateJpaAutoConfiguration.class,
		DataJpaRepositoriesAutoConfiguration.class })
@Import({ Warehouse.Stock.class, Warehouse.Board.class, Warehouse.StockController.class })
class Warehouse {

	@Bean
	@Primary
	@ConfigurationProperties("stock.datasource")
	DataSourceProperties stockProperties() {
		return new DataSourceProperties();
	}

	@Bean
	@Primary
	@ConfigurationProperties("stock.datasource.hikari")
	HikariDataSource stockDataSource() {
		return stockProperties().initializeDataSourceBuilder().type(HikariDataSource.class).build();
	}

	@Bean(defaultCandidate = false)
	@Qualifier("books")
	@ConfigurationProperties("books.datasource")
	HikariDataSource booksDataSource() {
		return new HikariDataSource();
	}

	@Bean
	@Primary
	JdbcTransactionManager stockManager(DataSource dataSource) {
		return new JdbcTransactionManager(dataSource);
	}

	@Bean
	JdbcTransactionManager booksManager() {
		return new JdbcTransactionManager(booksDataSource());
	}

	@Bean
	DataSourceInitializer schema(DataSource dataSource) {
		DataSourceInitializer initializer = new DataSourceInitializer();
		initializer.setDataSource(dataSource);
		initializer
			.setDatabasePopulator(new ResourceDatabasePopulator(new ClassPathResource("arrangement/warehouse.sql")));
		return initializer;
	}

	@Bean(defaultCandidate = false)
	@Qualifier("books")
	JdbcTemplate books() {
		return new JdbcTemplate(booksDataSource());
	}

	record Taken(String item) {
	}

	/** What hangs in the hall. */
	static class Board {

		private final Queue<String> lines = new ConcurrentLinkedQueue<>();

		@TransactionalEventListener
		void write(Taken taken) {
			this.lines.add(taken.item() + " is gone");
		}

		@TransactionalEventListener(phase = TransactionPhase.AFTER_ROLLBACK)
		void excuse(Taken taken) {
			this.lines.add(taken.item() + " stays");
		}

	}

	@Service
	static class Stock {

		private final JdbcClient stock;

		private final JdbcTemplate books;

		private final TransactionTemplate nested;

		private final ApplicationEventPublisher events;

		Stock(JdbcClient stock, @Qualifier("books") JdbcTemplate books, PlatformTransactionManager manager,
				ApplicationEventPublisher events) {
			this.stock = stock;
			this.books = books;
			this.nested = new TransactionTemplate(manager);
			this.nested.setPropagationBehavior(Propagation.NESTED.value());
			this.events = events;
		}

		@Transactional
		public int take(String item) {
			this.events.publishEvent(new Taken(item));
			this.nested.executeWithoutResult((status) -> {
				this.stock.sql("insert into remarks values (?)").param("somebody wants " + item).update();
				if (item.startsWith("f")) {
					status.setRollbackOnly();
				}
			});
			int taken = this.stock.sql("update stock set amount = amount - 1 where item = ? and amount > 0")
				.param(item)
				.update();
			if (taken == 0) {
				throw new IllegalStateException("There is no " + item);
			}
			return this.stock.sql("select amount from stock where item = ?").param(item).query(Integer.class).single();
		}

		@Transactional("booksManager")
		public void book(String item) {
			this.books.update("insert into bookings values (?)", item);
		}

		List<String> remarks() {
			return this.stock.sql("select remark from remarks order by remark").query(String.class).list();
		}

		@Transactional(transactionManager = "booksManager", readOnly = true)
		public List<String> bookings() {
			return this.books.queryForList("select item from bookings order by item", String.class);
		}

	}

	@RestController
	static class StockController {

		private final Stock stock;

		private final Board board;

		StockController(Stock stock, Board board) {
			this.stock = stock;
			this.board = board;
		}

		@PostMapping("/stock/{item}/take")
		int take(@PathVariable String item) {
			int left = this.stock.take(item);
			this.stock.book(item);
			return left;
		}

		@GetMapping("/remarks")
		List<String> remarks() {
			return this.stock.remarks();
		}

		@GetMapping("/bookings")
		List<String> bookings() {
			return this.stock.bookings();
		}

		@GetMapping("/board")
		List<String> board() {
			return List.copyOf(this.board.lines);
		}

	}

}
