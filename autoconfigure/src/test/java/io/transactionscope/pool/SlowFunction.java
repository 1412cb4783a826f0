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

package io.transactionscope.pool;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Functions of the database, one of which does not return until it is told to.
 */
public final class SlowFunction {

	private static volatile Semaphore running = new Semaphore(0);

	private static volatile CountDownLatch end = new CountDownLatch(0);

	private SlowFunction() {
	}

	/**
	 * Called by the database.
	 */
	public static boolean run() throws InterruptedException {
		running.release();
		return end.await(20, TimeUnit.SECONDS);
	}

	/**
	 * Called by the database for some work that takes fifty milliseconds.
	 */
	public static boolean work() throws InterruptedException {
		return new CountDownLatch(1).await(50, TimeUnit.MILLISECONDS);
	}

	static void define(Connection connection) throws SQLException {
		running = new Semaphore(0);
		end = new CountDownLatch(1);
		try (Statement statement = connection.createStatement()) {
			statement.execute("create alias slow for \"%s.run\"".formatted(SlowFunction.class.getName()));
			statement.execute("create alias work for \"%s.work\"".formatted(SlowFunction.class.getName()));
		}
	}

	static void awaitRunning() throws InterruptedException {
		running.acquire();
	}

	static void end() {
		end.countDown();
	}

}
