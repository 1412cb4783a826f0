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

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/**
 * When a subscription is cancelled: so long after a moment that it lives through. It is
 * in the subscriber's context.
 */
final class Aim {

	private static final ScheduledExecutorService CLOCK = new ScheduledThreadPoolExecutor(2, (task) -> {
		Thread thread = new Thread(task, "storm-clock");
		thread.setDaemon(true);
		return thread;
	});

	private final Moment moment;

	private final long delay;

	private final AtomicReference<@Nullable Runnable> cancel;

	/**
	 * Make it.
	 * @param moment what to wait for
	 * @param delay how long to wait from then on, in nanoseconds; 0 cancels within the
	 * signal, on its thread
	 * @param cancel cancels, once
	 */
	Aim(Moment moment, long delay, Runnable cancel) {
		this.moment = moment;
		this.delay = delay;
		this.cancel = new AtomicReference<>(cancel);
	}

	static @Nullable Aim of(ContextView context) {
		return context.getOrDefault(Aim.class, null);
	}

	Moment moment() {
		return this.moment;
	}

	void reached(Moment moment) {
		if (moment != this.moment) {
			return;
		}
		Runnable cancel = this.cancel.getAndSet(null);
		if (cancel == null) {
			return;
		}
		if (this.delay == 0) {
			cancel.run();
		}
		else {
			Future<?> unused = CLOCK.schedule(cancel, this.delay, TimeUnit.NANOSECONDS);
		}
	}

}
