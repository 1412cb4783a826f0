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

package io.transactionscope.pool.figures;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import com.example.orders.ExchangeRates;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.transactionscope.pool.snapshot.BlockedThread;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.pool.InstrumentedPool;
import reactor.pool.PoolBuilder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link BlockedThreads}.
 */
class BlockedThreadsTests {

	private static final long INTERVAL = Duration.ofMillis(250).toNanos();

	private final List<ExchangeRates> asked = new ArrayList<>();

	private final BlockedThreads threads = new BlockedThreads();

	private Serving serving = Serving.nio(null);

	private long now = System.nanoTime();

	@AfterEach
	void stop() throws Exception {
		this.asked.forEach(ExchangeRates::answer);
		this.serving.stop().call();
	}

	static Stream<Serving> serving() {
		return Stream.concat(
				Stream.of(Serving.nio(null), Serving.nio(ExchangeRates::thread),
						Serving.netty("local", null, LocalIoHandler.newFactory()), Serving.eventExecutor(),
						Serving.of(Executors.newFixedThreadPool(1), "pool"),
						Serving.of(Executors.newScheduledThreadPool(1), "scheduled pool"),
						Serving.of(Schedulers.newParallel("parallel", 1)), Serving.of(Schedulers.newSingle("single"))),
				Epoll.isAvailable() ? Stream.of(Serving.netty("epoll", null, EpollIoHandler.newFactory()))
						: Stream.empty());
	}

	@ParameterizedTest
	@MethodSource("serving")
	void isAtRestUntilItIsBlocked(Serving kind) throws Exception {
		this.serving = kind;
		Thread thread = thread();
		await("at rest").until(() -> look(thread) == null);
		for (int i = 0; i < 20; i++) {
			assertThat(look(thread)).isNull();
		}
		ExchangeRates rates = rates();
		kind.executor().execute(rates::fetch);
		rates.awaitBegin();
		await("in its wait").until(() -> thread.getState() == Thread.State.WAITING);
		long first = this.now + INTERVAL;
		look(thread);
		look(thread);
		BlockedThread blocked = Objects.requireNonNull(look(thread));
		assertThat(blocked.thread()).isEqualTo(thread.getName());
		assertThat(blocked.frame()).startsWith("com.example.orders.ExchangeRates.fetch(ExchangeRates.java:");
		assertThat(blocked.time()).isEqualTo(Duration.ofNanos(this.now - first)).isPositive();
		assertThat(blocked.handsOut()).isFalse();
		rates.answer();
		await("at rest again").until(() -> look(thread) == null);
	}

	@Test
	void oneLongComputationBlocksWhateverItCallsMeanwhile() throws Exception {
		Thread thread = thread();
		ExchangeRates rates = rates();
		this.serving.executor().execute(rates::compute);
		rates.awaitBegin();
		long first = this.now + INTERVAL;
		for (int i = 0; i < 50; i++) {
			look(thread);
		}
		BlockedThread blocked = Objects.requireNonNull(look(thread));
		assertThat(blocked.frame()).startsWith("com.example.orders.ExchangeRates.");
		assertThat(blocked.time()).isEqualTo(Duration.ofNanos(this.now - first));
	}

	@Test
	void differentWorkAtEachLookIsNoBlock() throws Exception {
		Thread thread = thread();
		ExchangeRates first = rates();
		ExchangeRates second = rates();
		this.serving.executor().execute(first::fetch);
		this.serving.executor().execute(second::fetchOthers);
		first.awaitBegin();
		await().until(() -> thread.getState() == Thread.State.WAITING);
		look(thread);
		first.answer();
		second.awaitBegin();
		await().until(() -> thread.getState() == Thread.State.WAITING);
		look(thread);
		assertThat(look(thread)).extracting(BlockedThread::time).isEqualTo(Duration.ofNanos(INTERVAL));
	}

