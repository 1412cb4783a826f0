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

package io.transactionscope.autoconfigure.reactive;

import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Arrays;
import java.util.regex.Pattern;

import io.transactionscope.ActiveScope;
import io.transactionscope.annotation.ScopedTransaction;
import io.transactionscope.autoconfigure.ScopedTransactionAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionManagerAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionVerifierAutoConfiguration;
import io.transactionscope.autoconfigure.TransactionScopeAutoConfiguration;
import io.transactionscope.autoconfigure.WithResourceAutoConfiguration;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import org.junit.jupiter.api.Test;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * An application whose class path has nothing of Reactor, Reactive Streams and R2DBC.
 */
class WithoutReactorTests {

	private static final Pattern REACTIVE = Pattern.compile("reactor|reactive-streams|r2dbc|blockhound|webflux");

	@Test
	void runsBlockingScopesAsEver() throws Exception {
		try (URLClassLoader bare = new URLClassLoader(classPath(), ClassLoader.getPlatformClassLoader())) {
			assertThatExceptionOfType(ClassNotFoundException.class)
				.isThrownBy(() -> bare.loadClass("org.reactivestreams.Publisher"));
			Thread thread = Thread.currentThread();
			ClassLoader previous = thread.getContextClassLoader();
			thread.setContextClassLoader(bare);
			try {
				assertThat(bare.loadClass(Application.class.getName()).getMethod("work").invoke(null))
					.isEqualTo("Orders.place");
			}
			finally {
				thread.setContextClassLoader(previous);
			}
		}
	}

	private static URL[] classPath() {
		return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
			.map(File::new)
			.filter((file) -> !REACTIVE.matcher(file.getName()).find())
			.map(WithoutReactorTests::url)
			.toArray(URL[]::new);
	}

	private static URL url(File file) {
		try {
			return file.toURI().toURL();
		}
		catch (MalformedURLException ex) {
			throw new IllegalArgumentException(ex);
		}
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ DataSourceAutoConfiguration.class, DataSourceTransactionManagerAutoConfiguration.class,
			TransactionAutoConfiguration.class, PoolAutoConfiguration.class,
			ScopedTransactionManagerAutoConfiguration.class, TransactionScopeAutoConfiguration.class,
			ScopedTransactionAutoConfiguration.class, WithResourceAutoConfiguration.class,
			ScopedTransactionVerifierAutoConfiguration.class, ScopedR2dbcTransactionManagerAutoConfiguration.class,
			ReactiveTransactionScopeAutoConfiguration.class, ReactiveScopedTransactionAutoConfiguration.class })
	public static class Application {

		@Bean
		Orders orders() {
			return new Orders();
		}

		public static String work() throws IOException {
			SpringApplication application = new SpringApplication(Application.class);
			application.setWebApplicationType(WebApplicationType.NONE);
			try (ConfigurableApplicationContext context = application
				.run("--spring.datasource.generate-unique-name=true")) {
				return context.getBean(Orders.class).place();
			}
		}

	}

	static class Orders {

		@ScopedTransaction
		public String place() throws IOException {
			return ActiveScope.current().name();
		}

	}

}
