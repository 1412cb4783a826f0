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
import java.util.Objects;

import io.transactionscope.pool.snapshot.PoolKind;
import org.jspecify.annotations.Nullable;

/**
 * Why a pool has no free connection. There may be more reasons in later versions: a
 * {@code switch} over them needs a {@code default}.
 *
 * @since 0.1.0
 */
public sealed interface Diagnosis extends Serializable
		permits Healthy, Closed, Suspended, StalledProcess, CannotConnect, Growing, BlockedEventLoop, DatabaseSilent,
		SelfDeadlock, Leak, SuspectedDeadlock, LostLink, BlockedByLock, HeldButIdle, LongHolders, HeldByWaiters,
		HeldElsewhere, StarvedOfCpu, Undersized, Burst, TurnedAway, Unknown {

	/**
	 * {@return what is the matter, in one sentence, in the words for a pool of JDBC}
	 */
	String summary();

	/**
	 * {@return the one change that is most likely to help, in the words for a pool of
	 * JDBC}
	 */
	String advice();

	/**
	 * {@return what is the matter with a pool of that kind, in one sentence}
	 * @param kind the kind
	 */
	default String summary(PoolKind kind) {
		Objects.requireNonNull(kind, "kind must not be null");
		return summary();
	}

	/**
	 * {@return the one change that is most likely to help a pool of that kind}
	 * @param kind the kind
	 */
	default String advice(PoolKind kind) {
		return kind.settings(advice());
	}

	/**
	 * Return the scope whose connections are the matter.
	 * @return the name, or {@code null} if it is outside of scopes, or not about one
	 */
	default @Nullable String scope() {
		return null;
	}

}