	@Test
	void sameWorkAgainAfterARestIsAnother() throws Exception {
		Thread thread = thread();
		for (int i = 0; i < 2; i++) {
			ExchangeRates rates = rates();
			this.serving.executor().execute(rates::fetch);
			rates.awaitBegin();
			await().until(() -> thread.getState() == Thread.State.WAITING);
			look(thread);
			assertThat(look(thread)).extracting(BlockedThread::time).isEqualTo(Duration.ofNanos(INTERVAL));
			rates.answer();
			await().until(() -> look(thread) == null);
		}
	}

	@Test
	void threadThatWasNotLookedAtIsForgotten() throws Exception {
		Thread thread = thread();
		ExchangeRates rates = rates();
		this.serving.executor().execute(rates::fetch);
		rates.awaitBegin();
		await().until(() -> thread.getState() == Thread.State.WAITING);
		assertThat(this.threads.blocked(thread, this.now)).isNull();
		look(thread);
		this.threads.look(Set.of(), this.now);
		assertThat(this.threads.blocked(thread, this.now)).isNull();
		assertThat(look(thread)).extracting(BlockedThread::time).isEqualTo(Duration.ZERO);
	}

	@Test
	void frameworksFrameIsNamedWhereNoneIsTheApplications() throws Exception {
		this.serving.stop().call();
		this.serving = Serving.nio(ExchangeRates::thread);
		Thread thread = thread();
		CountDownLatch end = new CountDownLatch(1);
		this.serving.executor().execute(() -> awaitQuietly(end));
		await().until(() -> thread.getState() == Thread.State.WAITING);
		look(thread);
		assertThat(look(thread)).extracting(BlockedThread::frame)
			.asString()
			.startsWith(BlockedThreadsTests.class.getName() + ".awaitQuietly(");
		end.countDown();
	}

	@Test
	void threadThatHandsOutConnectionsIsToldFromOthers() throws Exception {
		Thread thread = thread();
		ExchangeRates rates = rates();
		InstrumentedPool<String> pool = PoolBuilder.from(Mono.just("connection")).buildPool();
		this.serving.executor().execute(() -> pool.acquire().subscribe((connection) -> rates.fetch()));
		rates.awaitBegin();
		await().until(() -> thread.getState() == Thread.State.WAITING);
		look(thread);
		assertThat(look(thread)).returns(true, BlockedThread::handsOut);
		rates.answer();
		await().until(() -> look(thread) == null);
		pool.dispose();
	}

	@Test
	void threadThatHasEndedIsNotBlocked() throws Exception {
		Thread thread = new Thread(() -> {
		});
		thread.start();
		thread.join();
		assertThat(look(thread)).isNull();
	}

	private static void awaitQuietly(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private ExchangeRates rates() {
		ExchangeRates rates = new ExchangeRates();
		this.asked.add(rates);
		return rates;
	}

	private Thread thread() throws Exception {
		FutureTask<Thread> task = new FutureTask<>(Thread::currentThread);
		this.serving.executor().execute(task);
		return task.get(10, TimeUnit.SECONDS);
	}

	private @Nullable BlockedThread look(Thread thread) {
		this.now += INTERVAL;
		this.threads.look(Set.of(thread), this.now);
		return this.threads.blocked(thread, this.now);
	}

	/**
	 * One thread that serves many.
	 */
	private record Serving(Executor executor, Callable<?> stop, String name) {

		static Serving nio(@Nullable ThreadFactory threads) {
			return netty((threads != null) ? "nio within the application's code" : "nio", threads,
					NioIoHandler.newFactory());
		}

		static Serving netty(String name, @Nullable ThreadFactory threads, IoHandlerFactory io) {
			MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, threads, io);
			return new Serving(group,
					() -> group.shutdownGracefully(0, 1, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS), name);
		}

		static Serving eventExecutor() {
			DefaultEventExecutor executor = new DefaultEventExecutor();
			return new Serving(executor,
					() -> executor.shutdownGracefully(0, 1, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS), "executor");
		}

		static Serving of(ExecutorService executor, String name) {
			return new Serving(executor, executor::shutdownNow, name);
		}

		static Serving of(Scheduler scheduler) {
			return new Serving(scheduler::schedule, () -> {
				scheduler.dispose();
				return null;
			}, scheduler.toString());
		}

		@Override
		public String toString() {
			return this.name;
		}

	}

}
