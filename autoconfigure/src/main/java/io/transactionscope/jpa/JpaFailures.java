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

package io.transactionscope.jpa;

import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.orm.jpa.EntityManagerFactoryUtils;
import org.springframework.util.Assert;

/**
 * What an {@code EntityManager} throws where nothing translates it.
 *
 * @since 0.1.0
 */
public final class JpaFailures {

	private JpaFailures() {
	}

	/**
	 * Return whether it is what Spring would make a {@link ConcurrencyFailureException}
	 * of: a stale version, for instance.
	 * @param failure what was thrown
	 * @return whether another transaction was in the way
	 */
	public static boolean isConcurrency(Throwable failure) {
		Assert.notNull(failure, "'failure' must not be null");
		return failure instanceof RuntimeException runtime && EntityManagerFactoryUtils
			.convertJpaAccessExceptionIfPossible(runtime) instanceof ConcurrencyFailureException;
	}

}
