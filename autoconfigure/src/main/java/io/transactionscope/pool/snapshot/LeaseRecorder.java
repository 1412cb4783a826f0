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

/**
 * Is told how long each wait and each lease of a pool was, by the thread that has waited
 * or gives the connection back: for who counts them in a histogram. What it throws
 * reaches nobody.
 *
 * @since 0.1.0
 */
public interface LeaseRecorder {

	/**
	 * Take notice of the end of a wait, be it with a connection or without one.
	 * @param scope the name of the scope, as the ledger counts it
	 * @param waited how long it was, in nanoseconds
	 */
	void waitEnds(String scope, long waited);

	/**
	 * Take notice of the end of a lease.
	 * @param scope the name of the scope, as the ledger counts it
	 * @param held how long it was, in nanoseconds
	 * @param busy how much of that was work for the database
	 */
	void leaseEnds(String scope, long held, long busy);

}
