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

package io.transactionscope.pool.report;

import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * A connection in somebody's hands.
 *
 * @param id names this lease among all leases of the pool, for
 * {@code PoolLedger.holder(String)}
 * @param scope the name of the scope or transaction that has borrowed the connection, or
 * {@code null} if it was borrowed outside of any; the name of a method is without its
 * package
 * @param thread the name of the thread that has borrowed it
 * @param threadAlive whether that thread still lives
 * @param age how long the connection has been leased
 * @param phase what it is used for at this moment
 * @param inPhase how long it has been in that phase, or {@code null} if nobody knows,
 * which happens in the first half second of a lease; for a lease that was first timed
 * after a while, at least so long
 * @param lastSql the statement that is being executed or was executed last, without
 * values, or {@code null} if there was none
 * @param connection tells the pool's connections apart
 * @param serverProcess the number of the database's process that serves the connection,
 * where the driver knows it
 * @param handedOver whether another thread has used the connection
 * @param awaitedPool the name of the pool that the thread which has borrowed it waits for
 * yet another connection of, this pool or another one; {@code null} if it waits for none
 * @param borrowSite where it was borrowed, if {@code PoolSettings.borrowSite()} asks for
 * that, otherwise empty
 */
public record Lease(String id, @Nullable String scope, String thread, boolean threadAlive, Duration age, Phase phase,
		@Nullable Duration inPhase, @Nullable String lastSql, int connection, @Nullable Long serverProcess,
		boolean handedOver, @Nullable String awaitedPool, List<StackTraceElement> borrowSite) implements Serializable {

	public Lease {
		Objects.requireNonNull(id, "id must not be null");
		Objects.requireNonNull(thread, "thread must not be null");
		Objects.requireNonNull(age, "age must not be null");
		Objects.requireNonNull(phase, "phase must not be null");
		Objects.requireNonNull(borrowSite, "borrowSite must not be null");
		borrowSite = List.copyOf(borrowSite);
	}

	/**
	 * Return how long the connection has been held without work for the database, up to
	 * this moment.
	 * @return the time, zero if it is not idle
	 */
	public Duration idle() {
		return (this.phase.isIdle() && this.inPhase != null) ? this.inPhase : Duration.ZERO;
	}

}
