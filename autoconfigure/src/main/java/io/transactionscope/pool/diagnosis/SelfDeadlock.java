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

package io.transactionscope.pool.diagnosis;

import java.io.Serializable;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

import io.transactionscope.pool.snapshot.PoolKind;
import io.transactionscope.pool.snapshot.Words;
import org.jspecify.annotations.Nullable;

/**
 * Threads hold all connections and wait for more.
 *
 * @param links who waits for what, one for each connection involved
 * @param proven whether none of the connections can be in other hands
 * @param floor the smallest pool in which as many threads, holding as many connections
 * each, cannot lock each other out, or {@link #NO_ROOM} if the database is known to have
 * no room for it
 * @since 0.1.0
 */
public record SelfDeadlock(List<Link> links, boolean proven, int floor) implements Diagnosis {

	/**
	 * There is no size that would help.
	 */
	public static final int NO_ROOM = 0;

	/**
	 * Create one from its facts, and copy {@code links}.
	 * @param links who waits for what, one for each connection involved
	 * @param proven whether none of the connections can be in other hands
	 * @param floor the smallest pool in which as many threads, holding as many
	 * connections each, cannot lock each other out, or {@link #NO_ROOM} if the database
	 * is known to have no room for it
	 */
	public SelfDeadlock {
		Objects.requireNonNull(links, "links must not be null");
		links = List.copyOf(links);
	}

	@Override
	public String summary() {
		return summary(PoolKind.JDBC);
	}

	@Override
	public String summary(PoolKind kind) {
		Link most = mostFrequent();
		String who = (most != null) ? ", most often for %s while %s asks".formatted(Words.ofScope(most.scope),
				Words.ofScope(most.askingScope)) : "";
		return "%s: all connections are held by %s that wait for another one%s."
			.formatted(this.proven ? "Deadlock" : "Deadlock, as far as the ledger can see", kind.borrowers(), who);
	}

	/**
	 * Return one of those that most are like, whichever thread it is.
	 */
	private @Nullable Link mostFrequent() {
		return this.links.stream()
			.max(Comparator.comparing((link) -> this.links.stream().filter(link::isLike).count()))
			.orElse(null);
	}

	@Override
	public @Nullable String scope() {
		Link most = mostFrequent();
		return (most != null) ? most.scope : null;
	}

	@Override
	public String advice() {
		String larger = (this.floor != NO_ROOM)
				? "; or make the pool larger than it can be locked up with, which is %d connections."
					.formatted(this.floor)
				: ".";
		return "Do the inner work in the outer transaction, or after it" + larger;
	}

	/**
	 * A connection whose holder waits.
	 *
	 * @param thread the name of the holder's thread
	 * @param scope the scope in which it has borrowed the connection, or {@code null}
	 * @param pool the pool of the connection
	 * @param askingScope the scope in which it asks for another one, or {@code null}
	 * @param askedPool the pool that it asks
	 * @since 0.1.0
	 */
	public record Link(String thread, @Nullable String scope, String pool, @Nullable String askingScope,
			String askedPool) implements Serializable {

		/**
		 * Create one from its facts.
		 * @param thread the name of the holder's thread
		 * @param scope the scope in which it has borrowed the connection, or {@code null}
		 * @param pool the pool of the connection
		 * @param askingScope the scope in which it asks for another one, or {@code null}
		 * @param askedPool the pool that it asks
		 */
		public Link {
			Objects.requireNonNull(thread, "thread must not be null");
			Objects.requireNonNull(pool, "pool must not be null");
			Objects.requireNonNull(askedPool, "askedPool must not be null");
		}

		private boolean isLike(Link other) {
			return Objects.equals(this.scope, other.scope) && Objects.equals(this.askingScope, other.askingScope);
		}

		@Override
		public String toString() {
			return "%s holds a connection of %s for %s and waits for one of %s for %s".formatted(this.thread, this.pool,
					Words.ofScope(this.scope), this.askedPool, Words.ofScope(this.askingScope));
		}

	}

}
