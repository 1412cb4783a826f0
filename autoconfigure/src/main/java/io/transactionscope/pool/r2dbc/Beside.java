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

package io.transactionscope.pool.r2dbc;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Does what may wait for a database on threads of its own: Reactor's may all be blocked
 * by those who wait for just that.
 */
final class Beside {

	/** As many as Reactor has for each processor of its elastic scheduler. */
	private static final int THREADS_PER_PROCESSOR = 10;

	private static final ThreadPoolExecutor THREADS = threads();

	private Beside() {
	}

	/**
	 * Have something done on another thread, which may block. Code of the application may
	 * go on there, and finds its classes as it does here.
	 */
	static void run(Runnable task) {
		ClassLoader here = Thread.currentThread().getContextClassLoader();
		ClassLoader loader = (here != null) ? here : Beside.class.getClassLoader();
		THREADS.execute(() -> runWith(loader, task));
	}

	private static void runWith(ClassLoader loader, Runnable task) {
		Thread thread = Thread.currentThread();
		thread.setContextClassLoader(loader);
		try {
			task.run();
		}
		finally {
			thread.setContextClassLoader(null);
		}
	}

	private static ThreadPoolExecutor threads() {
		int most = THREADS_PER_PROCESSOR * Runtime.getRuntime().availableProcessors();
		ThreadPoolExecutor threads = new ThreadPoolExecutor(most, most, 1, TimeUnit.SECONDS,
				new LinkedBlockingQueue<>(), Beside::newThread);
		threads.allowCoreThreadTimeOut(true);
		return threads;
	}

	private static Thread newThread(Runnable task) {
		Thread thread = new Thread(task, "pool-beside");
		thread.setDaemon(true);
		thread.setContextClassLoader(null);
		return thread;
	}

}
