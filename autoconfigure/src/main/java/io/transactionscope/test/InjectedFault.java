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

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What is to happen to the resources of one name, and when.
 */
final class InjectedFault {

	private final Phase phase;

	private final String name;

	/** At which time only; 0 for each. */
	private final int time;

	private final FaultPoint.Action action;

	private final CountDownLatch cleared;

	private final AtomicInteger times = new AtomicInteger();

	InjectedFault(Phase phase, String name, int time, FaultPoint.Action action, CountDownLatch cleared) {
		this.phase = phase;
		this.name = name;
		this.time = time;
		this.action = action;
		this.cleared = cleared;
	}

	/**
	 * Count this time, if the point is this one's.
	 */
	boolean isDueAt(Phase phase, String name) {
		if (this.phase != phase || !this.name.equals(name)) {
			return false;
		}
		int current = this.times.incrementAndGet();
		return this.time == 0 || this.time == current;
	}

	void happen() throws Exception {
		this.action.run();
	}

	void clear() {
		this.cleared.countDown();
	}

	/**
	 * Where in the life of a resource.
	 */
	enum Phase {

		ACQUISITION, BODY, RELEASE

	}

}
