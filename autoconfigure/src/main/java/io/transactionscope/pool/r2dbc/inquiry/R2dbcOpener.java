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

package io.transactionscope.pool.r2dbc.inquiry;

import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.pool.inquiry.DatabaseInquiry;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Opens connections beside a pool, to ask the database, one at a time.
 *
 * <p>
 * Most R2DBC drivers set no time limit to a login, and lose a connection that is
 * cancelled while it is opened. So a login that hangs is given up, but not cancelled: who
 * asks next waits for the same one, and for a new one only after a minute. What is opened
 * when nobody waits for it any more is closed.
 *
 * @since 0.1.0
 */
public final class R2dbcOpener implements DatabaseInquiry.Opener {

	/** As HikariCP has it for a login. */
	private static final Duration SHORTEST = Duration.ofSeconds(1);

	/** As HikariCP waits for a connection. */
	private static final Duration LONGEST = Duration.ofSeconds(30);

	/** By then, servers such as PostgreSQL have closed what has not logged in. */
	private static final Duration LOST = Duration.ofMinutes(1);

	private final ConnectionFactory driver;

	private final Duration limit;

	private volatile @Nullable Login latest;

	/**
	 * Create one.
	 * @param driver opens connections that are of no pool
	 * @param patience how long the pool lets everybody wait: a login may take as long, at
	 * least a second and half a minute at most
	 */
	public R2dbcOpener(ConnectionFactory driver, Duration patience) {
		this.driver = Objects.requireNonNull(driver, "driver must not be null");
		Objects.requireNonNull(patience, "patience must not be null");
		Duration limit = (patience.compareTo(LONGEST) < 0) ? patience : LONGEST;
		this.limit = (limit.compareTo(SHORTEST) > 0) ? limit : SHORTEST;
	}

	@Override
	public DatabaseInquiry.Session open() throws SQLException {
		CompletableFuture<Connection> wanted = new CompletableFuture<>();
		Login hanging = this.latest;
		if (hanging == null || !hanging.serves(wanted)) {
			Login login = new Login(wanted);
			login.begin(this.driver);
			this.latest = login;
		}
		try {
			return new R2dbcSession(R2dbcSession.await(wanted, this.limit));
		}
		catch (SQLException ex) {
			wanted.cancel(false);
			if (!wanted.isCompletedExceptionally()) {
				// It has arrived at the last moment.
				R2dbcSession.discard(wanted.join());
			}
			throw ex;
		}
	}

	/**
	 * One connection that is being opened.
	 */
	private static final class Login {

		private final long begun = System.nanoTime();

		/** Gets the connection, {@code null} once somebody has got it or nobody will. */
		private final AtomicReference<@Nullable CompletableFuture<Connection>> waiter;

		Login(CompletableFuture<Connection> first) {
			this.waiter = new AtomicReference<>(first);
		}

		void begin(ConnectionFactory driver) {
			Mono.defer(() -> Mono.from(driver.create()))
				.switchIfEmpty(Mono.error(() -> new IllegalStateException("The driver has opened nothing")))
				.subscribe(this::succeeds, this::fails);
		}

		private void succeeds(Connection connection) {
			CompletableFuture<Connection> last = this.waiter.getAndSet(null);
			if (last == null || !last.complete(connection)) {
				R2dbcSession.discard(connection);
			}
		}

		private void fails(Throwable failure) {
			CompletableFuture<Connection> last = this.waiter.getAndSet(null);
			if (last != null) {
				last.completeExceptionally(failure);
			}
		}

		/**
		 * Hand the connection to the next one who waits, unless it is there already or
		 * will not come.
		 */
		boolean serves(CompletableFuture<Connection> next) {
			CompletableFuture<Connection> last = this.waiter.get();
			return last != null && System.nanoTime() - this.begun < LOST.toNanos()
					&& this.waiter.compareAndSet(last, next);
		}

	}

}
