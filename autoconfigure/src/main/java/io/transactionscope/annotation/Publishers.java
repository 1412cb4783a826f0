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

import java.lang.reflect.Method;

import org.jspecify.annotations.Nullable;

import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.ResolvableType;
import org.springframework.util.ClassUtils;

/**
 * Methods that return what begins when it is subscribed to: their scope is that of the
 * subscription, and not of the call. It loads nothing of Reactor where that is not there.
 */
final class Publishers {

	private static final boolean REACTOR = ClassUtils.isPresent("reactor.core.publisher.Mono",
			Publishers.class.getClassLoader());

	private Publishers() {
	}

	static boolean isReturnedBy(Method method, Class<?> targetClass) {
		return adapter(method, targetClass) != null;
	}

	/**
	 * What makes it a publisher of Reactor's and back; {@code null} if there is nothing
	 * of the kind.
	 */
	static @Nullable ReactiveAdapter adapter(Method method, Class<?> targetClass) {
		Class<?> type = returnType(method, targetClass);
		// Kotlin's, which has a context of its own, stays with what is refused.
		if (!REACTOR || type == void.class || type.getName().startsWith("kotlinx.")) {
			return null;
		}
		ReactiveAdapter adapter = ReactiveAdapterRegistry.getSharedInstance().getAdapter(type);
		// A future has begun already, and of a subtype it would be no longer one.
		return (adapter != null && adapter.getDescriptor().isDeferred()
				&& type.isAssignableFrom(adapter.getReactiveType())) ? adapter : null;
	}

	static Class<?> returnType(Method method, Class<?> targetClass) {
		return ResolvableType.forMethodReturnType(method, targetClass).resolve(method.getReturnType());
	}

}
