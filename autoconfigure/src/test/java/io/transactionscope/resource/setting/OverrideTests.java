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

package io.transactionscope.resource.setting;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.math.MathContext;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.Resources;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.MDC;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What CPython's suite checks of {@code redirect_stdout} and {@code nullcontext}, for all
 * scoped overrides in {@link Resources}.
 */
@DisplayName("redirect, nullcontext and other overrides")
class OverrideTests {

	private static final ThreadLocal<String> THREAD_LOCAL = ThreadLocal.withInitial(() -> "initial");

	private static final AtomicReference<String> SETTING = new AtomicReference<>("initial");

	@AfterEach
	void clear() {
		THREAD_LOCAL.remove();
	}

	static Stream<Arguments> overrides() {
		PrintStream one = new PrintStream(new ByteArrayOutputStream());
		PrintStream two = new PrintStream(new ByteArrayOutputStream());
		return Stream.of(
				override("any setting", SETTING::get, SettingResources.override(SETTING::get, SETTING::set, "one"),
						"one", SettingResources.override(SETTING::get, SETTING::set, "two"), "two"),
				override("ThreadLocal", THREAD_LOCAL::get, SettingResources.threadLocal(THREAD_LOCAL, "one"), "one",
						SettingResources.threadLocal(THREAD_LOCAL, "two"), "two"),
				override("MDC entry", () -> MDC.get("key"), SettingResources.mdc("key", "one"), "one",
						SettingResources.mdc("key", "two"), "two"),
				override("system property", () -> System.getProperty("scope.test"),
						SettingResources.systemProperty("scope.test", "one"), "one",
						SettingResources.systemProperty("scope.test", "two"), "two"),
				override("Locale", Locale::getDefault, SettingResources.locale(Locale.ITALY), Locale.ITALY,
						SettingResources.locale(Locale.JAPAN), Locale.JAPAN),
				override("MathContext", MathContextHolder::get, SettingResources.mathContext(MathContext.DECIMAL32),
						MathContext.DECIMAL32, SettingResources.mathContext(MathContext.DECIMAL64),
						MathContext.DECIMAL64),
				override("standard output", () -> System.out, SettingResources.standardOutput(one), one,
						SettingResources.standardOutput(two), two),
				override("standard error", () -> System.err, SettingResources.standardError(one), one,
						SettingResources.standardError(two), two));
	}

