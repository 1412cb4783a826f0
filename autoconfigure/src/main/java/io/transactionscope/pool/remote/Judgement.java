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

package io.transactionscope.pool.remote;

import java.util.Collection;
import java.util.List;

import io.transactionscope.pool.Party;
import io.transactionscope.pool.RemoteCallPolicy;
import io.transactionscope.pool.RemoteCalls;

/**
 * What to do about a call, by the policies of the pools whose connections are held
 * meanwhile.
 */
final class Judgement {

	private Judgement() {
	}

	/**
	 * Let a call be made, or not.
	 * @throws RemoteCallException if it must not be made
	 */
	static void pass(String call, List<RemoteCalls> pools, Collection<? extends Party> callers) {
		pools.forEach((pool) -> {
			if (pool.policy() == RemoteCallPolicy.FAIL) {
				throw new RemoteCallException(pool.objection(call, callers), call);
			}
			if (pool.policy() == RemoteCallPolicy.WARN) {
				pool.warn(call, callers);
			}
		});
	}

}
