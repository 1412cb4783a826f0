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

package io.transactionscope.pool.incident;

import io.transactionscope.pool.diagnosis.CannotConnect;
import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.diagnosis.Growing;
import io.transactionscope.pool.diagnosis.Healthy;
import io.transactionscope.pool.diagnosis.TurnedAway;
import io.transactionscope.pool.diagnosis.Unknown;
import org.jspecify.annotations.Nullable;

/**
 * What makes two reports the same thing.
 *
 * @param incident the number of the incident
 * @param kind what is the matter
 * @param scope whose connections are
 */
record Cause(long incident, Class<? extends Diagnosis> kind, @Nullable String scope) {

	static Cause of(long incident, Diagnosis diagnosis) {
		Diagnosis reason = reason(diagnosis);
		return new Cause(incident, reason.getClass(), reason.scope());
	}

	/**
	 * Return what is the matter, or was.
	 */
	static Diagnosis reason(Diagnosis diagnosis) {
		return (diagnosis instanceof TurnedAway past) ? past.reason() : diagnosis;
	}

	/**
	 * Return whether that names a cause. A pool may turn out not to grow, and an attempt
	 * to connect to fail.
	 */
	static boolean isKnown(@Nullable Diagnosis reason) {
		boolean open = reason instanceof Unknown || reason instanceof Growing || reason instanceof Healthy;
		return reason != null && !open && !(reason instanceof CannotConnect attempt && attempt.failure() == null);
	}

}
