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

package io.transactionscope.annotation;

import java.util.List;

import io.transactionscope.resource.Decorator;
import io.transactionscope.resource.Decorator.CheckedRunnable;
import io.transactionscope.resource.Decorator.CheckedSupplier;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.failure.Failures;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

/**
 * Runs a method inside of several resources, the first of which is outermost.
 */
final class Inside {

	private Inside() {
	}

	static void run(List<Decorator> resources, CheckedRunnable<Throwable> body) throws Throwable {
		if (resources.isEmpty()) {
			body.run();
			return;
		}
		CheckedRunnable<Throwable> inner = () -> run(resources.subList(1, resources.size()), body);
		if (resources.get(0) instanceof Resource<?> resource) {
			ResourceScope.<Throwable>run((scope) -> {
				scope.enter(resource);
				try {
					inner.run();
				}
				catch (CommitFailedException ex) {
					throw release(scope, ex);
				}
			});
		}
		else {
			resources.get(0).runInside(inner);
		}
	}

	static <R extends @Nullable Object> R call(List<Decorator> resources, CheckedSupplier<R, Throwable> body)
			throws Throwable {
		if (resources.isEmpty()) {
			return body.get();
		}
		CheckedSupplier<R, Throwable> inner = () -> call(resources.subList(1, resources.size()), body);
		if (resources.get(0) instanceof Resource<?> resource) {
			return ResourceScope.<R, Throwable>call((scope) -> {
				scope.enter(resource);
				try {
					return inner.get();
				}
				catch (CommitFailedException ex) {
					throw release(scope, ex);
				}
			});
		}
		return resources.get(0).callInside(inner);
	}

	/**
	 * Release at once what would not be told of the doubt at the end of its scope.
	 */
	private static CommitFailedException release(ResourceScope scope, CommitFailedException failure) {
		if (failure.outcome() == TransactionOutcome.UNKNOWN) {
			Failures.suppressAll(failure, scope.end(Outcome.unknown(failure)));
		}
		return failure;
	}

}
