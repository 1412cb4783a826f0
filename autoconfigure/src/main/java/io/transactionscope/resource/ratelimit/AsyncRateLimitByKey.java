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

package io.transactionscope.resource.ratelimit;

import java.time.Duration;

import io.transactionscope.resource.async.AsyncResource;

/**
 * A rate limit for each key, such as a user or a client, to be entered in an asynchronous
 * scope.
 *
 * @param <K> the type of the keys
 * @since 0.1.0
 */
@FunctionalInterface
public interface AsyncRateLimitByKey<K> {

	/**
	 * Return the limit of one key. It need not be kept: that of an equal key counts the
	 * same entries.
	 * @param key the key, whose text stands in the error
	 * @return a resource whose entry fails with a
	 * {@link io.transactionscope.resource.ResourceUnavailableException} if the key may
	 * not enter in the time that is allowed for the wait; its value is how long the entry
	 * waited
	 */
	AsyncResource<Duration> of(K key);

}
