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
package io.transactionscope.test;

import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * The calls to a database to which a test lets something happen: to all of a phase, or to
 * some of them.
 *
 * <pre class="code">
 * faults.at(Phase.COMMIT).lostLinkAfterwards();
 * faults.at(Phase.STATEMENT).matching("update stock").nth(2).lockTimeout();
 * faults.at(Phase.BORROW).in("reportsDataSource").refused();
 * </pre>
 *
 * <p>
 * It happens each time, or the {@linkplain #nth nth} time only. Of several things that
 * are to happen to one call, what was said earlier comes first, and if it fails, the
 * later ones do not happen. A failure that speaks of a lost link (SQL states of class 08,
 * and 57P01 to 57P05) ends the physical connection as well, as it does in earnest: its
 * transaction is rolled back, it is closed, and answers as the driver has closed
 * connections answer.
 *
 * @since 0.1.0
 * @see DatabaseFaults
 */
public final class DatabaseFaultPoint {

	private static final Duration FORGOTTEN = Duration.ofMinutes(1);

	private final Consumer<DatabaseFault> armed;

	private final Phase phase;

	private @Nullable String pool;

	private @Nullable Pattern sql;

	private int time;

	private boolean lenient;

	DatabaseFaultPoint(Consumer<DatabaseFault> armed, Phase phase) {
		this.armed = armed;
		this.phase = phase;
	}

	private DatabaseFaultPoint(DatabaseFaultPoint other) {
		this(other.armed, other.phase);
		this.pool = other.pool;
		this.sql = other.sql;
		this.time = other.time;
		this.lenient = other.lenient;
	}

	/**
	 * Have it happen with one data source only.
	 * @param pool the name of its bean, or the name under which it is watched
	 * @return the point with that data source alone
	 */
	public DatabaseFaultPoint in(String pool) {
		Objects.requireNonNull(pool, "pool must not be null");
		DatabaseFaultPoint point = new DatabaseFaultPoint(this);
		point.pool = pool;
		return point;
	}

	/**
	 * Have it happen to some statements only.
	 * @param regex what is to be found in their SQL, whatever its case
	 * @return the point with these statements alone
	 */
	public DatabaseFaultPoint matching(String regex) {
		Objects.requireNonNull(regex, "regex must not be null");
		if (this.phase != Phase.STATEMENT && this.phase != Phase.PREPARE) {
			throw new IllegalStateException(
					"There is no SQL at " + this.phase + ": only STATEMENT and PREPARE can be of some statements");
		}
		DatabaseFaultPoint point = new DatabaseFaultPoint(this);
		point.sql = Pattern.compile(regex, Pattern.CASE_INSENSITIVE);
		return point;
	}

	/**
	 * Have it happen once only.
	 * @param time at which time from now on, at least 1
	 * @return the point at that time
	 */
	public DatabaseFaultPoint nth(int time) {
		if (time < 1) {
			throw new IllegalArgumentException("Invalid time (" + time + "): must be at least 1, for the next time");
		}
		DatabaseFaultPoint point = new DatabaseFaultPoint(this);
		point.time = time;
		return point;
	}

	/**
	 * Have it happen once only, the next time.
	 * @return the point at that time
	 */
	public DatabaseFaultPoint once() {
		return nth(1);
	}

	/**
	 * Have it be no mistake of the test if it never happens.
	 * @return the point that need not be reached
	 */
	public DatabaseFaultPoint lenient() {
		DatabaseFaultPoint point = new DatabaseFaultPoint(this);
		point.lenient = true;
		return point;
	}

	/**
	 * Lose the link before the database hears of the call. At {@link Phase#COMMIT} the
	 * transaction is rolled back, which the caller cannot know.
	 * @return what happens
	 */
	public DatabaseFault lostLink() {
		return arm("lost link", FaultEffect.instead(SqlFailures::lostLink));
	}

	/**
	 * Lose the link after the database has done what it was asked for. At
	 * {@link Phase#COMMIT} the transaction is committed, which the caller cannot know.
	 * @return what happens
	 */
	public DatabaseFault lostLinkAfterwards() {
		return arm("lost link afterwards", FaultEffect.afterwards(SqlFailures::lostLink));
	}

	/**
	 * Have the server end the session instead, as one that is shut down does (57P01).
	 * @return what happens
	 */
	public DatabaseFault serverShutdown() {
		return arm("server shutdown", FaultEffect.instead(SqlFailures::serverShutdown));
	}

	/**
	 * Refuse the call, with the link as it was: the pool has no connection to lend, the
	 * server lets nobody connect (08001), or cannot serialize access (40001).
	 * @return what happens
	 */
	public DatabaseFault refused() {
		return arm("refused", FaultEffect.instead(() -> SqlFailures.refused(this.phase)));
	}

	/**
	 * Have somebody else hold the lock that the call needs (55P03).
	 * @return what happens
	 */
	public DatabaseFault lockTimeout() {
		return arm("lock timeout", FaultEffect.instead(SqlFailures::lockTimeout));
	}

	/**
	 * Fail instead.
	 * @param failure what is thrown, each time the same instance; may be an {@link Error}
	 * @return what happens
	 */
	public DatabaseFault fails(Throwable failure) {
		Objects.requireNonNull(failure, "failure must not be null");
		return arm("fails with " + failure, FaultEffect.instead(() -> failure));
	}

	/**
	 * Fail instead.
	 * @param failure returns what is thrown, called anew each time
	 * @return what happens
	 */
	public DatabaseFault fails(Supplier<? extends Throwable> failure) {
		Objects.requireNonNull(failure, "failure must not be null");
		return arm("fails", FaultEffect.instead(failure));
	}

	/**
	 * Fail after the database has done what it was asked for.
	 * @param failure what is thrown, each time the same instance; may be an {@link Error}
	 * @return what happens
	 */
	public DatabaseFault failsAfterwards(Throwable failure) {
		Objects.requireNonNull(failure, "failure must not be null");
		return arm("fails afterwards with " + failure, FaultEffect.afterwards(() -> failure));
	}

	/**
	 * Let the database take so long before it does what it was asked for.
	 * <p>
	 * Whoever waits gives up as with a real driver: when the statement's query timeout or
	 * the connection's network timeout has passed, when another thread cancels the
	 * statement or ends the connection. So does one that is interrupted. At
	 * {@link Phase#BORROW} there is nothing of the kind.
	 * @param duration how long
	 * @return what happens; to {@linkplain DatabaseFault#disarm() disarm} it ends the
	 * wait
	 */
	public DatabaseFault stalls(Duration duration) {
		Objects.requireNonNull(duration, "duration must not be null");
		return arm("stalls for " + duration, new Stall(duration, false));
	}

	/**
	 * Let the database do nothing until the test lets it go on, which it has to within a
	 * minute.
	 * @return what happens; to {@linkplain DatabaseFault#disarm() disarm} it ends the
	 * wait
	 * @see #stalls(Duration)
	 */
	public DatabaseFault stalls() {
		return arm("stalls", new Stall(FORGOTTEN, true));
	}

	/**
	 * Let anything else happen before the call is made: wait for a latch, or look at what
	 * can be seen at that moment.
	 * @param action what to run; if it throws, the call fails with that
	 * @return what happens
	 */
	public DatabaseFault runs(FaultPoint.Action action) {
		Objects.requireNonNull(action, "action must not be null");
		return arm("runs", FaultEffect.before(action));
	}

	private DatabaseFault arm(String what, FaultEffect effect) {
		DatabaseFault fault = new DatabaseFault(this, this.time, this.lenient, effect, describe(what));
		this.armed.accept(fault);
		return fault;
	}

	boolean isAt(Moment moment) {
		return isIn(moment.phase(), moment.pool())
				&& (this.sql == null || (moment.sql() != null && this.sql.matcher(moment.sql()).find()));
	}

	boolean isIn(Phase phase, String pool) {
		return phase == this.phase && (this.pool == null || this.pool.equals(pool));
	}

	private String describe(String what) {
		return "at %s%s%s%s: %s (%s)".formatted(this.phase, (this.pool != null) ? " in '" + this.pool + "'" : "",
				(this.sql != null) ? " matching '" + this.sql + "'" : "",
				(this.time > 0) ? ", time " + this.time + " only" : "", what, line());
	}

	/** The line of the test. */
	private static String line() {
		return StackWalker.getInstance()
			.walk((frames) -> frames.filter((frame) -> !frame.getClassName().equals(DatabaseFaultPoint.class.getName()))
				.findFirst()
				.map((frame) -> frame.toStackTraceElement().toString())
				.orElse("unknown"));
	}

}
