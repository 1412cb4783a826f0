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

package io.transactionscope.autoconfigure.pool;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.transactionscope.pool.PoolLedger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the routers from time to time for pools that they have been given while the
 * application runs, to have ledgers kept of those, too. It has a thread for that from the
 * first router on until it is closed.
 *
 * @param <T> the type of the routers, and of what they lead to
 * @since 0.1.0
 */
public final class RouterWatch<T> implements AutoCloseable {

	/** The name of its thread. */
	public static final String THREAD = "transaction-scope:routers";

	private static final Logger logger = LoggerFactory.getLogger(RouterWatch.class);

	private static final Duration INTERVAL = Duration.ofSeconds(1);

	private static final Duration LAST_LOOK = Duration.ofSeconds(5);

	/** None is kept for being looked at. Guarded by itself. */
	private final Set<T> routers = weak();

	/** What is known of, of those that routers lead to. Of who looks alone. */
	private final Set<T> known = weak();

	private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, RouterWatch::newThread,
			new ThreadPoolExecutor.DiscardPolicy());

	private final KindOfPools<T> kind;

	private final Consumer<T> watch;

	private @Nullable Future<?> looks;

	private volatile boolean begun;

	/**
	 * Create a watch that has met no router.
	 * @param kind of the pools that the routers lead to
	 * @param watch has ledgers kept of what a router leads to
	 */
	public RouterWatch(KindOfPools<T> kind, Consumer<T> watch) {
		this.kind = Objects.requireNonNull(kind, "kind must not be null");
		this.watch = Objects.requireNonNull(watch, "watch must not be null");
	}

	private static <T> Set<T> weak() {
		return Collections.newSetFromMap(new WeakHashMap<>());
	}

	/**
	 * Look at a router from now on, as long as somebody else has it.
	 * @param router the router
	 */
	public void follow(T router) {
		Objects.requireNonNull(router, "router must not be null");
		synchronized (this.routers) {
			this.routers.add(router);
			if (this.looks == null) {
				this.looks = this.timer.scheduleWithFixedDelay(this::look, INTERVAL.toMillis(), INTERVAL.toMillis(),
						TimeUnit.MILLISECONDS);
			}
		}
	}

	/**
	 * Begin to look, and to say what is found. Until then the application is about to
	 * start, and makes the beans itself that are needed for that.
	 */
	void begin() {
		routers().forEach((router) -> this.known.addAll(this.kind.ends(router)));
		this.begun = true;
	}

	/** Of its own, as more of them are met on the way. */
	private List<T> routers() {
		synchronized (this.routers) {
			return List.copyOf(this.routers);
		}
	}

	/** What is thrown from here would end all looks, whoever throws it. */
	private void look() {
		try {
			if (this.begun) {
				lookAtAll();
			}
		}
		catch (Throwable ex) {
			// A logger has no say in whether pools have ledgers.
		}
	}

	private void lookAtAll() {
		Set<String> with = new LinkedHashSet<>();
		Set<String> without = new LinkedHashSet<>();
		for (T router : routers()) {
			try {
				look(router, with, without);
			}
			catch (Throwable ex) {
				// As where the router is being set up.
				logger.debug("To look at {} failed, and is tried again", router.getClass().getName(), ex);
			}
		}
		if (!with.isEmpty() || !without.isEmpty()) {
			logger.info("{} from now on, behind a router: {}. {}: {}.", this.kind.with(), PoolInventory.list(with),
					this.kind.without(), PoolInventory.list(without));
		}
	}

	private void look(T router, Set<String> with, Set<String> without) {
		this.watch.accept(router);
		for (T end : this.kind.ends(router)) {
			PoolLedger ledger = this.kind.ledger(end);
			boolean justGiven = ledger == null && this.kind.isPool(end);
			if (!justGiven && this.known.add(end)) {
				if (ledger != null) {
					with.add(ledger.pool());
				}
				else {
					without.add(this.kind.reason(end));
				}
			}
		}
	}

	/**
	 * Look no more, nor be about to.
	 */
	@Override
	public void close() {
		this.timer.shutdown();
		try {
			if (!this.timer.awaitTermination(LAST_LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
				this.timer.shutdownNow();
			}
		}
		catch (InterruptedException ex) {
			this.timer.shutdownNow();
			Thread.currentThread().interrupt();
		}
	}

	private static Thread newThread(Runnable task) {
		Thread thread = new Thread(task, THREAD);
		thread.setDaemon(true);
		return thread;
	}

}
