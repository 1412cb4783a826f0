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

package io.transactionscope.autoconfigure;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.thread.Threading;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.env.Environment;
import org.springframework.core.task.SimpleAsyncTaskExecutor;

/**
 * Where asynchronous blocks run that name no executor: on the application's, which is
 * asked for at the first of them. A context that is closed waits for those that have
 * begun, after its web server has ended its requests, and for as long as it waits for
 * anything in one phase of its shutdown. No other begins then, as its connections will
 * soon be gone.
 *
 * <p>
 * It is no {@link Executor} itself, as Spring Boot provides none where there is one.
 */
class AsyncBlockExecution implements SmartLifecycle {

	private static final List<String> NAMES = List.of("applicationTaskExecutor", "taskExecutor");

	/** Below that of a web server. */
	private static final int PHASE = DEFAULT_PHASE - 4096;

	private final BeanFactory beanFactory;

	private final Environment environment;

	private @Nullable Executor executor;

	private int open;

	private boolean running;

	private boolean stopped;

	private @Nullable Runnable whenNoneIsOpen;

	AsyncBlockExecution(BeanFactory beanFactory, Environment environment) {
		this.beanFactory = beanFactory;
		this.environment = environment;
	}

	void execute(Runnable block) {
		if (isStopped()) {
			throw new RejectedExecutionException("The application context is being closed: no block begins any more");
		}
		executor().execute(new Block(block));
	}

	private synchronized Executor executor() {
		Executor executor = this.executor;
		if (executor == null) {
			executor = find();
			this.executor = executor;
		}
		return executor;
	}

	private Executor find() {
		for (String name : NAMES) {
			if (this.beanFactory.containsBean(name) && this.beanFactory.isTypeMatch(name, Executor.class)) {
				return this.beanFactory.getBean(name, Executor.class);
			}
		}
		if (Threading.VIRTUAL.isActive(this.environment)) {
			SimpleAsyncTaskExecutor virtual = new SimpleAsyncTaskExecutor("transaction-scope-");
			virtual.setVirtualThreads(true);
			return virtual;
		}
		throw new IllegalStateException(
				"There is no executor for asynchronous blocks: name one, async(executor), or define a bean '%s'."
					.formatted(NAMES.get(0)));
	}

	private synchronized boolean isStopped() {
		return this.stopped;
	}

	/** Unless none may begin any more. */
	private synchronized boolean begin() {
		if (!this.stopped) {
			this.open++;
		}
		return !this.stopped;
	}

	private void ended() {
		Runnable callback = null;
		synchronized (this) {
			if (--this.open == 0) {
				callback = this.whenNoneIsOpen;
				this.whenNoneIsOpen = null;
			}
		}
		if (callback != null) {
			callback.run();
		}
	}

	@Override
	public synchronized void start() {
		this.running = true;
		this.stopped = false;
	}

	@Override
	public synchronized void stop() {
		this.running = false;
		this.stopped = true;
	}

	@Override
	public void stop(Runnable callback) {
		stop();
		synchronized (this) {
			if (this.open > 0) {
				this.whenNoneIsOpen = callback;
				return;
			}
		}
		callback.run();
	}

	@Override
	public synchronized boolean isRunning() {
		return this.running;
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

	/**
	 * A future, so that an executor that is shut down can cancel what is left in its
	 * queue.
	 */
	private final class Block extends FutureTask<@Nullable Void> {

		private final Runnable block;

		private Block(Runnable block) {
			super(block, null);
			this.block = block;
		}

		@Override
		public void run() {
			if (!begin()) {
				cancel(true);
				return;
			}
			try {
				super.run();
			}
			finally {
				ended();
			}
		}

		/** A running one is not interrupted here: the block knows when it may be. */
		@Override
		public boolean cancel(boolean mayInterruptIfRunning) {
			return this.block instanceof Future<?> future && future.cancel(mayInterruptIfRunning);
		}

	}

}