	private static Arguments override(String name, Supplier<@Nullable Object> current, Resource<?> one, Object first,
			Resource<?> two, Object second) {
		return Arguments.of(name, current, one, first, two, second);
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("overrides")
	@DisplayName("nothing happens at construction; set, then restore the previous value")
	void setsAndRestores(String name, Supplier<Object> current, Resource<?> one, Object first) {
		Object before = current.get();
		assertThat(before).isNotEqualTo(first);
		Object value = ResourceScope.<Object, RuntimeException>call((scope) -> {
			Object entered = scope.enter(one);
			assertThat(current.get()).isEqualTo(first);
			return entered;
		});
		assertThat(value).isEqualTo(first);
		assertThat(current.get()).isEqualTo(before);
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("overrides")
	@DisplayName("also when nested")
	void setsAndRestoresNested(String name, Supplier<Object> current, Resource<?> one, Object first, Resource<?> two,
			Object second) {
		Object before = current.get();
		ResourceScope.run((outer) -> {
			outer.enter(one);
			ResourceScope.run((inner) -> {
				inner.enter(two);
				assertThat(current.get()).isEqualTo(second);
			});
			assertThat(current.get()).isEqualTo(first);
		});
		assertThat(current.get()).isEqualTo(before);
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("overrides")
	@DisplayName("reusable and reentrant")
	void mayBeEnteredAgainInside(String name, Supplier<Object> current, Resource<?> one, Object first, Resource<?> two,
			Object second) {
		Object before = current.get();
		ResourceScope.run((scope) -> {
			scope.enter(one);
			scope.enter(two);
			scope.enter(one);
			assertThat(current.get()).isEqualTo(first);
			scope.defer(() -> assertThat(current.get()).isEqualTo(first));
		});
		assertThat(current.get()).isEqualTo(before);
		ResourceScope.run((scope) -> {
			scope.enter(one);
			assertThat(current.get()).isEqualTo(first);
		});
		assertThat(current.get()).isEqualTo(before);
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("overrides")
	@DisplayName("restored after a failure")
	void restoresAfterAFailure(String name, Supplier<Object> current, Resource<?> one) {
		Object before = current.get();
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(one);
			throw new IOException("body");
		}));
		assertThat(current.get()).isEqualTo(before);
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("processOverrides")
	@DisplayName("out of order, as on two threads")
	void overridesOfTheProcessMayEndInAnyOrder(String name, Supplier<Object> current, Resource<?> one, Object first,
			Resource<?> two, Object second) {
		Object before = current.get();
		ResourceScope lower = ResourceScope.open();
		lower.enter(one);
		ResourceScope middle = ResourceScope.open();
		middle.enter(two);
		ResourceScope upper = ResourceScope.open();
		upper.enter(one);
		middle.close();
		assertThat(current.get()).isEqualTo(first);
		lower.close();
		assertThat(current.get()).isEqualTo(first);
		upper.close();
		assertThat(current.get()).isEqualTo(before);
	}

	static Stream<Arguments> processOverrides() {
		return overrides()
			.filter((arguments) -> Stream.of("system property", "Locale", "standard output", "standard error")
				.anyMatch(arguments.get()[0]::equals));
	}

	@Test
	@DisplayName("out of order: another setting")
	void overridesOfOtherSettingsAreLeftAlone() {
		ResourceScope one = ResourceScope.open();
		one.enter(SettingResources.systemProperty("scope.one", "value"));
		ResourceScope two = ResourceScope.open();
		two.enter(SettingResources.systemProperty("scope.two", "value"));
		one.close();
		assertThat(System.getProperty("scope.one")).isNull();
		assertThat(System.getProperty("scope.two")).isEqualTo("value");
		two.close();
		assertThat(System.getProperty("scope.two")).isNull();
	}

	@Test
	void threadLocalThatWasNeverSetIsRemoved() {
		AtomicInteger looks = new AtomicInteger();
		ThreadLocal<@Nullable String> never = new ThreadLocal<>() {

			@Override
			protected @Nullable String initialValue() {
				looks.incrementAndGet();
				return null;
			}

		};
		ResourceScope.run((scope) -> scope.enter(SettingResources.threadLocal(never, "value")));
		looks.set(0);
		assertThat(never.get()).isNull();
		assertThat(looks).as("looks of one that has no value").hasValue(1);
	}

	@Test
	@DisplayName("capture")
	void outputIsCapturedAndFlushed() {
		ByteArrayOutputStream captured = new ByteArrayOutputStream();
		PrintStream target = new PrintStream(new java.io.BufferedOutputStream(captured), false);
		ResourceScope.run((scope) -> {
			scope.enter(SettingResources.standardError(target));
			System.err.print("to standard error");
			assertThat(captured.size()).isZero();
		});
		assertThat(captured).hasToString("to standard error");
		assertThat(target.checkError()).isFalse();
	}

	@Test
	void nullRemovesAnMdcEntryAndASystemProperty() {
		MDC.put("key", "before");
		System.setProperty("scope.test", "before");
		try {
			ResourceScope.run((scope) -> {
				scope.enter(SettingResources.mdc("key", null));
				scope.enter(SettingResources.systemProperty("scope.test", null));
				assertThat(MDC.get("key")).isNull();
				assertThat(System.getProperty("scope.test")).isNull();
			});
			assertThat(MDC.get("key")).isEqualTo("before");
			assertThat(System.getProperty("scope.test")).isEqualTo("before");
		}
		finally {
			MDC.remove("key");
			System.clearProperty("scope.test");
		}
	}

	@Test
	void localesForDisplayAndFormattingAreRestoredEachToItsOwn() {
		Locale base = Locale.getDefault();
		Locale display = Locale.getDefault(Locale.Category.DISPLAY);
		Locale format = Locale.getDefault(Locale.Category.FORMAT);
		try {
			Locale.setDefault(Locale.Category.DISPLAY, Locale.CHINA);
			Locale.setDefault(Locale.Category.FORMAT, Locale.KOREA);
			ResourceScope.run((scope) -> {
				scope.enter(SettingResources.locale(Locale.ITALY));
				assertThat(Locale.getDefault(Locale.Category.DISPLAY)).isEqualTo(Locale.ITALY);
				assertThat(Locale.getDefault(Locale.Category.FORMAT)).isEqualTo(Locale.ITALY);
			});
			assertThat(Locale.getDefault()).isEqualTo(base);
			assertThat(Locale.getDefault(Locale.Category.DISPLAY)).isEqualTo(Locale.CHINA);
			assertThat(Locale.getDefault(Locale.Category.FORMAT)).isEqualTo(Locale.KOREA);
		}
		finally {
			Locale.setDefault(base);
			Locale.setDefault(Locale.Category.DISPLAY, display);
			Locale.setDefault(Locale.Category.FORMAT, format);
		}
	}

	@Test
	void settingOfAThreadCannotBeRestoredFromAnother() throws InterruptedException {
		ResourceScope scope = ResourceScope.open();
		scope.enter(SettingResources.threadLocal(THREAD_LOCAL, "one"));
		ResourceScope detached = scope.detach();
		AtomicReference<Throwable> thrown = new AtomicReference<>();
		AtomicReference<String> seen = new AtomicReference<>();
		Thread thread = new Thread(() -> {
			thrown.set(detached.end(Outcome.succeeded()).get(0));
			seen.set(THREAD_LOCAL.get());
		});
		thread.start();
		thread.join();
		assertThat(thrown.get()).isInstanceOf(IllegalStateException.class)
			.hasMessageContaining("A setting of " + Thread.currentThread())
			.hasMessageContaining("end the scope on the thread that entered it");
		assertThat(seen).hasValue("initial");
	}

	@Test
	void mathContextIsDecimal128ByDefault() {
		assertThat(MathContextHolder.get()).isEqualTo(MathContext.DECIMAL128);
	}

	@Test
	@DisplayName("nullcontext: identity of the value")
	void noneYieldsTheVeryValue() {
		Object value = new Object();
		Resource<Object> none = Resources.none(value);
		ResourceScope.run((scope) -> {
			assertThat(scope.enter(none)).isSameAs(value);
			assertThat(scope.enter(none)).isSameAs(value);
		});
	}

}
