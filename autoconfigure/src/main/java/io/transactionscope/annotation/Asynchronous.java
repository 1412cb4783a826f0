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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.AsyncAnnotationBeanPostProcessor;

/**
 * Methods that are {@code @Async}, too. There the scope runs inside of the asynchronous
 * call, and the future that the method returns only carries its value out.
 */
final class Asynchronous {

	private Asynchronous() {
	}

	static boolean isAnnotated(Method method, Class<?> targetClass) {
		Method specific = AopUtils.getMostSpecificMethod(method, targetClass);
		return AnnotatedElementUtils.hasAnnotation(specific, Async.class)
				|| AnnotatedElementUtils.hasAnnotation(specific.getDeclaringClass(), Async.class);
	}

	static boolean isEnabled(ListableBeanFactory beanFactory) {
		return beanFactory.getBeanNamesForType(AsyncAnnotationBeanPostProcessor.class, true, false).length > 0;
	}

	/**
	 * Let a future out that is done, with the failure that it carries as the method's.
	 */
	static Done done(@Nullable Object result) throws Throwable {
		if (!(result instanceof Future<?> future)) {
			return new Done(result);
		}
		if (!future.isDone()) {
			throw new IllegalStateException(
					"An @Async method in a scope returned a future that is not done: its work would go on after the end. Wait for it in the method, or do its work there.");
		}
		try {
			future.get();
		}
		catch (ExecutionException ex) {
			throw (ex.getCause() != null) ? ex.getCause() : ex;
		}
		return new Done(result);
	}

	record Done(@Nullable Object result) {
	}

}
