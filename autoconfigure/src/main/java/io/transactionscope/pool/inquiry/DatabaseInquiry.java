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

package io.transactionscope.pool.inquiry;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

import io.transactionscope.pool.snapshot.DatabaseAnswer;
import io.transactionscope.pool.snapshot.DatabaseAnswer.Outcome;
import io.transactionscope.pool.snapshot.ServerSession;
import org.jspecify.annotations.Nullable;

/**
 * Asks the database of a dry pool how it is, and who has the locks that some wait for,
 * over a connection that is opened for that and closed at once.
 *
 * <ul>
 * <li>There is one such connection at a time, two in a second at most, and after one that
 * failed there is none for a while.</li>
 * <li>It is opened, used and closed on a thread of its own, so that whoever asks waits no
 * longer than that is worth.</li>
 * <li>An answer is awaited for as long as the driver allows a login, for which HikariCP
 * gives it the pool's {@code connectionTimeout}, and five seconds for what is asked then.
 * A driver that hangs for longer has hung for all: it is not called again.</li>
 * <li>Whatever a driver throws ends that attempt alone. What it says is shown nowhere, as
 * it may tell who logs in, and how.</li>
 * </ul>
 *
 * @since 0.1.0
 */
public final class DatabaseInquiry implements AutoCloseable {

	/** Many ask at about the same time. */
	private static final Duration FRESH = Duration.ofSeconds(1);

	/** For those who ask of others, and for an answer on a good day. */
	private static final Duration SHORT = Duration.ofMillis(500);

	private static final Duration PAUSE = Duration.ofSeconds(10);

	/** An answer is of use for that long, while the next one has not come. */
	private static final Duration USEFUL = Duration.ofSeconds(3);

	/** What has hung for longer may hang for itself alone. */
	private static final Duration STALE = Duration.ofMinutes(1);

	private static final Duration ANSWER_LIMIT = Duration.ofSeconds(5);

	private final Supplier<String> thread;

	private final Opener opener;

	private final Lock lock = new ReentrantLock();

	/** Under the lock. */
	private @Nullable Attempt latest;

	/** Under the lock. */
	private boolean closed;

	/** The latest that was answered. */
	private volatile @Nullable Attempt answered;

	/**
	 * Create an inquiry.
	 * @param thread has the name of the thread that asks
	 * @param opener opens a connection of its own
	 */
	public DatabaseInquiry(Supplier<String> thread, Opener opener) {
		this.thread = Objects.requireNonNull(thread, "thread must not be null");
		this.opener = Objects.requireNonNull(opener, "opener must not be null");
	}

	/**
	 * Ask, unless that has just been done.
	 * @param processes the numbers of the processes whose sessions are of interest
	 * @param patience how long to wait for the answer
	 */
	public DatabaseAnswer ask(Collection<Long> processes, Duration patience) {
		Objects.requireNonNull(processes, "processes must not be null");
		Objects.requireNonNull(patience, "patience must not be null");
		Attempt attempt = latestOrNew(List.copyOf(processes));
		if (attempt == null) {
			return DatabaseAnswer.NOT_ASKED;
		}
		Attempt answered = this.answered;
		// A machine that is busy is late, which is no reason to say something else.
		return (!attempt.awaitEnd(patience) && answered != null && answered.isUseful()) ? answered.answer()
				: attempt.answer();
	}

	/**
	 * Return whether it is worth while to come back a little later, for an answer to what
	 * has just been asked.
	 */
	public boolean isAwaited() {
		this.lock.lock();
		try {
			return this.latest != null && this.latest.mayBeAnswered();
		}
		finally {
			this.lock.unlock();
		}
	}

