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

package io.transactionscope.reactive.storm;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.test.R2dbcPools;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;
import reactor.util.context.Context;

import org.springframework.r2dbc.core.DatabaseClient;

/**
 * Many subscriptions at once on a pool of five, each cancelled at a moment of its own.
 * {@code -Dtransaction-scope.test.storm} says how many there are, and
 * {@code -Dtransaction-scope.test.seed} which.
 */
final class Storm implements AutoCloseable {

	static final int UNITS = Integer.getInteger("transaction-scope.test.storm", 600);

	static final long SEED = Long.getLong("transaction-scope.test.seed", 1);

	private static final List<Moment> MOMENTS = List.of(Moment.values());

	/** Where it is told by the hundred what became of cancelled blocks. */
	private static final Logger LOGGER = (Logger) LoggerFactory.getLogger("io.transactionscope");

	private static final int ROUND = 500;

	private static final int POOL = 5;

	private static final int SUBSCRIBERS = 12;

	private static final Duration HANG = Duration.ofSeconds(30);

	private static final long LONGEST_DELAY = TimeUnit.MICROSECONDS.toNanos(1500);

	/** After a moment in the middle: about as long as a statement takes. */
	private static final long SHORT_DELAY = TimeUnit.MICROSECONDS.toNanos(300);

	private final StormDatabase database;

	private final ConnectionPool pool;

	private final ProbedPool probed;

	private final DatabaseClient client;

	private final Pairs pairs = new Pairs();

	private final Map<Moment, Integer> cancels = new ConcurrentHashMap<>();

	private final Queue<String> faults = new ConcurrentLinkedQueue<>();

	private final Queue<Throwable> dropped = new ConcurrentLinkedQueue<>();

	private final @Nullable Level level = LOGGER.getLevel();

	private final SplittableRandom random = new SplittableRandom(SEED);

	Storm(StormDatabase database) {
		this.database = database;
		Aftermath.createTables(database);
		this.pool = new ConnectionPool(ConnectionPoolConfiguration.builder(ConnectionFactories.get(database.url()))
			.initialSize(POOL)
			.maxSize(POOL)
			.build());
		this.pool.warmup().block(HANG);
		this.probed = new ProbedPool(this.pool);
		this.client = DatabaseClient.create(this.probed);
		Hooks.onErrorDropped(this::note);
		LOGGER.setLevel(Level.OFF);
	}

	/** The pool. */
	ConnectionFactory connections() {
		return this.probed;
	}

	/** How many subscriptions have been cancelled so that it counted from this moment. */
	int cancels(Moment moment) {
		return this.cancels.getOrDefault(moment, 0);
	}

	/**
	 * What has reached nobody but Reactor's hook, and was given to it by one of ours:
	 * what comes to others in the moment of a cancel is theirs to drop.
	 */
	Queue<Throwable> dropped() {
		return this.dropped;
	}

	private void note(Throwable dropped) {
		boolean ours = StackWalker.getInstance()
			.walk((frames) -> frames.map(StackWalker.StackFrame::getClassName)
				.filter((name) -> !name.startsWith(Storm.class.getName())
						&& !name.startsWith("reactor.core.publisher.Operators"))
				.findFirst()
				.orElseThrow())
			.startsWith("io.transactionscope");
		if (ours) {
			this.dropped.add(dropped);
		}
	}

	/** Run so many without a cancel, so that the others meet code that is compiled. */
	List<String> calm(int units, Function<Unit, Mono<?>> work) {
		return calm(units, SUBSCRIBERS, work);
	}

	List<String> calm(int units, int subscribers, Function<Unit, Mono<?>> work) {
		return run(units, subscribers, false, work);
	}

	/**
	 * Cancel so many, and look after each round.
	 * @return what is wrong after the first one that leaves something behind
	 */
	List<String> rage(int units, Function<Unit, Mono<?>> work) {
		return rage(units, SUBSCRIBERS, work);
	}

	/** The same with so many at once. */
	List<String> rage(int units, int subscribers, Function<Unit, Mono<?>> work) {
		List<String> found = new ArrayList<>();
		for (int left = units; left > 0 && found.isEmpty(); left -= ROUND) {
			found.addAll(run(Math.min(left, ROUND), subscribers, true, work));
		}
		return found;
	}

	private List<String> run(int units, int number, boolean cancelled, Function<Unit, Mono<?>> work) {
		AtomicInteger left = new AtomicInteger(units);
		List<Thread> subscribers = new ArrayList<>();
		for (int i = 0; i < number; i++) {
			SplittableRandom random = this.random.split();
			Thread thread = new Thread(() -> {
				while (left.getAndDecrement() > 0) {
					subscribe(random, cancelled, work);
				}
			}, "storm-" + i);
			thread.setDaemon(true);
			thread.start();
			subscribers.add(thread);
		}
		for (Thread subscriber : subscribers) {
			join(subscriber);
		}
		List<String> found = new Aftermath(this.database, this.pool).faults(this.pairs.all());
		found.addAll(0, this.faults);
		this.pairs.all().clear();
		this.faults.clear();
		return found;
	}

	private void subscribe(SplittableRandom random, boolean cancelled, Function<Unit, Mono<?>> work) {
		Moment moment = random.nextBoolean() ? Moment.SUBSCRIBED : MOMENTS.get(random.nextInt(MOMENTS.size()));
		long delay = (moment == Moment.SUBSCRIBED) ? 1 + random.nextLong(LONGEST_DELAY)
				: random.nextBoolean() ? 0 : 1 + random.nextLong(SHORT_DELAY);
		boolean fails = moment.isOfRollback() || random.nextInt(5) == 0;
		Subscriber subscriber = new Subscriber(cancelled ? moment : null, delay);
		work.apply(new Unit(random.split(), fails, this.client, this.pairs)).subscribe(subscriber);
		if (cancelled) {
			subscriber.aim.reached(Moment.SUBSCRIBED);
		}
		if (!subscriber.isOver()) {
			this.faults.add("a subscriber that was " + (subscriber.isDisposed() ? "" : "not ")
					+ "cancelled has seen no end in " + HANG);
		}
	}

	private static void join(Thread thread) {
		try {
			thread.join();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public void close() {
		Hooks.resetOnErrorDropped();
		LOGGER.setLevel(this.level);
		R2dbcPools.dispose(this.pool);
		new Aftermath(this.database, this.pool).endSessions();
	}

	private final class Subscriber extends BaseSubscriber<Object> {

		private final CountDownLatch over = new CountDownLatch(1);

		private final Aim aim;

		private final Context context;

		Subscriber(@Nullable Moment moment, long delay) {
			this.aim = new Aim((moment != null) ? moment : Moment.SUBSCRIBED, delay, () -> cancelAt(moment));
			this.context = Context.of(Aim.class, this.aim);
		}

		private void cancelAt(@Nullable Moment moment) {
			if (moment != null && this.over.getCount() > 0) {
				Storm.this.cancels.merge(moment, 1, Integer::sum);
				cancel();
				this.over.countDown();
			}
		}

		boolean isOver() {
			try {
				return this.over.await(HANG.toSeconds(), TimeUnit.SECONDS);
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		}

		@Override
		public Context currentContext() {
			return this.context;
		}

		@Override
		protected void hookOnError(Throwable failure) {
			// The work tells its pairs.
		}

		@Override
		protected void hookFinally(SignalType type) {
			this.over.countDown();
		}

	}

}
