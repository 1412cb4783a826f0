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

package io.transactionscope.r2dbc.resolution;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.pool.PoolMetrics;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.transactionscope.r2dbc.ScopedR2dbcTransactionManager;
import io.transactionscope.reactive.ReactiveTransactionScope;
import io.transactionscope.resource.Outcome;
import io.transactionscope.test.LinkProxy;
import io.transactionscope.test.LinkProxy.Fate;
import io.transactionscope.test.PostgresServer;
import io.transactionscope.test.R2dbcPools;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.r2dbc.connection.TransactionAwareConnectionFactoryProxy;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.annotation.Isolation;
import org.springframework.transaction.reactive.TransactionSynchronization;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;
import org.springframework.transaction.reactive.TransactionalOperator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * What a subscriber is told of a COMMIT whose link was lost, once the database has been
 * asked.
 */
@Tag("once")
class ReactiveCommitResolutionTests {

	private static final Duration PATIENCE = Duration.ofSeconds(20);

	private static final int UNHEARD = -1;

	private final LinkProxy link = PostgresServer.running().link();

	private final JdbcClient observer = JdbcClient.create(PostgresServer.running().dataSource());

	private final String table = "t" + UUID.randomUUID().toString().replace("-", "");

	private final ConnectionPool pool = new ConnectionPool(ConnectionPoolConfiguration.builder(driver(this.link))
		.initialSize(0)
		.maxSize(1)
		.maxAcquireTime(Duration.ofSeconds(10))
		.build());

	private final DatabaseClient client = DatabaseClient.create(this.pool);

	private final List<Outcome> heard = new CopyOnWriteArrayList<>();

	private volatile int synchronizationHeard = UNHEARD;

	private static ConnectionFactory driver(LinkProxy link) {
		PGSimpleDataSource server = (PGSimpleDataSource) PostgresServer.running().dataSource();
		return new PostgresqlConnectionFactory(PostgresqlConnectionConfiguration.builder()
			.host(link.host())
			.port(link.port())
			.username(Objects.requireNonNull(server.getUser()))
			.password(String.valueOf(server.getPassword()))
			.database(server.getDatabaseName())
			.applicationName("ReactiveCommitResolutionTests")
			.build());
	}

	@BeforeEach
	void begins() {
		this.observer.sql("create table " + this.table + " (id int primary key)").update();
		// No deadline of a test is for the first connection of a JVM.
		this.client.sql("select 1").fetch().one().block(PATIENCE);
	}

	@AfterEach
	void nothingIsLeftBehind() throws IOException {
		this.link.atCommit(() -> Fate.PASSED);
		PoolMetrics metrics = this.pool.getMetrics().orElseThrow();
		awaitSoon().untilAsserted(() -> assertThat(metrics.acquiredSize()).isZero());
		R2dbcPools.dispose(this.pool);
		awaitSoon().untilAsserted(() -> assertThat(sessions("true")).isZero());
		this.link.close();
		this.observer.sql("drop table " + this.table).update();
	}

	static Stream<Arguments> waysAndFates() {
		return Stream.of(Way.values())
			.flatMap((way) -> Stream.of(Fate.LOST, Fate.STRANDED, Fate.UNANSWERED)
				.map((fate) -> Arguments.of(way, fate)));
	}

	@ParameterizedTest
	@MethodSource("waysAndFates")
	void t4TheAnswerIsWhatTheDatabaseHas(Way way, Fate fate) {
		atFirstCommit(fate);
		Throwable thrown = catchThrowable(() -> way.insert(this, true).block(PATIENCE));
		boolean committed = fate == Fate.UNANSWERED;
		assertThat(rows()).isEqualTo(committed ? 1 : 0);
		if (committed) {
			assertThat(thrown).isNull();
		}
		else {
			assertFailed(thrown, TransactionOutcome.ROLLED_BACK);
		}
		assertThat(this.heard).singleElement()
			.returns(committed, Outcome::isSuccess)
			.returns(!committed, Outcome::isFailure);
		assertThat(this.synchronizationHeard).isEqualTo(committed ? TransactionSynchronization.STATUS_COMMITTED
				: TransactionSynchronization.STATUS_ROLLED_BACK);
		assertNoTransactionIsLeft();
		assertThat(insert(2).as(scope(manager())::transactional).block(PATIENCE)).isOne();
	}

