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

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

import org.springframework.util.ReflectionUtils;

/**
 * Makes of an object that has the methods which matter one that has them all: the rest do
 * nothing.
 *
 * @param stub the object
 */
record Stubs(Object stub) implements InvocationHandler {

	private static final Map<Method, Optional<Method>> METHODS = new ConcurrentHashMap<>();

	static <T> T of(Class<T> type, Object stub) {
		return type
			.cast(Proxy.newProxyInstance(Stubs.class.getClassLoader(), new Class<?>[] { type }, new Stubs(stub)));
	}

	static Object behind(Object proxy) {
		return ((Stubs) Proxy.getInvocationHandler(proxy)).stub;
	}

	@Override
	public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] args) throws Throwable {
		if (method.getName().equals("equals")) {
			return args != null && proxy == args[0];
		}
		// One kind of stub is behind each interface.
		Method own = METHODS.computeIfAbsent(method, this::find).orElse(null);
		if (own == null) {
			return nothing(method.getReturnType());
		}
		try {
			return own.invoke(this.stub, args);
		}
		catch (InvocationTargetException ex) {
			throw ex.getTargetException();
		}
	}

	private Optional<Method> find(Method method) {
		Optional<Method> own = Optional
			.ofNullable(ReflectionUtils.findMethod(this.stub.getClass(), method.getName(), method.getParameterTypes()));
		own.ifPresent(ReflectionUtils::makeAccessible);
		return own;
	}

	private static @Nullable Object nothing(Class<?> type) {
		return (type == boolean.class) ? (Object) false : (type == int.class) ? (Object) 0 : null;
	}

}
