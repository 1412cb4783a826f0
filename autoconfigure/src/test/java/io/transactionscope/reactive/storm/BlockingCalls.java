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
import java.util.Arrays;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.stream.Collectors;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.ConnectionFactories;
import io.transactionscope.r2dbc.ScopedR2dbcTransactionManager;
import io.transactionscope.reactive.ReactiveTransactionScope;
import io.transactionscope.resource.Resource;
import org.slf4j.LoggerFactory;
import reactor.blockhound.BlockHound;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.r2dbc.core.DatabaseClient;

/**
 * Runs blocks on threads that must not block, in a JVM that BlockHound looks into, and
 * prints where somebody blocks them. A program of its own, as BlockHound never leaves
 * again.
 */
final class BlockingCalls {

	static final String DONE = "Done, blocked: ";

	static final String DELIBERATE = "deliberatelyBlocked";

	private static final int BLOCKS = 150;

	/** One connection is always free for an inner transaction. */
	private static final int AT_ONCE = 4;

	/** Each opens a connection to ask what became of it. */
	private static final int RESOLVED_BLOCKS = 20;

	private static final Duration LONG = Duration.ofSeconds(60);

	private final Queue<String> blocked = new ConcurrentLinkedQueue<>();

	/**
	 * A thread for each task: whoever hands one to a pool may wait for the pool's lock.
	 */
	private final Executor blocking = (task) -> new Thread(task).start();

	private final DatabaseClient client;

	private final Transactor operator;

	private final ScopeTransactor scope;

	/** Where no COMMIT is answered. */
	private final ReactiveTransactionScope resolving;

	private final DatabaseClient losing;

	private final Pairs pairs = new Pairs();

	private BlockingCalls(ConnectionPool pool, ConnectionPool losing) {
		this.resolving = ReactiveTransactionScope.create(new ScopedR2dbcTransactionManager(losing)).resolveCommit();
		this.losing = DatabaseClient.create(losing);
		this.client = DatabaseClient.create(pool);
		ScopedR2dbcTransactionManager manager = new ScopedR2dbcTransactionManager(pool);
		this.operator = new OperatorTransactor(manager);
		this.scope = new ScopeTransactor(ReactiveTransactionScope.create(manager));
	}

	/**
	 * Run blocks.
	 * @param args the URL of the database
	 */
	public static void main(String[] args) {
		((Logger) LoggerFactory.getLogger("io.transactionscope")).setLevel(Level.OFF);
		ConnectionPool pool = new ConnectionPool(ConnectionPoolConfiguration.builder(ConnectionFactories.get(args[0]))
			.initialSize(5)
			.maxSize(5)
			.build());
		pool.warmup().block(LONG);
		BlockingCalls calls = new BlockingCalls(pool,
				new ConnectionPool(
						ConnectionPoolConfiguration.builder(new LostAnswers(ConnectionFactories.get(args[0])))
							.initialSize(0)
							.maxSize(2)
							.build()));
		BlockHound.builder()
			.loadIntegrations()
			// Reactor cancels what is over on its scheduler, which has a lock, for
			// moments.
			.allowBlockingCallsInside("java.util.concurrent.ScheduledThreadPoolExecutor$DelayedWorkQueue", "remove")
			.blockingMethodCallback((method) -> calls.note(method.toString()))
			.install();
		calls.run();
		calls.blocked.forEach((where) -> System.out.println("Blocked: " + where));
		System.out.println(DONE + calls.blocked.size());
		System.exit(0);
	}

	private void note(String method) {
		String where = StackWalker.getInstance()
			.walk((frames) -> frames.map(Object::toString)
				.filter((frame) -> !frame.contains("BlockingCalls.note")
						&& !frame.contains("BlockingCalls.lambda$main"))
				.limit(100)
				.collect(Collectors.joining(" < ")));
		// An idle thread that waits for work has nothing of ours below it.
		if (where.contains("io.transactionscope")) {
			this.blocked.add(method + " < " + where);
		}
	}

	private void run() {
		for (Function<Unit, Mono<?>> work : Arrays.<Function<Unit, Mono<?>>>asList(this.operator::write,
				this.scope::write, this.scope::writeAnew, this.scope::writeFromSavepoint, this.scope::writeJoined,
				this.scope::writeInTime, this.scope::writeAnewInTime, (unit) -> this.scope.writeAll(unit, 3).then(),
				this::writeWithResources)) {
			manyOf(work).block(LONG);
		}
		Flux.range(0, RESOLVED_BLOCKS).flatMap((i) -> resolve(), AT_ONCE).blockLast(LONG);
		this.scope.in(Mono.fromRunnable(BlockingCalls::deliberatelyBlocked).subscribeOn(Schedulers.parallel()))
			.block(LONG);
	}

	private Mono<?> manyOf(Function<Unit, Mono<?>> work) {
		SplittableRandom random = new SplittableRandom(1);
		return Flux.range(0, BLOCKS).flatMap((i) -> {
			Unit unit = new Unit(random.split(), i % 5 == 0, this.client, this.pairs);
			Mono<?> block = work.apply(unit).subscribeOn(Schedulers.parallel()).onErrorComplete();
			return (i % 3 == 0)
					? block.timeout(Duration.ofNanos(1 + unit.random().nextInt(2_000_000))).onErrorComplete() : block;
		}, AT_ONCE).then();
	}

	/** Fails, and the program with it, unless the outcome is found out. */
	private Mono<?> resolve() {
		Unit unit = new Unit(new SplittableRandom(), false, this.losing, this.pairs);
		return this.resolving.call(() -> unit.write(unit.pair())).subscribeOn(Schedulers.parallel());
	}

	private Mono<Long> writeWithResources(Unit unit) {
		Resource<String> resource = Resource.of(() -> "resource", (value, outcome) -> block());
		return this.scope.scope()
			.call((tx) -> tx.enter(resource, this.blocking)
				.then(unit.write(unit.pair()).as(unit::end))
				.publishOn(Schedulers.parallel()));
	}

	private static void deliberatelyBlocked() {
		block();
	}

	private static void block() {
		try {
			Thread.sleep(1);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
