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

package io.transactionscope.resource;

import java.util.Objects;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * The rule that a body's work ends with its block: what a body returns may not be work
 * that goes on, or begins, once the transaction has ended and the resources are released.
 * Futures that are done are refused as well, as nobody can rely on that.
 *
 * <p>
 * This is for those who build scopes of their own on this package, as the transaction
 * scope is.
 *
 * @since 0.1.0
 */
public final class LateWork {

	// By name: most need not be on the class path.
	private static final Set<String> FUTURES = Set.of("java.util.concurrent.Future",
			"java.util.concurrent.CompletionStage", "kotlinx.coroutines.Job");

	private static final Set<String> PUBLISHERS = Set.of("java.util.concurrent.Flow$Publisher",
			"org.reactivestreams.Publisher", "kotlinx.coroutines.flow.Flow");

	private static final Set<String> OTHERS = Set.of("java.util.stream.BaseStream", "kotlin.sequences.Sequence",
			"kotlin.coroutines.intrinsics.CoroutineSingletons");

	private static final ClassValue<Boolean> LATE = new ClassValue<>() {

		@Override
		protected Boolean computeValue(Class<?> type) {
			return isNamed(type, FUTURES) || isNamed(type, PUBLISHERS) || isNamed(type, OTHERS);
		}

	};

	private LateWork() {
	}

	private static boolean isNamed(@Nullable Class<?> type, Set<String> names) {
		if (type == null) {
			return false;
		}
		boolean named = names.contains(type.getName()) || isNamed(type.getSuperclass(), names);
		for (Class<?> each : type.getInterfaces()) {
			named = named || isNamed(each, names);
		}
		return named;
	}

	/**
	 * Return whether values of a type are work that goes on, or begins, after the block.
	 * @param type the type of a result
	 * @return whether it is a future, a publisher, a lazy stream, or one of Kotlin's
	 * equivalents
	 */
	public static boolean isLate(Class<?> type) {
		return LATE.get(type);
	}

	/**
	 * Name the scopes that such work belongs in, as they wait for its end.
	 * @param type the type of a result that {@linkplain #isLate is late}
	 * @return what is to be used, in the middle of a sentence
	 */
	public static String scopeFor(Class<?> type) {
		Objects.requireNonNull(type, "type must not be null");
		if (isNamed(type, PUBLISHERS)) {
			return "ReactiveTransactionScope";
		}
		return isNamed(type, FUTURES) ? "AsyncResourceScope, or TransactionScope.async(executor) for blocking work"
				: "a scope inside that work";
	}

	/**
	 * Refuse such a result.
	 * @param scope what the body ran in, as the subject of a sentence
	 * @param result what the body returned
	 * @throws IllegalStateException if it is such work
	 */
	public static void refuse(String scope, @Nullable Object result) {
		Objects.requireNonNull(scope, "scope must not be null");
		if (result != null && isLate(result.getClass())) {
			throw new IllegalStateException(
					"%s returned %s: its work would go on after the end. Wait for it or collect it in the body and return the value, or use %s."
						.formatted(scope, result.getClass().getName(), scopeFor(result.getClass())));
		}
	}

}
