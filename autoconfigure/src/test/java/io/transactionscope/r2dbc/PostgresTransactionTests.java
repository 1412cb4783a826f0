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

package io.transactionscope.r2dbc;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.pool.PoolMetrics;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.test.LinkProxy;
import io.transactionscope.test.PostgresServer;
import io.transactionscope.test.R2dbcPools;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;
import org.reactivestreams.Subscription;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.r2dbc.connection.TransactionAwareConnectionFactoryProxy;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.reactive.TransactionalOperator;
import org.springframework.transaction.support.DefaultTransactionDefinition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * Spring's transactions by our manager, on PostgreSQL and a pool.
 */
@Tag("once")
class PostgresTransactionTests {

	private static final Duration PATIENCE = Duration.ofSeconds(20);

	private final PGSimpleDataSource server = (PGSimpleDataSource) PostgresServer.running().dataSource();

	private final LinkProxy link = PostgresServer.running().link();

	private final ConnectionPool pool = pool(driver(this.link.host(), this.link.port()));

	private final ScopedR2dbcTransactionManager manager = new ScopedR2dbcTransactionManager(this.pool);

	private final TransactionalOperator operator = TransactionalOperator.create(this.manager);

	private final DatabaseClient client = DatabaseClient.create(this.pool);

	/** Not over the link. */
	private final DatabaseClient onlooker = DatabaseClient.create(driver(host(), this.server.getPortNumbers()[0]));

	private String host() {
		return Objects.requireNonNull(this.server.getServerNames())[0];
	}

	private ConnectionFactory driver(String host, int port) {
		return new PostgresqlConnectionFactory(PostgresqlConnectionConfiguration.builder()
			.host(host)
			.port(port)
			.username(Objects.requireNonNull(this.server.getUser()))
			.password(String.valueOf(this.server.getPassword()))
			.database(this.server.getDatabaseName())
			.applicationName("PostgresTransactionTests")
			.build());
	}

	private static ConnectionPool pool(ConnectionFactory driver) {
		return new ConnectionPool(
				ConnectionPoolConfiguration.builder(driver).initialSize(0).maxSize(5).maxAcquireTime(PATIENCE).build());
	}

	@BeforeEach
	void createTable() {
		execute("drop table if exists r2dbc_orders");
		execute("create table r2dbc_orders (id int primary key, parent int references r2dbc_orders "
				+ "deferrable initially deferred)");
		// No deadline of a test is for the first connection of a pool.
		backend();
	}

	private void execute(String sql) {
		this.onlooker.sql(sql).then().block(PATIENCE);
	}

	@AfterEach
	void nothingIsLeft() {
		PoolMetrics metrics = this.pool.getMetrics().orElseThrow();
		await().atMost(PATIENCE).untilAsserted(() -> {
			assertThat(metrics.acquiredSize()).isZero();
			assertThat(metrics.pendingAcquireSize()).isZero();
			assertThat(
					count("select count(*) from pg_stat_activity where application_name = 'PostgresTransactionTests' "
							+ "and state like 'idle in transaction%'"))
				.isZero();
		});
		R2dbcPools.dispose(this.pool);
	}

	private long count(String sql) {
		return Objects
			.requireNonNull(this.onlooker.sql(sql).map((row) -> row.get(0, Long.class)).one().block(PATIENCE));
	}

	private long orders() {
		return count("select count(*) from r2dbc_orders");
	}

	private Mono<Long> insert(int id, @Nullable Integer parent) {
		return this.client.sql("insert into r2dbc_orders values (%d, %s)".formatted(id, parent)).fetch().rowsUpdated();
	}

	private int backend() {
		return Objects.requireNonNull(this.client.sql("select pg_backend_pid()")
			.map((row) -> row.get(0, Integer.class))
			.one()
			.block(PATIENCE));
	}

	@Test
	void commitsAndRollsBack() {
		insert(1, null).as(this.operator::transactional).block(PATIENCE);
		assertThatThrownBy(() -> insert(2, null).then(Mono.error(new IllegalStateException("body")))
			.as(this.operator::transactional)
			.block(PATIENCE)).hasMessage("body");
		assertThat(orders()).isOne();
	}

	@Test
	void aDeferredConstraintFailsTheCommitAndTheConnectionIsKept() {
		int backend = backend();
		assertThatThrownBy(() -> insert(1, 7).as(this.operator::transactional).block(PATIENCE))
			.isInstanceOf(DataIntegrityViolationException.class);
		assertThat(orders()).isZero();
		assertThat(backend()).isEqualTo(backend);
	}

	@Test
	void aSwallowedFailureOfAStatementIsARollback() {
		assertThatThrownBy(() -> insert(1, null).then(insert(1, null))
			.onErrorComplete()
			.as(this.operator::transactional)
			.block(PATIENCE)).isInstanceOf(PessimisticLockingFailureException.class);
		assertThat(orders()).isZero();
	}