	@ParameterizedTest
	@EnumSource
	void withoutItTheOutcomeIsUnknown(Way way) {
		atFirstCommit(Fate.UNANSWERED);
		assertFailed(catchThrowable(() -> way.insert(this, false).block(PATIENCE)), TransactionOutcome.UNKNOWN);
		assertThat(this.synchronizationHeard).isEqualTo(TransactionSynchronization.STATUS_UNKNOWN);
		assertThat(rows()).isOne();
	}

	@Test
	void t7ALinkThatHangsInTheCommitIsResolvedAMomentPastTheDeadline() {
		assertFailed(failureWithinASecond(() -> Fate.FORGOTTEN), TransactionOutcome.ROLLED_BACK);
		assertThat(rows()).isZero();
		assertNoTransactionIsLeft();
	}

	@Test
	void t7ACommitThatIsDoneOnALinkThatHangsIsOne() {
		assertThat(failureWithinASecond(() -> {
			this.link.forget();
			return Fate.PASSED;
		})).isNull();
		assertThat(rows()).isOne();
		this.link.mend();
	}

	/**
	 * What an insert with a deadline fails with, if it does. It is done once more where
	 * the machine was so slow that the deadline had passed before the COMMIT, or the half
	 * of a second that there is for the question after it.
	 */
	private @Nullable Throwable failureWithinASecond(Supplier<Fate> fate) {
		ReactiveTransactionScope scope = scope(manager()).timeout(Duration.ofSeconds(1));
		AtomicBoolean sent = new AtomicBoolean();
		@Nullable Throwable thrown;
		int attempts = 0;
		do {
			assertNoTransactionIsLeft();
			this.observer.sql("delete from " + this.table).update();
			sent.set(false);
			atFirstCommit(() -> {
				sent.set(true);
				return fate.get();
			});
			long start = System.nanoTime();
			thrown = catchThrowable(() -> assertThat(insert(1).as(scope::transactional).block(PATIENCE)).isOne());
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(PATIENCE.dividedBy(2));
			attempts++;
		}
		while ((!sent.get() || isInDoubt(thrown)) && attempts < 5);
		return thrown;
	}

	private static boolean isInDoubt(@Nullable Throwable thrown) {
		return thrown instanceof CommitFailedException failure && failure.outcome() == TransactionOutcome.UNKNOWN;
	}

	@Test
	void whatHasWrittenNothingIsRolledBack() {
		atFirstCommit(Fate.UNANSWERED);
		assertFailed(catchThrowable(
				() -> this.client.sql("select 1").fetch().one().as(scope(manager())::transactional).block(PATIENCE)),
				TransactionOutcome.ROLLED_BACK);
	}

	@Test
	void whatTheServerRefusesBeforeTheCommitIsARefusalOfTheCommit() {
		List<String> commits = new CopyOnWriteArrayList<>();
		this.link.atCommit(() -> {
			commits.add("sent");
			return Fate.PASSED;
		});
		Mono<Long> insert = insert(1).then(insert(1).onErrorComplete());
		assertThat(assertFailed(catchThrowable(() -> insert.as(scope(manager())::transactional).block(PATIENCE)),
				TransactionOutcome.ROLLED_BACK))
			.hasCauseInstanceOf(DataAccessException.class)
			.hasMessageContaining("current transaction is aborted");
		ScopedR2dbcTransactionManager manager = manager();
		manager.setResolveCommit(true);
		assertThatExceptionOfType(DataAccessException.class)
			.isThrownBy(() -> insert.as(TransactionalOperator.create(manager)::transactional).block(PATIENCE))
			.withMessageContaining("current transaction is aborted");
		assertThat(commits).isEmpty();
		assertThat(rows()).isZero();
	}

	@Test
	void aServerThatDoesNotTellIsNamedAsTheReason() {
		this.observer.sql("create role " + this.table).update();
		this.observer.sql("grant all on " + this.table + " to " + this.table).update();
		this.observer.sql("revoke execute on function pg_control_system() from public").update();
		try {
			ReactiveTransactionScope scope = scope(manager());
			Mono<Long> insert = this.client.sql("set local role " + this.table).then().then(insert(1));
			assertThat(assertFailed(catchThrowable(() -> insert.as(scope::transactional).block(PATIENCE)),
					TransactionOutcome.ROLLED_BACK))
				.hasMessageContaining("The server does not tell what resolveCommit()");
		}
		finally {
			this.observer.sql("grant execute on function pg_control_system() to public").update();
			this.observer.sql("drop owned by " + this.table).update();
			this.observer.sql("drop role " + this.table).update();
		}
		assertThat(rows()).isZero();
	}

