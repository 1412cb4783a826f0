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

package io.transactionscope.postgresql;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.concurrent.locks.LockSupport;

/**
 * Cancels a statement whose thread is interrupted: a driver that waits for the server's
 * answer does not notice.
 */
final class InterruptWatch implements Runnable {

	private static final long PERIOD = 20_000_000;

	private final Thread waiting = Thread.currentThread();

	private final PreparedStatement statement;

	private boolean ended;

	private InterruptWatch(PreparedStatement statement) {
		this.statement = statement;
	}

	static InterruptWatch start(PreparedStatement statement, String name) {
		InterruptWatch watch = new InterruptWatch(statement);
		Thread thread = new Thread(watch, "waiting for " + name);
		thread.setDaemon(true);
		thread.start();
		return watch;
	}

	@Override
	public void run() {
		while (!cancelled()) {
			LockSupport.parkNanos(PERIOD);
		}
	}

	// Not while the statement ends, or a later one would be cancelled
	private synchronized boolean cancelled() {
		if (!this.ended && this.waiting.isInterrupted()) {
			try {
				this.statement.cancel();
			}
			catch (SQLException ex) {
				// The wait is bounded all the same.
			}
			this.ended = true;
		}
		return this.ended;
	}

	synchronized void end() {
		this.ended = true;
	}

}
