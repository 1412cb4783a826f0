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

package io.transactionscope.resolution;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.transactionscope.pool.PoolLedger;
import org.jspecify.annotations.Nullable;

/**
 * Asks what became of one transaction, over one fresh connection after the other, until a
 * server has told or the time is over. It does so on a thread of its own, so that whoever
 * waits for the verdict waits no longer than that, whatever hangs.
 */
final class CommitInquiry implements Runnable {

	private final TransactionMark mark;

	private final PoolLedger.Source connections;

	private final long end;

	private final CountDownLatch over = new CountDownLatch(1);

	private volatile @Nullable Connection connection;

	/** What is known so far. */
	private volatile Verdict verdict = Verdict.unknown("it was not reached in time");

	CommitInquiry(TransactionMark mark, PoolLedger.Source connections, Duration time) {
		this.mark = mark;
		this.connections = connections;
		this.end = System.nanoTime() + time.toNanos();
	}

	/**
	 * Begin, and wait for the verdict. Nothing interrupts that: a COMMIT has been sent.
	 * @param scope the name of the scope or transaction
	 */
	Verdict await(String scope) {
		try {
			Thread asking = new Thread(this, "commit-resolution:" + scope);
			asking.setDaemon(true);
			asking.start();
		}
		catch (Throwable ex) {
			return Verdict.unknown("no thread was left to ask it: " + ex);
		}
		boolean interrupted = false;
		try {
			while (true) {
				try {
					if (!this.over.await(remaining(), TimeUnit.NANOSECONDS)) {
						abandon();
					}
					return this.verdict;
				}
				catch (InterruptedException ex) {
					interrupted = true;
				}
			}
		}
		finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	private long remaining() {
		return this.end - System.nanoTime();
	}

	private void abandon() {
		Connection connection = this.connection;
		try {
			if (connection != null) {
				connection.abort(Runnable::run);
			}
		}
		catch (Throwable ex) {
			// It ends by its time limit.
		}
	}

	@Override
	public void run() {
		try {
			GrowingPause pause = new GrowingPause();
			while (remaining() > 0 && !ask()) {
				pause(pause);
			}
		}
		catch (Throwable ex) {
			this.verdict = Verdict.unknown(String.valueOf(ex));
		}
		finally {
			this.over.countDown();
		}
	}

	/** Ask over one connection, and return whether that was enough. */
	private boolean ask() throws InterruptedException {
		try (Connection fresh = this.connections.getConnection()) {
			this.connection = fresh;
			fresh.setNetworkTimeout(Runnable::run, millis());
			try {
				this.verdict = interrogate(fresh);
			}
			finally {
				if (!fresh.getAutoCommit()) {
					fresh.rollback();
				}
				// It may be one of a pool.
				fresh.setNetworkTimeout(Runnable::run, 0);
			}
		}
		catch (SQLException | RuntimeException ex) {
			if (!this.verdict.last()) {
				this.verdict = Verdict.unknown("it could not be asked: " + ex.getMessage());
			}
		}
		finally {
			this.connection = null;
		}
		return this.verdict.last();
	}

	private Verdict interrogate(Connection fresh) throws SQLException, InterruptedException {
		Interrogation interrogation = new Interrogation(this.mark);
		GrowingPause pause = new GrowingPause();
		while (remaining() > 0) {
			if (interrogation.isInProgress()) {
				pause(pause);
			}
			Verdict verdict = interrogation.answered(CommitResolution.ask(fresh, interrogation.question()));
			if (verdict != null) {
				return verdict;
			}
		}
		return Verdict.unknown("it was still in progress");
	}

	private int millis() {
		return (int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(remaining()));
	}

	private void pause(GrowingPause pause) throws InterruptedException {
		TimeUnit.NANOSECONDS.sleep(Math.min(pause.next().toNanos(), Math.max(0, remaining())));
	}

}
