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

package io.transactionscope.pool.figures;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import io.transactionscope.pool.snapshot.BlockedThread;
import io.transactionscope.pool.snapshot.Frames;
import org.jspecify.annotations.Nullable;

/**
 * Which of the threads that serve several connections in turn have been in the same code
 * from look to look. The watch looks, whoever reports reads what it has seen, and looks
 * once more.
 *
 * @since 0.1.0
 */
public final class BlockedThreads {

	/** Never changed: the next look makes another one. */
	private volatile Map<Thread, Seen> seen = Map.of();

	/**
	 * Look at threads. Nothing is remembered of any other.
	 * @param threads those to look at
	 * @param now the moment, a value of {@link System#nanoTime()}
	 */
	public void look(Set<Thread> threads, long now) {
		Map<Thread, Seen> earlier = this.seen;
		if (threads.isEmpty() && earlier.isEmpty()) {
			return;
		}
		Map<Thread, Seen> seen = new HashMap<>();
		for (Thread thread : threads) {
			Seen current = see(thread, earlier.get(thread), now);
			if (current != null) {
				seen.put(thread, current);
			}
		}
		this.seen = seen;
	}

	/**
	 * Return since when a thread has been in the code that it is in.
	 * @param thread one of those that were looked at
	 * @param now the moment, a value of {@link System#nanoTime()}
	 * @return what is known of that, without those who depend on it, or {@code null} if
	 * the thread is at rest, or was not in that code at the latest look
	 */
	public @Nullable BlockedThread blocked(Thread thread, long now) {
		Seen earlier = this.seen.get(thread);
		Seen current = (earlier != null) ? see(thread, earlier, now) : null;
		return (earlier != null && current != null && current.since() == earlier.since()) ? current.toFact(thread, now)
				: null;
	}

	private static @Nullable Seen see(Thread thread, @Nullable Seen earlier, long now) {
		List<StackTraceElement> stack = List.of(thread.getStackTrace());
		Work work = Work.seenIn(stack);
		if (work == null) {
			return null;
		}
		Work common = (earlier != null) ? work.commonWith(earlier.work()) : null;
		boolean handsOut = Frames.handsOutConnections(stack);
		return (common != null) ? new Seen(common, handsOut, Objects.requireNonNull(earlier).since())
				: new Seen(work, handsOut, now);
	}

	/**
	 * What a thread does.
	 *
	 * @param work what it is at
	 * @param handsOut whether its pool hands out connections meanwhile
	 * @param since the first look at which it did
	 */
	private record Seen(Work work, boolean handsOut, long since) {

		BlockedThread toFact(Thread thread, long now) {
			return new BlockedThread(thread.getName(), Frames.describe(this.work.innermost()),
					Duration.ofNanos(Math.max(0, now - this.since)), Set.of(), 0, 0, this.handsOut);
		}

	}

}
