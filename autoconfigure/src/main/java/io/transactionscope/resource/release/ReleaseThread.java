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

package io.transactionscope.resource.release;

/**
 * Runs a release on another thread than the scope's.
 *
 * @since 0.1.0
 */
public interface ReleaseThread {

	/**
	 * Run a release.
	 * @param resource the name of what is released
	 * @param release releases it, at its first call only
	 * @throws Exception what the release has thrown, or why it has not ended; anything
	 * else if it could not begin
	 */
	void run(String resource, AutoCloseable release) throws Exception;

}
