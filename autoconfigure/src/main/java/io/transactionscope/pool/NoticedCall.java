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

package io.transactionscope.pool;

import java.util.List;
import java.util.Objects;

import io.transactionscope.pool.figures.OngoingCall;

/**
 * A call elsewhere that somebody makes who holds connections, for who notices it: the
 * pools are told when it begins, and when it takes no more of its caller's time.
 *
 * @since 0.1.0
 */
public final class NoticedCall {

	private final OngoingCall call;

	private final List<RemoteCalls> pools;

	private NoticedCall(OngoingCall call, List<RemoteCalls> pools) {
		this.call = call;
		this.pools = pools;
	}

	/**
	 * Take notice of a call that the current thread begins.
	 * @param name what is called, a name that few calls have
	 * @param pools the pools whose connections it holds
	 */
	public static NoticedCall begin(String name, List<RemoteCalls> pools) {
		Objects.requireNonNull(name, "name must not be null");
		Objects.requireNonNull(pools, "pools must not be null");
		NoticedCall noticed = new NoticedCall(new OngoingCall(name), List.copyOf(pools));
		noticed.pools.forEach((pool) -> pool.begins(noticed.call));
		return noticed;
	}

	/**
	 * Take notice that the current thread works in the call, if it has begun it.
	 */
	public void enter() {
		this.call.enter();
	}

	/**
	 * Take notice that the current thread has left the call, which may go on without it.
	 */
	public void leave() {
		if (this.call.leave()) {
			ends();
		}
	}

	/**
	 * Take notice of the end of the call.
	 */
	public void end() {
		if (this.call.end()) {
			ends();
		}
	}

	private void ends() {
		this.pools.forEach((pool) -> pool.ends(this.call));
	}

}