	@Test
	void aSerializationFailureInTheCommitStaysOne() {
		this.observer.sql("insert into " + this.table + " values (1), (2)").update();
		ReactiveTransactionScope scope = scope(new ScopedR2dbcTransactionManager(driver(this.link)))
			.isolation(Isolation.SERIALIZABLE);
		Throwable thrown = catchThrowable(() -> scope
			.call((tx) -> tx.connection()
				.flatMap((one) -> count(one).then(scope.requiresNew()
					.call((inner) -> inner.connection()
						.flatMap((other) -> count(other).then(update(one, 1, 10)).then(update(other, 2, 20)))))))
			.block(PATIENCE));
		assertFailed(thrown, TransactionOutcome.ROLLED_BACK);
		assertThat(thrown).hasCauseInstanceOf(ConcurrencyFailureException.class);
	}

	@Test
	void t7ALinkThatBreaksBeforeTheCommitIsARollback() {
		assertThat(assertFailed(catchThrowable(() -> insert(1).doOnSuccess((rows) -> this.link.freeze())
			.doOnSuccess((rows) -> Schedulers.parallel().schedule(this.link::cut, 200, TimeUnit.MILLISECONDS))
			.as(scope(manager())::transactional)
			.block(PATIENCE)), TransactionOutcome.ROLLED_BACK)).hasMessageContaining("COMMIT was not sent");
		this.link.mend();
		assertThat(rows()).isZero();
	}

	@Test
	void t7ALinkThatHangsBeforeTheCommitIsARollback() {
		ReactiveTransactionScope scope = scope(manager()).timeout(Duration.ofSeconds(1));
		assertThat(assertFailed(catchThrowable(
				() -> insert(1).doOnSuccess((rows) -> this.link.freeze()).as(scope::transactional).block(PATIENCE)),
				TransactionOutcome.ROLLED_BACK))
			.hasMessageContaining("COMMIT was not sent");
		this.link.cut();
		this.link.mend();
		assertThat(rows()).isZero();
	}

	@Test
	void aDatabaseThatDoesNotComeBackLeavesItUnknown() {
		this.link.atCommit(() -> {
			this.link.cut();
			return Fate.LOST;
		});
		ReactiveTransactionScope scope = scope(manager()).timeout(Duration.ofSeconds(1));
		CommitFailedException failure = assertFailed(
				catchThrowable(() -> insert(1).as(scope::transactional).block(PATIENCE)), TransactionOutcome.UNKNOWN);
		assertThat(Objects.requireNonNull(Objects.requireNonNull(failure.getCause()).getCause()).getSuppressed())
			.singleElement()
			.satisfies((obstacle) -> assertThat(obstacle).hasMessageContaining("could not be resolved")
				.hasMessageContaining("it could not be asked"));
		this.link.mend();
	}

	@Test
	void aDatabaseThatComesBackInTimeIsAsked() {
		atFirstCommit(() -> {
			this.link.cut();
			int before = this.link.connections();
			new Thread(() -> {
				awaitSoon().until(() -> this.link.connections() > before + 2);
				this.link.mend();
			}).start();
			return Fate.LOST;
		});
		ReactiveTransactionScope scope = scope(manager()).timeout(PATIENCE);
		assertFailed(catchThrowable(() -> insert(1).as(scope::transactional).block(PATIENCE)),
				TransactionOutcome.ROLLED_BACK);
	}

	@ParameterizedTest
	@EnumSource
	void a5ACancelWhileItIsResolvedIsAwaited(Way way) {
		atFirstCommit(() -> {
			this.link.cut();
			return Fate.LOST;
		});
		int before = this.link.connections();
		Disposable subscription = way.insert(this, true).subscribe();
		awaitSoon().until(() -> this.link.connections() > before + 2);
		subscription.dispose();
		assertThat(this.heard).isEmpty();
		this.link.mend();
		awaitSoon().until(() -> !this.heard.isEmpty());
		assertThat(this.heard).singleElement().returns(true, Outcome::isFailure).returns(false, Outcome::isUnknown);
		assertThat(rows()).isZero();
	}

