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

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

import io.transactionscope.pool.snapshot.RemoteCall;

/**
 * The calls that the holder of a connection makes elsewhere.
 *
 * @since 0.1.0
 */
public final class CallsOfLease {

	/** Those that come later share one. */
	private static final int MOST_NAMES = 20;

	private final String scope;

	/** Of all that follows. */
	private final Lock lock = new ReentrantLock();

	private final List<OngoingCall> ongoing = new ArrayList<>();

	private final Map<String, RemoteCall> ended = new HashMap<>();

	public CallsOfLease(String scope) {
		this.scope = Objects.requireNonNull(scope, "scope must not be null");
	}

	/**
	 * Return the name of the scope that holds the connection.
	 */
	public String scope() {
		return this.scope;
	}

	public void begins(OngoingCall call) {
		Objects.requireNonNull(call, "call must not be null");
		this.lock.lock();
		try {
			if (!this.ongoing.isEmpty()) {
				this.ongoing.forEach(OngoingCall::goesOnBeside);
				call.goesOnBeside();
			}
			this.ongoing.add(call);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Take notice of the end of a call.
	 * @return whether it was one of these
	 */
	public boolean ends(OngoingCall call) {
		Objects.requireNonNull(call, "call must not be null");
		this.lock.lock();
		try {
			boolean ended = this.ongoing.remove(call);
			if (ended) {
				CallTotals.add(this.ended, call.toCall(System.nanoTime()), MOST_NAMES);
			}
			return ended;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Return whether the holder is in a call already, of which others may be a part.
	 */
	public boolean isInCall() {
		return ongoing().stream().anyMatch(OngoingCall::isEntered);
	}

	List<OngoingCall> ongoing() {
		this.lock.lock();
		try {
			return List.copyOf(this.ongoing);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Return the calls up to a moment, the ones that took the most time first.
	 */
	public List<RemoteCall> upTo(long now) {
		Map<String, RemoteCall> calls;
		this.lock.lock();
		try {
			calls = new HashMap<>(this.ended);
			this.ongoing.forEach((call) -> CallTotals.add(calls, call.toCall(now), MOST_NAMES));
		}
		finally {
			this.lock.unlock();
		}
		return calls.values().stream().sorted(RemoteCall.LONGEST_FIRST).toList();
	}

}
