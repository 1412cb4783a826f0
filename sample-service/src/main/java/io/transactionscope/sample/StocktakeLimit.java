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

package io.transactionscope.sample;

import java.time.Duration;
import java.util.concurrent.Semaphore;

import io.transactionscope.resource.Resource;
import io.transactionscope.resource.lock.LockResources;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Keeps stocktakes, which read everything, from taking all connections.
 */
@Configuration(proxyBeanMethods = false)
class StocktakeLimit {

	private static final int AT_ONCE = 2;

	private static final Duration MAX_WAIT = Duration.ofMillis(500);

	@Bean
	Resource<Semaphore> stocktakePermit() {
		return LockResources.permit(new Semaphore(AT_ONCE), MAX_WAIT);
	}

}