	private @Nullable Attempt latestOrNew(Collection<Long> processes) {
		this.lock.lock();
		try {
			Attempt attempt = this.latest;
			if (!this.closed && (attempt == null || !attempt.serves(processes))) {
				attempt = new Attempt(processes);
				this.latest = attempt;
				attempt.begin();
			}
			return this.closed ? null : attempt;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Ask nothing any more. The connection of a question that is under way is torn.
	 */
	@Override
	public void close() {
		Attempt attempt;
		this.lock.lock();
		try {
			this.closed = true;
			attempt = this.latest;
		}
		finally {
			this.lock.unlock();
		}
		if (attempt != null) {
			attempt.abort();
		}
	}

	private boolean isClosed() {
		this.lock.lock();
		try {
			return this.closed;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Opens a connection to the database.
	 *
	 * @since 0.1.0
	 */
	@FunctionalInterface
	public interface Opener {

		/**
		 * {@return a new connection, which is closed by the caller}
		 * @throws SQLException if it cannot be opened
		 */
		Session open() throws SQLException;

	}

	/**
	 * A connection to ask over, of whatever driver. What that throws is told in the words
	 * of JDBC: silence as an {@code SQLTimeoutException}, and all else with its
	 * {@code SQLSTATE} and its cause.
	 *
	 * @since 0.1.0
	 */
	public interface Session extends AutoCloseable {

		/**
		 * Return the sessions that some processes serve, and those that block them.
		 * @param processes the numbers of the processes
		 * @param limit how long to wait for the answer
		 * @return the sessions, none if the server does not know all of the processes
		 * @throws SQLException if there was no answer, or none can be awaited for so long
		 * and no longer
		 */
		List<ServerSession> sessions(Collection<Long> processes, Duration limit) throws SQLException;

		/**
		 * Tear the connection, on another thread than that which asks.
		 * @throws SQLException if that is not possible
		 */
		void abort() throws SQLException;

		@Override
		void close() throws SQLException;

	}

	/**
	 * One connection, and what came of it.
	 */
	private final class Attempt implements Runnable {

		private final Collection<Long> processes;

		private final long begun = System.nanoTime();

		private final CountDownLatch end = new CountDownLatch(1);

		/** While there is one. */
		private volatile @Nullable Session session;

		/** As what follows, written before the end. */
		private Outcome outcome = Outcome.NOT_ASKED;

		private List<ServerSession> sessions = List.of();

		private long ended;

		Attempt(Collection<Long> processes) {
			this.processes = processes;
		}

		void begin() {
			try {
				Thread asking = new Thread(this, DatabaseInquiry.this.thread.get());
				asking.setDaemon(true);
				asking.start();
			}
			catch (Throwable ex) {
				// There are no threads left, which says nothing of the database.
				end();
			}
		}

		@Override
		public void run() {
			try {
				this.outcome = ask();
				if (this.outcome == Outcome.ANSWERED) {
					DatabaseInquiry.this.answered = this;
				}
			}
			catch (SQLException ex) {
				this.outcome = isSilence(ex) ? Outcome.SILENT : Outcome.FAILED;
			}
			catch (Throwable ex) {
				this.outcome = Outcome.FAILED;
			}
			finally {
				end();
			}
		}

		private void end() {
			this.ended = System.nanoTime();
			this.end.countDown();
		}

		private Outcome ask() throws SQLException {
			try (Session session = DatabaseInquiry.this.opener.open()) {
				this.session = session;
				if (isClosed()) {
					return Outcome.NOT_ASKED;
				}
				this.sessions = sessionsOrNone(session);
				return Outcome.ANSWERED;
			}
			finally {
				this.session = null;
			}
		}

		void abort() {
			Session session = this.session;
			try {
				if (session != null) {
					session.abort();
				}
			}
			catch (Throwable ex) {
				// It ends by its time limit.
			}
		}

		/**
		 * To let us in is an answer, too. Without a time limit nothing more is asked.
		 */
		private List<ServerSession> sessionsOrNone(Session session) throws SQLException {
			try {
				return session.sessions(this.processes, ANSWER_LIMIT);
			}
			catch (SQLException ex) {
				if (isSilence(ex)) {
					throw ex;
				}
				return List.of();
			}
		}

		/**
		 * Return whether a driver has given up. PostgreSQL's has no cause to tell when it
		 * has not been let in for long.
		 */
		private boolean isSilence(SQLException failure) {
			for (Throwable each = failure; each != null; each = each.getCause()) {
				if (each instanceof SocketTimeoutException || each instanceof SQLTimeoutException) {
					return true;
				}
				if (each instanceof IOException) {
					return false;
				}
			}
			String state = failure.getSQLState();
			return state != null && state.startsWith("08") && System.nanoTime() - this.begun > FRESH.toNanos();
		}

		boolean mayBeAnswered() {
			return !hasEnded() && System.nanoTime() - this.begun < SHORT.toNanos();
		}

		private boolean hasEnded() {
			return this.end.getCount() == 0;
		}

		/**
		 * Return whether it is not the time yet to ask once more.
		 */
		boolean serves(Collection<Long> processes) {
			return !hasEnded() || System.nanoTime() - this.ended < pause(processes).toNanos();
		}

		private Duration pause(Collection<Long> processes) {
			if (this.outcome != Outcome.ANSWERED) {
				return PAUSE;
			}
			return this.processes.containsAll(processes) ? FRESH : SHORT;
		}

		/** Return whether what was answered is not too old. */
		boolean isUseful() {
			return hasEnded() && System.nanoTime() - this.ended < USEFUL.toNanos();
		}

		DatabaseAnswer answer() {
			long now = System.nanoTime();
			Duration age = Duration.ofNanos(now - this.begun);
			if (!hasEnded()) {
				return (age.compareTo(STALE) < 0) ? new DatabaseAnswer(Outcome.SILENT, age, List.of())
						: DatabaseAnswer.NOT_ASKED;
			}
			return (this.outcome == Outcome.SILENT) ? new DatabaseAnswer(Outcome.SILENT, age, List.of())
					: new DatabaseAnswer(this.outcome, Duration.ofNanos(now - this.ended), this.sessions);
		}

		boolean awaitEnd(Duration patience) {
			if (hasEnded()) {
				return true;
			}
			try {
				return this.end.await(patience.toNanos() - (System.nanoTime() - this.begun), TimeUnit.NANOSECONDS);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				return false;
			}
		}

	}

}
