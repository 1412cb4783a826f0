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

package io.transactionscope.resolution;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.jpa.ScopedJpaTransactionManager;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.test.EmptyPersistenceUnit;
import io.transactionscope.test.LinkProxy;
import io.transactionscope.test.LinkProxy.Fate;
import io.transactionscope.test.OwnPostgresServer;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.awaitility.Awaitility.await;

/**
 * Threads that write a row in each of their blocks, over links that are cut around
 * COMMIT, while sessions and the server itself come to an end.
 */
final class CommitStorm implements AutoCloseable {

	private static final int THREADS = 4;

	/** Of the half of the blocks that have one: what a busy machine needs to ask. */
	private static final Duration DEADLINE = Duration.ofSeconds(5);

	/** How long it takes to ask again, after a pause. */
	private static final Duration MOMENT = Duration.ofMillis(1_500);

	/** Three times the delay: by then the log is written for certain. */
	private static final Duration LOSS = Duration.ofMillis(600);

	private final OwnPostgresServer server;

	private final boolean resolved;

	private final boolean waitsForLog;

	private final SplittableRandom random;

	private final Havoc havoc;

	private final AtomicInteger cuts = new AtomicInteger();

	private final AtomicInteger blocks = new AtomicInteger();

	private final Map<Fate, Integer> fates = new ConcurrentHashMap<>();

	private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();

	private final List<Side> sides = new ArrayList<>();

	private volatile boolean over;

	/**
	 * Prepare it.
	 * @param server what has the table {@code storm}
	 * @param seed what decides when what happens
	 * @param resolved whether what became of a COMMIT is asked for
	 * @param waitsForLog whether a COMMIT waits for the log
	 */
	CommitStorm(OwnPostgresServer server, long seed, boolean resolved, boolean waitsForLog) {
		this.server = server;
		this.resolved = resolved;
		this.waitsForLog = waitsForLog;
		this.random = new SplittableRandom(seed);
		this.havoc = new Havoc(server, this.random.split());
		JdbcClient jdbc = JdbcClient.create(server.dataSource());
		jdbc.sql("drop table if exists storm").update();
		jdbc.sql("create table storm (n int)").update();
		this.sides.add(new Side(null));
		this.sides.add(new Side(DEADLINE));
	}

	/** Go on until there were so many cuts, with so many blows among them. */
	void rage(int cuts, int blows) throws InterruptedException {
		List<Thread> threads = new ArrayList<>();
		for (Side side : this.sides) {
			for (int i = 0; i < THREADS; i++) {
				SplittableRandom random = this.random.split();
				threads.add(new Thread(() -> {
					while (this.cuts.get() < cuts && !this.over) {
						write(side, random);
					}
				}));
			}
		}
		threads.forEach(Thread::start);
		try {
			for (int i = 1; i <= blows; i++) {
				int at = i * cuts / (blows + 1);
				await().pollInterval(Duration.ofMillis(5))
					.atMost(Duration.ofMinutes(2))
					.until(() -> this.cuts.get() >= at);
				this.havoc.strike();
			}
		}
		catch (Throwable ex) {
			this.over = true;
			throw ex;
		}
		finally {
			for (Thread thread : threads) {
				thread.join();
			}
		}
	}

	private void write(Side side, SplittableRandom random) {
		int n = this.blocks.incrementAndGet();
		Way way = Way.values()[random.nextInt((side.deadline != null) ? Way.BOUNDED : Way.values().length)];
		List<TransactionOutcome> heard = new ArrayList<>();
		long begin = System.nanoTime();
		Throwable failure = null;
		try {
			way.write(side, n, heard::add);
		}
		catch (Throwable ex) {
			failure = ex;
		}
		this.answers.add(new Answer(n, way, side.deadline, begin, System.nanoTime(), failure, heard));
	}

	/** Return what is wrong with the answers that were given. */
	List<String> faults() {
		Set<Integer> rows = JdbcClient.create(this.server.dataSource())
			.sql("select n from storm")
			.query(Integer.class)
			.set();
		List<String> faults = new ArrayList<>();
		Map<String, Integer> counts = new TreeMap<>();
		for (Answer answer : this.answers) {
			String fault = fault(answer, rows.contains(answer.n), (kind) -> counts.merge(kind, 1, Integer::sum));
			if (fault != null) {
				faults.add(fault + ": " + answer);
			}
		}
		System.out.printf("%d blocks, %d cuts %s, %s; %s%n", this.answers.size(), this.cuts.get(), this.fates,
				this.havoc.blows(), counts);
		if (counts.getOrDefault("unknown, past the deadline", 0) > this.fates.getOrDefault(Fate.FORGOTTEN, 0)) {
			faults.add("more have come too late than links have hung");
		}
		return faults;
	}

