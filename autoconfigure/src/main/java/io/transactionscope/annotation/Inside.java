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

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

import io.transactionscope.resource.Decorator;
import io.transactionscope.resource.Decorator.CheckedRunnable;
import io.transactionscope.resource.Decorator.CheckedSupplier;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
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
				scope.unknownWhen(Inside::isInDoubt);
				scope.enter(resource);
				inner.run();
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
				scope.unknownWhen(Inside::isInDoubt);
				scope.enter(resource);
				return inner.get();
			});
		}
		return resources.get(0).callInside(inner);
	}

	/**
	 * Whether it is a COMMIT without an answer, or was thrown because of one.
	 */
	private static boolean isInDoubt(Throwable failure) {
		Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
		for (Throwable each = failure; each != null && seen.add(each); each = each.getCause()) {
			if (each instanceof CommitFailedException failed && failed.outcome() == TransactionOutcome.UNKNOWN) {
				return true;
			}
		}
		return false;
	}

}
