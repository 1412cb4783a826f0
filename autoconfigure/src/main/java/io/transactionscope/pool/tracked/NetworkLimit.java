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

package io.transactionscope.pool.tracked;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Objects;

import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.LedgerEntry;
import io.transactionscope.pool.RemainingTime;
import org.jspecify.annotations.Nullable;

/**
 * How long the driver waits for an answer on one connection, for as long as a deadline
 * has a say in that. A time limit that somebody else has set stays where it is shorter.
 * Nothing here costs a round trip.
 *
 * @since 0.1.0
 */
public final class NetworkLimit {

	private static final int UNKNOWN = -1;

	private final Connection connection;

	private int original = UNKNOWN;

	private int current = UNKNOWN;

	private boolean unsupported;

	private boolean failed;

	NetworkLimit(Connection connection) {
		this.connection = connection;
	}

	/**
	 * Create the limit of a connection that does not keep to the deadline by itself.
	 * @param connection the connection, or a handle on it
	 * @return the limit, or {@code null} if there is none to be set
	 */
	public static @Nullable NetworkLimit of(Connection connection) {
		Objects.requireNonNull(connection, "connection must not be null");
		Connection fetched = Handles.fetched(connection);
		return (fetched == null || Handles.behind(fetched, LedgerEntry.class) != null) ? null
				: new NetworkLimit(fetched);
	}

	/**
	 * Wait for what is sent next until the deadline of the current thread, if it has one.
	 * A connection that is dead says so when it is used.
	 */
	public void followDeadline() {
		follow(false);
	}

	/**
	 * The same for what has to be done at the end, also past the deadline.
	 */
	public void followDeadlineWithGrace() {
		follow(true);
	}

	private void follow(boolean grace) {
		Borrower borrower = Borrower.current();
		try {
			if (!borrower.hasDeadline()) {
				lift();
				return;
			}
			RemainingTime remaining = RemainingTime.of(borrower);
			set((grace || remaining.isOver()) ? remaining.millisWithGrace() : remaining.millis());
		}
		catch (SQLException | RuntimeException ex) {
			this.failed = true;
		}
	}

	/**
	 * {@return whether the driver waits no longer than it was told to}
	 */
	public boolean isEffective() {
		return this.original != UNKNOWN && !this.unsupported && !this.failed;
	}

	/**
	 * Wait no longer than that for each answer. Does nothing where the driver cannot.
	 * @param millis the time, at least 1
	 */
	void set(int millis) throws SQLException {
		if (this.unsupported) {
			return;
		}
		try {
			if (this.original == UNKNOWN) {
				this.original = this.connection.getNetworkTimeout();
				this.current = this.original;
			}
			change((this.original == 0) ? millis : Math.min(this.original, millis));
		}
		catch (SQLFeatureNotSupportedException | UnsupportedOperationException | AbstractMethodError ex) {
			this.unsupported = true;
		}
	}

	/**
	 * Have it as it was found.
	 * @throws SQLException if that cannot be
	 */
	public void lift() throws SQLException {
		if (this.original != UNKNOWN && !this.unsupported) {
			change(this.original);
		}
	}

	private void change(int millis) throws SQLException {
		if (millis != this.current) {
			this.connection.setNetworkTimeout(Runnable::run, millis);
			this.current = millis;
		}
	}

	/** As others have it, who do not know of the deadline. */
	int original() throws SQLException {
		return (this.original != UNKNOWN) ? this.original : this.connection.getNetworkTimeout();
	}

	/** Others have set it anew. */
	void replaced(int millis) {
		this.original = millis;
		this.current = millis;
	}

}