	@Test
	void whoHasCancelledIsToldByTheScope() {
		atFirstCommit(() -> {
			this.link.cut();
			return Fate.LOST;
		});
		int before = this.link.connections();
		List<Mono<Outcome>> ended = new CopyOnWriteArrayList<>();
		Disposable subscription = scope(manager()).call((tx) -> {
			ended.add(tx.ended());
			return insert(1);
		}).subscribe();
		awaitSoon().until(() -> this.link.connections() > before + 2);
		subscription.dispose();
		this.link.mend();
		assertThat(ended.get(0).block(PATIENCE)).isInstanceOfSatisfying(Outcome.Failed.class,
				(failed) -> assertFailed(failed.failure(), TransactionOutcome.ROLLED_BACK));
	}

	@Test
	void t7ADatabaseThatHangsInTheQuestionLeavesItUnknown() {
		atFirstCommit(() -> {
			this.link.freeze();
			return Fate.STRANDED;
		});
		ReactiveTransactionScope scope = scope(manager()).timeout(Duration.ofSeconds(1));
		assertFailed(catchThrowable(() -> insert(1).as(scope::transactional).block(PATIENCE)),
				TransactionOutcome.UNKNOWN);
		this.link.cut();
		this.link.mend();
	}

	@Test
	void aTransactionThatAStatementHasEndedIsNotAskedFor() {
		ReactiveTransactionScope scope = scope(manager()).verifiedBy(() -> {
			throw new AssertionError("asked");
		});
		assertThat(assertFailed(catchThrowable(
				() -> insert(1).then(this.client.sql("commit").then()).as(scope::transactional).block(PATIENCE)),
				TransactionOutcome.UNKNOWN))
			.satisfies((failure) -> assertThat(failure.getSuppressed())
				.noneMatch((each) -> each instanceof AssertionError));
	}

	@Test
	void aTransactionThatSpringsManagerHasBegunIsNotAskedFor() {
		atFirstCommit(Fate.UNANSWERED);
		ReactiveTransactionManager manager = new R2dbcTransactionManager(this.pool);
		assertThat(catchThrowable(() -> insert(1).as(scope(manager)::transactional)
			.as(TransactionalOperator.create(manager)::transactional)
			.block(PATIENCE))).isInstanceOf(DataAccessException.class);
		assertThat(this.link.connections()).isOne();
	}

	@Test
	void aPoolOfAnotherKindHasRoomForTheQuestion() {
		atFirstCommit(Fate.UNANSWERED);
		ConnectionFactory unknown = new ConnectionFactory() {

			@Override
			public Publisher<? extends Connection> create() {
				return ReactiveCommitResolutionTests.this.pool.create();
			}

			@Override
			public ConnectionFactoryMetadata getMetadata() {
				return ReactiveCommitResolutionTests.this.pool.getMetadata();
			}

		};
		ReactiveTransactionScope scope = scope(new ScopedR2dbcTransactionManager(unknown))
			.timeout(Duration.ofSeconds(10));
		scope.call((tx) -> insertOver(tx.connection())).block(PATIENCE);
		assertThat(rows()).isOne();
	}

	@Test
	void itIsAskedBesideATransactionThatIsSuspended() {
		ReactiveTransactionManager manager = new ScopedR2dbcTransactionManager(
				new TransactionAwareConnectionFactoryProxy(driver(this.link)));
		atFirstCommit(Fate.STRANDED);
		ReactiveTransactionScope scope = scope(manager);
		Throwable[] thrown = { null };
		scope
			.call((tx) -> scope.requiresNew()
				.call((inner) -> insertOver(inner.connection()))
				.doOnError((failure) -> thrown[0] = failure)
				.onErrorComplete()
				.then(Mono.defer(() -> insertOver(tx.connection()))))
			.block(PATIENCE);
		assertFailed(thrown[0], TransactionOutcome.ROLLED_BACK);
		assertThat(rows()).isOne();
	}

	private Mono<Long> insertOver(Mono<Connection> connection) {
		return connection.flatMap((each) -> send(each, "insert into " + this.table + " values (1)"));
	}

	private Mono<Long> update(Connection connection, int id, int next) {
		return send(connection, "update %s set id = %d where id = %d".formatted(this.table, next, id));
	}

	private static Mono<Long> send(Connection connection, String sql) {
		return Flux.from(connection.createStatement(sql).execute()).flatMap((result) -> result.getRowsUpdated()).next();
	}

