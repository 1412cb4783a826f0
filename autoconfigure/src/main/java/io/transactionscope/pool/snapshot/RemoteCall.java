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

package io.transactionscope.pool.snapshot;

import java.io.Serializable;
import java.time.Duration;
import java.util.Comparator;
import java.util.Objects;

/**
 * The calls of one name that were made elsewhere, such as to another service, by those
 * who held a connection meanwhile.
 *
 * @param name what was called, such as {@code POST warehouse}
 * @param count how many calls there were
 * @param total the sum of their times
 * @param longest the time of the longest
 * @param awaited whether each of them kept its caller from doing anything else; else some
 * may have gone on beside what the caller did, and beside each other
 * @param underWay whether one of them has not ended
 * @since 0.1.0
 */
public record RemoteCall(String name, long count, Duration total, Duration longest, boolean awaited,
		boolean underWay) implements Serializable {

	/**
	 * The one that took the most time first.
	 */
	public static final Comparator<RemoteCall> LONGEST_FIRST = Comparator.comparing(RemoteCall::time)
		.reversed()
		.thenComparing(RemoteCall::name);

	/**
	 * Create one from its facts.
	 * @param name what was called, such as {@code POST warehouse}
	 * @param count how many calls there were
	 * @param total the sum of their times
	 * @param longest the time of the longest
	 * @param awaited whether each of them kept its caller from doing anything else; else
	 * some may have gone on beside what the caller did, and beside each other
	 * @param underWay whether one of them has not ended
	 */
	public RemoteCall {
		Objects.requireNonNull(name, "name must not be null");
		Objects.requireNonNull(total, "total must not be null");
		Objects.requireNonNull(longest, "longest must not be null");
	}

	/**
	 * {@return for how long at least one of them was under way: that of all, unless they
	 * may have overlapped}
	 */
	public Duration time() {
		return this.awaited ? this.total : this.longest;
	}

	/**
	 * {@return these calls by another name, which may stand for several}
	 * @param name the other name
	 */
	public RemoteCall named(String name) {
		return new RemoteCall(name, this.count, this.total, this.longest, this.awaited, this.underWay);
	}

	/**
	 * {@return these calls together with others of the same name}
	 * @param other those
	 */
	public RemoteCall plus(RemoteCall other) {
		Objects.requireNonNull(other, "other must not be null");
		Duration longest = (this.longest.compareTo(other.longest) > 0) ? this.longest : other.longest;
		return new RemoteCall(this.name, this.count + other.count, this.total.plus(other.total), longest,
				this.awaited && other.awaited, this.underWay || other.underWay);
	}

	/**
	 * {@return the calls for a person to read, within a line}
	 */
	public String text() {
		String times = (this.count == 1) ? "" : ", %d times".formatted(this.count);
		return "%s%s, %s%s".formatted(this.name, times, Words.of(time()), this.underWay ? ", still under way" : "");
	}

}