	private @Nullable String fault(Answer answer, boolean there, Consumer<String> counts) {
		TransactionOutcome outcome = answer.outcome();
		if (answer.heard.stream().anyMatch((heard) -> heard != outcome)
				|| (answer.heard.isEmpty() && answer.failure == null)) {
			return "callbacks heard another outcome";
		}
		switch (outcome) {
			case COMMITTED -> {
				if (!there && !this.waitsForLog
						&& this.havoc.hasCrashed(answer.end - LOSS.toNanos(), answer.end + LOSS.toNanos())) {
					counts.accept("committed, and lost in a crash before the log was written");
					return null;
				}
				counts.accept("committed");
				return there ? null : "committed, but not there";
			}
			case ROLLED_BACK -> {
				counts.accept((answer.failure instanceof CommitFailedException) ? "rolled back" : "failed before");
				return there ? "rolled back, but there" : null;
			}
			default -> {
				String why = whyUnknown(answer);
				counts.accept("unknown, " + why);
				return why.isEmpty() ? "unknown" : null;
			}
		}
	}

	/** Return what excuses it, or an empty text if nothing does. */
	private String whyUnknown(Answer answer) {
		if (!this.resolved) {
			return "as nobody asked";
		}
		String reason = answer.reason();
		if (reason.contains("has crashed") && this.havoc.hasCrashed(answer.begin, answer.end)) {
			return "after a crash";
		}
		if (this.havoc.wasDown(answer.end, MOMENT.toNanos())) {
			return "server gone";
		}
		boolean late = reason.contains("not reached in time") || reason.contains("could not be asked")
				|| reason.contains("in progress");
		return (late && answer.deadline != null && answer.end - answer.begin >= answer.deadline.toNanos())
				? "past the deadline" : "";
	}

	/** Return what is left behind, once all is over. */
	List<String> leftovers() {
		List<String> leftovers = new ArrayList<>();
		for (Side side : this.sides) {
			side.link.atCommit(() -> Fate.PASSED);
			try {
				await().until(() -> side.pool.getHikariPoolMXBean().getActiveConnections() == 0);
				// Those that the last blow has ended.
				side.pool.getHikariPoolMXBean().softEvictConnections();
				side.scope(side.jdbc, false).run(() -> side.insert(-1));
			}
			catch (RuntimeException ex) {
				leftovers.add(ex.toString());
			}
		}
		try {
			await().until(() -> sessionsInTransaction().isEmpty());
		}
		catch (RuntimeException ex) {
			leftovers.addAll(sessionsInTransaction());
		}
		return leftovers;
	}

	/**
	 * But for those that wait for a COMMIT, as nobody tells them that it was lost, and of
	 * whose blocks the callers have heard that nobody knows.
	 */
	private Collection<String> sessionsInTransaction() {
		Set<Long> unknown = this.answers.stream()
			.filter((answer) -> answer.outcome() == TransactionOutcome.UNKNOWN)
			.map((answer) -> (long) answer.n)
			.collect(Collectors.toSet());
		return JdbcClient.create(this.server.dataSource())
			.sql("""
					select l.objid as block, a.client_port as port, a.state, a.query
					from pg_stat_activity a left join pg_locks l on l.pid = a.pid and l.locktype = 'advisory'
					where a.state like 'idle in%'
					""")
			.query()
			.listOfRows()
			.stream()
			.filter((session) -> !(unknown.contains(session.get("block")) && isStranded(session.get("port"))))
			.map(Object::toString)
			.toList();
	}

	private boolean isStranded(@Nullable Object port) {
		return port instanceof Integer number
				&& this.sides.stream().anyMatch((side) -> side.link.stranded().contains(number));
	}

	@Override
	public void close() throws IOException {
		for (Side side : this.sides) {
			side.close();
		}
	}

	/**
	 * What became of a block, as its caller was told.
	 */
	private record Answer(int n, Way way, @Nullable Duration deadline, long begin, long end,
			@Nullable Throwable failure, List<TransactionOutcome> heard) {

		TransactionOutcome outcome() {
			if (this.failure == null) {
				return TransactionOutcome.COMMITTED;
			}
			return (this.failure instanceof CommitFailedException failed) ? failed.outcome()
					: TransactionOutcome.ROLLED_BACK;
		}

		/** Why it could not be resolved. */
		String reason() {
			StringBuilder reason = new StringBuilder();
			for (Throwable each = this.failure; each != null; each = each.getCause()) {
				for (Throwable suppressed : each.getSuppressed()) {
					reason.append(suppressed.getMessage()).append('\n');
				}
			}
			return reason.toString();
		}

		@Override
		public String toString() {
			return "%d by %s, deadline %s, after %d ms: %s, %s %s".formatted(this.n, this.way, this.deadline,
					(this.end - this.begin) / 1_000_000, this.heard, this.failure, reason());
		}

	}

	/**
	 * A pool, and what leads to it.
	 */
	private final class Side implements AutoCloseable {

		private final @Nullable Duration deadline;