	private Mono<Long> count(Connection connection) {
		return Flux.from(connection.createStatement("select count(*) from " + this.table).execute())
			.flatMap((result) -> result.map((row) -> Objects.requireNonNull(row.get(0, Long.class))))
			.last();
	}

	private void atFirstCommit(Fate fate) {
		atFirstCommit(() -> fate);
	}

	private void atFirstCommit(Supplier<Fate> fate) {
		boolean[] done = { false };
		this.link.atCommit(() -> {
			if (done[0]) {
				return Fate.PASSED;
			}
			done[0] = true;
			return fate.get();
		});
	}

	private static ConditionFactory awaitSoon() {
		return await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(10)).atMost(PATIENCE);
	}

	private static CommitFailedException assertFailed(@Nullable Throwable thrown, TransactionOutcome outcome) {
		assertThat(thrown).isInstanceOf(CommitFailedException.class);
		CommitFailedException failure = (CommitFailedException) Objects.requireNonNull(thrown);
		assertThat(failure.outcome()).isEqualTo(outcome);
		return failure;
	}

	private ScopedR2dbcTransactionManager manager() {
		return new ScopedR2dbcTransactionManager(this.pool);
	}

	private static ReactiveTransactionScope scope(ReactiveTransactionManager manager) {
		return ReactiveTransactionScope.create(manager).named("book").resolveCommit();
	}

	private Mono<Long> insert(int id) {
		return this.client.sql("insert into " + this.table + " values (" + id + ")").fetch().rowsUpdated();
	}

	private Mono<Long> insertAndListen() {
		return insert(1).flatMap((rows) -> TransactionSynchronizationManager.forCurrentTransaction().map((current) -> {
			current.registerSynchronization(new TransactionSynchronization() {

				@Override
				public Mono<Void> afterCompletion(int status) {
					return Mono.fromRunnable(() -> ReactiveCommitResolutionTests.this.synchronizationHeard = status);
				}

			});
			return rows;
		}));
	}

	/**
	 * A session whose transaction is over ends, or is told to be idle, a moment later.
	 */
	private void assertNoTransactionIsLeft() {
		awaitSoon().untilAsserted(() -> assertThat(sessions("state like 'idle in%'")).isZero());
	}

	private int rows() {
		return this.observer.sql("select count(*) from " + this.table).query(Integer.class).single();
	}

	private int sessions(String which) {
		return this.observer
			.sql("select count(*) from pg_stat_activity where application_name = 'ReactiveCommitResolutionTests' and "
					+ which)
			.query(Integer.class)
			.single();
	}

	/**
	 * Who begins and ends the transaction.
	 */
	enum Way {

		SCOPE {

			@Override
			Mono<Long> insert(ReactiveCommitResolutionTests test, boolean resolved) {
				return byScope(test, test.manager(), resolved);
			}

		},

		SCOPE_ON_SPRINGS_MANAGER {

			@Override
			Mono<Long> insert(ReactiveCommitResolutionTests test, boolean resolved) {
				return byScope(test, new R2dbcTransactionManager(test.pool), resolved);
			}

		},

		TRANSACTIONAL {

			@Override
			Mono<Long> insert(ReactiveCommitResolutionTests test, boolean resolved) {
				ScopedR2dbcTransactionManager manager = test.manager();
				manager.setResolveCommit(resolved);
				return byOperator(test, manager, false);
			}

		},

		JOINED {

			@Override
			Mono<Long> insert(ReactiveCommitResolutionTests test, boolean resolved) {
				return byOperator(test, test.manager(), resolved);
			}

		};

		abstract Mono<Long> insert(ReactiveCommitResolutionTests test, boolean resolved);

		Mono<Long> byScope(ReactiveCommitResolutionTests test, ReactiveTransactionManager manager, boolean resolved) {
			ReactiveTransactionScope scope = ReactiveTransactionScope.create(manager);
			return (resolved ? scope.resolveCommit() : scope).call((tx) -> {
				tx.onCompletion((outcome) -> Mono.fromRunnable(() -> test.heard.add(outcome)));
				return test.insertAndListen();
			});
		}

		Mono<Long> byOperator(ReactiveCommitResolutionTests test, ReactiveTransactionManager manager,
				boolean resolved) {
			return byScope(test, manager, resolved).as(TransactionalOperator.create(manager)::transactional);
		}

	}

}
