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

import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

import io.transactionscope.resource.file.FileResources;
import io.transactionscope.resource.ratelimit.RateLimitResources;
import io.transactionscope.resource.setting.SettingResources;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Runs the package where there is nothing but the JDK and SLF4J.
 */
class StandaloneTests {

	@Test
	void needsNothingButTheJdkAndSlf4j() throws Exception {
		try (URLClassLoader loader = loader()) {
			assertThat(run(loader, EverythingElse.class)).isEqualTo("done");
			assertThatExceptionOfType(ClassNotFoundException.class)
				.isThrownBy(() -> loader.loadClass("org.springframework.core.env.Environment"));
		}
	}

	@ParameterizedTest
	@ValueSource(classes = { Limited.class, LimitedByKey.class })
	void rateLimitSaysWhichLibraryItNeeds(Class<?> limited) throws Exception {
		try (URLClassLoader loader = loader()) {
			assertThatExceptionOfType(InvocationTargetException.class).isThrownBy(() -> run(loader, limited))
				.satisfies((thrown) -> assertThat(thrown.getCause()).isInstanceOf(IllegalStateException.class)
					.hasMessageContaining("add com.bucket4j:bucket4j_jdk17-core to the dependencies"));
		}
	}

	private static URLClassLoader loader() {
		URL[] urls = Stream.of(ResourceScope.class, StandaloneTests.class, Logger.class)
			.map((type) -> type.getProtectionDomain().getCodeSource().getLocation())
			.toArray(URL[]::new);
		return new URLClassLoader(urls, ClassLoader.getPlatformClassLoader());
	}

	private static Object run(ClassLoader loader, Class<?> type) throws Exception {
		Class<?> loaded = loader.loadClass(type.getName());
		assertThat(loaded).isNotSameAs(type);
		return Callable.class.getMethod("call").invoke(loaded.getConstructor().newInstance());
	}

	/**
	 * Loaded alone, so it may use nothing of the tests.
	 */
	public static final class EverythingElse implements Callable<String> {

		@Override
		public String call() throws Exception {
			Resource<String> resource = Resources.none("of " + Resources.class.getMethods().length)
				.reentrant()
				.map(String::valueOf);
			return SettingResources.systemProperty("scope.standalone", "yes").and(resource).wrap(() -> {
				ResourceScope.run((scope) -> {
					scope.enter(Resources.suppressing(IllegalStateException.class));
					scope.enter(FileResources.tempFile());
					scope.enter(SettingResources.mdc("key", "value"));
					throw new IllegalStateException("suppressed");
				});
				return "done";
			}).call();
		}

	}

	/**
	 * Loaded alone, so it may use nothing of the tests.
	 */
	public static final class Limited implements Callable<Object> {

		@Override
		public Object call() {
			return RateLimitResources.rateLimit(1, Duration.ofSeconds(1), Duration.ZERO);
		}

	}

	/**
	 * Loaded alone, so it may use nothing of the tests.
	 */
	public static final class LimitedByKey implements Callable<Object> {

		@Override
		public Object call() {
			return RateLimitResources.perKey(1, Duration.ofSeconds(1), Duration.ZERO);
		}

	}

}
