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

/**
 * What to do when somebody calls elsewhere, such as another service, and holds a
 * connection meanwhile.
 *
 * @since 0.1.0
 */
public enum RemoteCallPolicy {

	/**
	 * Do not look.
	 */
	IGNORE,

	/**
	 * Note how long the call takes, for the diagnosis and for whoever looks at the pool.
	 */
	NOTE,

	/**
	 * Note it, and log it the first time that a scope does so.
	 */
	WARN,

	/**
	 * Fail the call before it is made, as a test wants it.
	 */
	FAIL

}