		private final LinkProxy link = CommitStorm.this.server.link();

		private final HikariDataSource pool;

		private final TrackedDataSource dataSource;

		private final EmptyPersistenceUnit unit;

		private final ScopedJdbcTransactionManager jdbc;

		private final ScopedJpaTransactionManager jpa;

		private final SplittableRandom fate = CommitStorm.this.random.split();

		Side(@Nullable Duration deadline) {
			this.deadline = deadline;
			HikariConfig config = new HikariConfig();
			config.setDataSource(CommitStorm.this.server.dataSource(this.link));
			config.setMaximumPoolSize(THREADS);
			config.setConnectionTimeout(10_000);
			config.setConnectionInitSql(
					CommitStorm.this.waitsForLog ? "select 1" : "set session synchronous_commit = off");
			this.pool = new HikariDataSource(config);
			this.dataSource = new TrackedDataSource(this.pool);
			this.unit = new EmptyPersistenceUnit(this.dataSource);
			this.jdbc = new ScopedJdbcTransactionManager(this.dataSource);
			this.jdbc.setResolveCommit(CommitStorm.this.resolved);
			this.jpa = new ScopedJpaTransactionManager(this.unit.entityManagers());
			this.jpa.setResolveCommit(CommitStorm.this.resolved);
			this.jpa.afterPropertiesSet();
			this.link.atCommit(this::fate);
		}

		private synchronized Fate fate() {
			Fate fate = switch (this.fate.nextInt(100)) {
				case 0, 1 -> (this.deadline != null) ? Fate.FORGOTTEN : Fate.LOST;
				case 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19 -> Fate.PASSED;
				default -> switch (this.fate.nextInt(4)) {
					case 0 -> Fate.LOST;
					case 1 -> Fate.STRANDED;
					case 2 -> Fate.UNANSWERED;
					default -> Fate.SNAPPED;
				};
			};
			CommitStorm.this.fates.merge(fate, 1, Integer::sum);
			if (fate != Fate.PASSED) {
				CommitStorm.this.cuts.incrementAndGet();
			}
			return fate;
		}

		void insert(int n) {
			// The lock says whose block a session is in.
			JdbcClient.create(this.dataSource)
				.sql("insert into storm select ? from pg_advisory_xact_lock(?)")
				.params(n, n)
				.update();
		}

		TransactionScope scope(PlatformTransactionManager manager, boolean limited) {
			TransactionScope scope = TransactionScope.create(manager).named("storm");
			if (CommitStorm.this.resolved) {
				scope = scope.resolveCommit();
			}
			return (limited && this.deadline != null) ? scope.timeout(this.deadline) : scope;
		}

		@Override
		public void close() throws IOException {
			this.link.close();
			this.unit.close();
			this.dataSource.close();
			this.pool.close();
		}

	}

	/**
	 * How a block is written.
	 */
	private enum Way {

		SCOPE {

			@Override
			void write(Side side, int n, Consumer<TransactionOutcome> heard) {
				byScope(side.jdbc, side, n, heard);
			}

		},

		SCOPE_ON_JPA {

			@Override
			void write(Side side, int n, Consumer<TransactionOutcome> heard) {
				byScope(side.jpa, side, n, heard);
			}

		},

		TRANSACTIONAL {

			@Override
			void write(Side side, int n, Consumer<TransactionOutcome> heard) {
				byTemplate(side.jdbc, side, n, heard);
			}

		},

		TRANSACTIONAL_ON_JPA {

			@Override
			void write(Side side, int n, Consumer<TransactionOutcome> heard) {
				byTemplate(side.jpa, side, n, heard);
			}

		};

		/** So many have a COMMIT that their deadline ends; that of Spring does not. */
		static final int BOUNDED = 2;

		abstract void write(Side side, int n, Consumer<TransactionOutcome> heard);

		void byScope(PlatformTransactionManager manager, Side side, int n, Consumer<TransactionOutcome> heard) {
			side.scope(manager, true).run((tx) -> {
				tx.onCompletion(heard::accept);
				side.insert(n);
			});
		}

		void byTemplate(PlatformTransactionManager manager, Side side, int n, Consumer<TransactionOutcome> heard) {
			TransactionTemplate template = new TransactionTemplate(manager);
			template.setTimeout((n % 2 == 0) ? 10 : TransactionDefinition.TIMEOUT_DEFAULT);
			template.executeWithoutResult((status) -> {
				IntConsumer told = (completion) -> heard.accept(switch (completion) {
					case TransactionSynchronization.STATUS_COMMITTED -> TransactionOutcome.COMMITTED;
					case TransactionSynchronization.STATUS_ROLLED_BACK -> TransactionOutcome.ROLLED_BACK;
					default -> TransactionOutcome.UNKNOWN;
				});
				TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

					@Override
					public void afterCompletion(int completion) {
						told.accept(completion);
					}

				});
				side.insert(n);
			});
		}

	}

}
