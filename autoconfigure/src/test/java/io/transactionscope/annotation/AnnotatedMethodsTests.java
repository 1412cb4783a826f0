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

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aop.support.AopUtils;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link AnnotatedMethods}.
 */
@Tag("once")
class AnnotatedMethodsTests {

	private final AnnotatedMethods<ScopedTransaction> methods = new AnnotatedMethods<>(ScopedTransaction.class);

	static Stream<Class<?>> annotated() {
		return Stream.of(OnMethod.class, OnType.class, InheritedMethod.class, InheritedType.class,
				ByInterfaceMethod.class, ByInterfaceOfInterface.class, ByMetaAnnotation.class, OnPrivateMethod.class,
				OverridesIt.class, Contract.class, proxy().getClass());
	}

	private static Object proxy() {
		return Proxy.newProxyInstance(Contract.class.getClassLoader(), new Class<?>[] { Contract.class },
				(proxy, method, args) -> null);
	}

	@ParameterizedTest
	@MethodSource("annotated")
	void aClassIsLookedAtThatMentionsItAnywhere(Class<?> type) {
		assertThat(this.methods.getClassFilter().matches(type)).isTrue();
	}

	@ParameterizedTest
	@ValueSource(classes = { Plain.class, ArrayList.class, Object.class, Runnable.class, OtherAnnotation.class })
	void aClassIsPassedOverThatMentionsItNowhere(Class<?> type) {
		assertThat(this.methods.getClassFilter().matches(type)).isFalse();
	}

	@ParameterizedTest
	@MethodSource("annotated")
	void noMethodIsPassedOverWithItsClass(Class<?> type) {
		List<Method> found = new ArrayList<>();
		ReflectionUtils.doWithMethods(ClassUtils.getUserClass(type), found::add,
				(method) -> this.methods.matches(method, type));
		assertThat(found).isNotEmpty();
	}

	@Test
	void aClassCanBeAdvisedByWhatItInheritsOnly() {
		assertThat(AopUtils.canApply(this.methods, ByInterfaceOfInterface.class)).isTrue();
		assertThat(AopUtils.canApply(this.methods, Plain.class)).isFalse();
	}

	static class Plain implements Runnable {

		@Override
		public void run() {
		}

	}

	@Deprecated
	static class OtherAnnotation {

		@WithResource("lock")
		void locked() {
		}

	}

	static class OnMethod {

		@ScopedTransaction
		void save() {
		}

	}

	@SuppressWarnings("UnusedMethod")
	static class OnPrivateMethod {

		@ScopedTransaction
		private void save() {
		}

	}

	@ScopedTransaction
	static class OnType {

		void save() {
		}

	}

	static class InheritedMethod extends OnMethod {

	}

	static class OverridesIt extends OnMethod {

		@Override
		void save() {
		}

	}

	static class InheritedType extends OnType {

	}

	interface Contract {

		@ScopedTransaction
		void save();

	}

	interface WiderContract extends Contract {

	}

	static class ByInterfaceMethod implements Contract {

		@Override
		public void save() {
		}

	}

	static class ByInterfaceOfInterface implements WiderContract {

		@Override
		public void save() {
		}

	}

	static class ByMetaAnnotation {

		@Saving
		void save() {
		}

	}

	@ScopedTransaction
	@Retention(RetentionPolicy.RUNTIME)
	@interface Saving {

	}

}
