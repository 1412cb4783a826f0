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

package io.transactionscope.link;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.TransactionScope;
import io.transactionscope.test.Phase;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.test.EmptyPersistenceUnit;
import io.transactionscope.test.FaultyDriver;
import io.transactionscope.test.LinkProxy;
import jakarta.persistence.EntityManagerFactory;
import org.apache.commons.dbcp2.BasicDataSource;
import org.apache.commons.dbcp2.ConnectionFactory;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A table at the other end of a link, and what an application has to get there.
 */
final class LinkedDatabase implements AutoCloseable {

	private final String table = "t" + UUID.randomUUID().toString().replace("-", "");

	private final List<EmptyPersistenceUnit> closing = new ArrayList<>();

	private final Server server;

	private final LinkProxy link;

	private final JdbcTemplate besideLink;

	private final FaultyDriver driver;

	private final HikariDataSource pool;

	private final BasicDataSource otherPool;

	private final DataSource dataSource;

	private final PlatformTransactionManager manager;

	private Runnable fault = () -> {
	};

	private boolean reached;

	LinkedDatabase(Server server, LinkProxy link, Kind kind) {
		this.server = server;
		this.link = link;
		this.besideLink = new JdbcTemplate(server.dataSource());
		this.driver = new FaultyDriver(server.dataSource(link));
		this.pool = pool(this.driver);
		this.otherPool = otherPool(this.driver);
		this.dataSource = (kind == Kind.OTHER_POOL) ? this.otherPool : new TrackedDataSource(this.pool);
		this.manager = kind.manager(this);
		this.besideLink.execute("create table %s (id int)".formatted(this.table));
	}

	private static HikariDataSource pool(FaultyDriver driver) {
		HikariConfig config = new HikariConfig();
		config.setDataSource(driver);
		config.setMaximumPoolSize(2);
		config.setMinimumIdle(0);
		return new HikariDataSource(config);
	}

	private static BasicDataSource otherPool(FaultyDriver driver) {
		BasicDataSource pool = new BasicDataSource() {

			@Override
			protected ConnectionFactory createConnectionFactory() {
				return driver::getConnection;
			}

		};
		pool.setMaxTotal(2);
		return pool;
	}

	LinkProxy link() {
		return this.link;
	}

	DataSource dataSource() {
		return this.dataSource;
	}

	PlatformTransactionManager manager() {
		return this.manager;
	}

	TransactionScope scope() {
		return TransactionScope.create(this.manager).named("orders");
	}

	EntityManagerFactory entityManagers() {
		EmptyPersistenceUnit unit = new EmptyPersistenceUnit(this.dataSource);
		this.closing.add(unit);
		return unit.entityManagers();
	}

	/** What {@link #fail()} is to do. */
	void onFailure(Runnable fault) {
		this.fault = fault;
		this.reached = false;
		this.driver.heal();
	}

	void failBefore(Phase phase) {
		this.driver.before(phase, this::fail);
	}

	void fail() {
		this.reached = true;
		this.fault.run();
	}

	/** Whether it has come to that. */
	boolean hasFailed() {
		return this.reached;
	}

	void insert(int id) {
		new JdbcTemplate(this.dataSource).update("insert into %s values (?)".formatted(this.table), id);
	}

	/** Past the link. */
	List<Integer> rows() {
		return this.besideLink.queryForList("select id from " + this.table, Integer.class);
	}

	/** Fail after some rows, once that much time has passed. */
	void fetchAndFailAfter(Duration time) {
		long end = System.nanoTime() + time.toNanos();
		JdbcTemplate inPieces = new JdbcTemplate(this.dataSource);
		inPieces.setFetchSize(this.server.fetchSize());
		inPieces.query(this.server.manyRows(), (row) -> {
			if (row.getInt(1) == 2) {
				pass(end - System.nanoTime());
				fail();
			}
		});
	}

	static void pass(long nanos) {
		try {
			assertThat(new CountDownLatch(1).await(nanos, TimeUnit.NANOSECONDS)).isFalse();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	int lent() {
		return this.pool.getHikariPoolMXBean().getActiveConnections() + this.otherPool.getNumActive();
	}

	List<String> leftBehind() {
		return this.driver.leftBehind();
	}

	@Override
	public void close() throws SQLException {
		this.closing.forEach(EmptyPersistenceUnit::close);
		this.pool.close();
		this.otherPool.close();
		this.besideLink.execute("drop table if exists " + this.table);
	}

}
