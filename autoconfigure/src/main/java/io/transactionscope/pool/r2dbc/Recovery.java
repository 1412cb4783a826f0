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

import java.time.Duration;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ValidationDepth;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/**
 * The way of a connection back to its pool that nobody has in hand any more. One that may
 * not be as the pool has lent it is closed first, which the pool sees, and replaces it.
 */
final class Recovery {

	/** The link may be dead. */
	private static final Duration PATIENCE = Duration.ofSeconds(1);

	private final R2dbcLease lease;

	private final Connection pooled;

	private final @Nullable Connection unclean;

	/**
	 * Prepare it.
	 * @param lease what goes back, which everybody else has begun to leave alone
	 * @param pooled what the pool has lent
	 * @param unclean the driver's own if it has to be closed, {@code null} if not
	 */
	Recovery(R2dbcLease lease, Connection pooled, @Nullable Connection unclean) {
		this.lease = lease;
		this.pooled = pooled;
		this.unclean = unclean;
	}

	/** On a thread that a driver may block. */
	void start() {
		Beside.run(this::run);
	}

	private void run() {
		discard().then(Mono.defer(this::giveBack)).subscribe(null, this.lease::failsToTakeBack);
	}

	private Mono<Void> discard() {
		Connection unclean = this.unclean;
		if (unclean == null) {
			return Mono.empty();
		}
		return limited(unclean::close).onErrorResume((failure) -> closed(unclean, failure));
	}

	/**
	 * Go on if it is closed all the same. What is still open is lent to nobody any more:
	 * that the pool is smaller is the lesser evil.
	 */
	private Mono<Void> closed(Connection unclean, Throwable failure) {
		return limited(() -> unclean.validate(ValidationDepth.LOCAL)).flatMap(
				(open) -> open ? Mono.error(failure) : Mono.fromRunnable(() -> this.lease.failsToTakeBack(failure)));
	}

	private Mono<Void> giveBack() {
		this.lease.leave();
		return limited(this.pooled::close);
	}

	private static <T> Mono<T> limited(Call<T> call) {
		return Mono.<T>defer(() -> Mono.from(call.make())).timeout(PATIENCE);
	}

	/**
	 * Calls the driver, or the pool.
	 */
	@FunctionalInterface
	private interface Call<T> {

		Publisher<? extends T> make();

	}

}
