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

package io.transactionscope.pool.examination;

import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.diagnosis.Undersized;
import io.transactionscope.pool.snapshot.PoolSnapshot;

/**
 * The connections come and go, but there are too few for all: what is their time spent
 * on?
 */
final class Passing {

	private Passing() {
	}

	static Diagnosis diagnosis(Examination examination) {
		PoolSnapshot snapshot = examination.snapshot();
		PoolLoad load = new PoolLoad(snapshot);
		// The law is about means. Those who hold or wait at this moment are a fact.
		double needed = Math.max(load.connections(), snapshot.active() + snapshot.waiters().size());
		PoolLoad.IdleTime idle = load.mostIdle();
		if (idle != null && load.busyShare() < 0.5) {
			return idle.diagnosis(examination.holders());
		}
		return new Undersized(needed, needed * load.busyShare(), snapshot.maximum());
	}

}
