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

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.r2dbc.spi.R2dbcTimeoutException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/**
 * A call of the driver, which is awaited and never cancelled, so that nothing is torn.
 * Where it may not take for ever, and does not answer in time, it has failed.
 */
final class DriverCall implements CoreSubscriber<Object> {

	/** Instead of a number of milliseconds. */
	static final long UNBOUNDED = -1;

	private final String what;

	private final Context context;

	private final AtomicBoolean over = new AtomicBoolean();

	private final Consumer<@Nullable Throwable> then;

	private volatile @Nullable Disposable timer;

	private DriverCall(String what, Context context, Consumer<@Nullable Throwable> then) {
		this.what = what;
		this.context = context;
		this.then = then;
	}

	/**
	 * Make the call.
	 * @param what is called, for the message of one that does not answer
	 * @param call makes it; what it throws is the call's failure
	 * @param millis how long to wait, or {@link #UNBOUNDED}
	 * @param context of whoever caused it
	 * @param then takes the failure, or {@code null}, once
	 */
	static DriverCall await(String what, Supplier<? extends @Nullable Publisher<?>> call, long millis, Context context,
			Consumer<@Nullable Throwable> then) {
		DriverCall waiting = new DriverCall(what, context, then);
		try {
			Publisher<?> publisher = call.get();
			if (publisher == null) {
				throw new IllegalStateException("The driver's %s returned null".formatted(what));
			}
			publisher.subscribe(waiting);
		}
		catch (Throwable ex) {
			waiting.end(ex);
		}
		waiting.limit(millis);
		return waiting;
	}

	boolean isOver() {
		return this.over.get();
	}

	/** From now on, wait no longer than that. */
	void limit(long millis) {
		if (millis != UNBOUNDED && !this.over.get()) {
			this.timer = Schedulers.parallel()
				.schedule(
						() -> end(new R2dbcTimeoutException(
								"The driver has not answered %s within %s ms".formatted(this.what, millis))),
						millis, TimeUnit.MILLISECONDS);
			if (this.over.get()) {
				stopTimer();
			}
		}
	}

	/** Do something, unless the driver has answered by then. */
	void ifSlow(long millis, Runnable task) {
		if (!this.over.get()) {
			Schedulers.parallel().schedule(() -> {
				if (!this.over.get()) {
					task.run();
				}
			}, millis, TimeUnit.MILLISECONDS);
		}
	}

	private void stopTimer() {
		Disposable timer = this.timer;
		if (timer != null) {
			timer.dispose();
		}
	}

	private void end(@Nullable Throwable failure) {
		if (this.over.compareAndSet(false, true)) {
			stopTimer();
			this.then.accept(failure);
		}
	}

	@Override
	public Context currentContext() {
		return this.context;
	}

	@Override
	public void onSubscribe(Subscription subscription) {
		subscription.request(Long.MAX_VALUE);
	}

	@Override
	public void onNext(Object ignored) {
	}

	@Override
	public void onError(Throwable failure) {
		end(failure);
	}

	@Override
	public void onComplete() {
		end(null);
	}

}
