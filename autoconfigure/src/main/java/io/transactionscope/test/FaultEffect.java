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

import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * What becomes of a call to a database.
 */
@FunctionalInterface
interface FaultEffect {

	/**
	 * Happen, and do what was asked for, or not.
	 * @param moment where the call is
	 * @param call what was asked for
	 * @return what the call returns
	 */
	@Nullable Object strike(Moment moment, Call call) throws Throwable;

	/**
	 * Fail instead of doing it.
	 */
	static FaultEffect instead(Supplier<? extends Throwable> failure) {
		return (moment, call) -> {
			throw moment.failing(failure.get());
		};
	}

	/**
	 * Do it, and fail then.
	 */
	static FaultEffect afterwards(Supplier<? extends Throwable> failure) {
		return (moment, call) -> {
			// Nobody else is going to close what nobody is given.
			if (call.proceed() instanceof AutoCloseable made) {
				made.close();
			}
			throw moment.failing(failure.get());
		};
	}

	/**
	 * Let something else happen before.
	 */
	static FaultEffect before(FaultPoint.Action action) {
		return (moment, call) -> {
			action.run();
			return call.proceed();
		};
	}

	/**
	 * What was asked for.
	 */
	@FunctionalInterface
	interface Call {

		@Nullable Object proceed() throws Throwable;

	}

}