	@Test
	void aTransactionThatAStatementHasEndedIsNotSaidToBeCommitted() {
		assertThatThrownBy(() -> insert(1, null).then(this.client.sql("rollback").then())
			.as(this.operator::transactional)
			.block(PATIENCE)).isInstanceOfSatisfying(CommitFailedException.class, (failure) -> {
				assertThat(failure.outcome()).isEqualTo(TransactionOutcome.UNKNOWN);
				assertThat(failure).hasMessageContaining("a statement had ended the transaction");
			});
	}

	@Test
	void aSessionThatIsEndedInTheBodyIsReplaced() {
		assertThatThrownBy(() -> insert(1, null)
			.then(this.onlooker
				.sql("select pg_terminate_backend(pid) from pg_stat_activity "
						+ "where application_name = 'PostgresTransactionTests' and state = 'idle in transaction'")
				.map((row) -> row.get(0, Boolean.class))
				.one()
				.doOnNext((ended) -> assertThat(ended).isTrue()))
			.then(insert(2, null))
			.as(this.operator::transactional)
			.block(PATIENCE)).isInstanceOf(DataAccessResourceFailureException.class);
		assertThat(orders()).isZero();
		insert(3, null).as(this.operator::transactional).block(PATIENCE);
		assertThat(orders()).isOne();
	}

	@Test
	void aCommitOnALinkThatIsCutIsInDoubt() {
		assertThatThrownBy(() -> insert(1, null).doOnSuccess((rows) -> this.link.freeze())
			.doOnSuccess((rows) -> Schedulers.parallel().schedule(this.link::cut, 1_000, TimeUnit.MILLISECONDS))
			.as(this.operator::transactional)
			.block(PATIENCE)).isInstanceOfSatisfying(CommitFailedException.class,
					(failure) -> assertThat(failure.outcome()).isEqualTo(TransactionOutcome.UNKNOWN));
		this.link.mend();
	}

	@Test
	void aCommitOnAFrozenLinkIsInDoubtASecondAfterTheTimeout() {
		DefaultTransactionDefinition definition = new DefaultTransactionDefinition();
		definition.setTimeout(1);
		assertThatThrownBy(() -> insert(1, null).doOnSuccess((rows) -> this.link.freeze())
			.as(TransactionalOperator.create(this.manager, definition)::transactional)
			.block(Duration.ofSeconds(10))).isInstanceOfSatisfying(CommitFailedException.class,
					(failure) -> assertThat(failure.outcome()).isEqualTo(TransactionOutcome.UNKNOWN));
		this.link.cut();
		this.link.mend();
	}

	@Test
	void aCancelBreaksOffTheStatementUnderWay() {
		List<Object> seen = new ArrayList<>();
		Subscription subscription = Signals
			.of(this.client.sql("select pg_sleep(60) as broken_off").then().as(this.operator::transactional), seen);
		String sleeping = "select count(*) from pg_stat_activity where query = 'select pg_sleep(60) as broken_off' "
				+ "and state = 'active'";
		await().atMost(PATIENCE).until(() -> count(sleeping) == 1);
		subscription.cancel();
		await().atMost(PATIENCE).until(() -> count(sleeping) == 0);
		await().atMost(PATIENCE).until(() -> this.pool.getMetrics().orElseThrow().acquiredSize() == 0);
		assertThat(seen).isEmpty();
	}

	@Test
	void transactionAwareConnectionsWorkInTheSameTransaction() {
		ConnectionFactory aware = new TransactionAwareConnectionFactoryProxy(this.pool);
		Mono<Long> plain = Mono.usingWhen(aware.create(),
				(connection) -> Flux.from(connection.createStatement("insert into r2dbc_orders values (1)").execute())
					.flatMap((result) -> result.getRowsUpdated())
					.next(),
				Connection::close);
		assertThatThrownBy(() -> plain.then(plain.onErrorComplete())
			.then(insert(2, null))
			.as(this.operator::transactional)
			.block(PATIENCE)).hasMessageContaining("current transaction is aborted");
		assertThat(orders()).isZero();
	}

	@Test
	void aManagerOnTransactionAwareConnectionsIsRightAsWell() {
		ScopedR2dbcTransactionManager manager = new ScopedR2dbcTransactionManager(
				new TransactionAwareConnectionFactoryProxy(this.pool));
		Mono.just(1).as(TransactionalOperator.create(manager)::transactional).block(PATIENCE);
		assertThatThrownBy(() -> Mono.error(new IllegalStateException("body"))
			.as(TransactionalOperator.create(manager)::transactional)
			.block(PATIENCE)).hasMessage("body");
	}

	@Test
	void aDiscardedConnectionIsClosedAtTheServerAndGoneFromThePool() {
		int backend = backend();
		Connection connection = Objects.requireNonNull(this.pool.create().block(PATIENCE));
		Discard.close(connection, Context.empty(), new ArrayList<>(), () -> {
		});
		await().atMost(PATIENCE)
			.until(() -> count("select count(*) from pg_stat_activity where pid = " + backend) == 0);
		await().atMost(PATIENCE).until(() -> this.pool.getMetrics().orElseThrow().allocatedSize() == 0);
		assertThat(backend()).isNotEqualTo(backend);
	}

}
