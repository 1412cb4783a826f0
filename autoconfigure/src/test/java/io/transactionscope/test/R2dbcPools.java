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

import io.r2dbc.pool.ConnectionPool;

/**
 * Ends pools of R2DBC connections.
 */
public final class R2dbcPools {

	private R2dbcPools() {
	}

	/**
	 * Disposes of a pool, also where a thread that gave a connection back has not yet
	 * left it: {@code SimpleDequePool.maybeRecycleAndDrain} tells of the return first and
	 * then looks whether the pool is disposed of. If the one that was told has used the
	 * connection again and disposed of the pool by then, both return its permit, and the
	 * second is refused: "Too many permits returned". Nothing has come of it but this.
	 */
	public static void dispose(ConnectionPool pool) {
		try {
			pool.dispose();
		}
		catch (IllegalArgumentException ex) {
			if (!String.valueOf(ex.getMessage()).startsWith("Too many permits returned")) {
				throw ex;
			}
		}
	}

}
