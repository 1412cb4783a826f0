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

package io.transactionscope.test.spring;

import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Objects;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.autoconfigure.pool.r2dbc.R2dbcPoolAutoConfiguration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.context.TestContextManager;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of applications that leave connections of an R2DBC pool held.
 */
class HeldR2dbcConnectionsTests {

	private final Application test = new Application();

	@AfterEach
	void giveBack() {
		this.test.giveBack();
	}

	@Test
	void failATestThatIsToBeFailed() {
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> run(true))
			.withMessageStartingWith("Application.borrows has left connections held")
			.withMessageContaining("of pool connectionFactory: outside of scopes on subscription ");
	}

	@Test
	void areNotThoseThatWereGivenBack() {
		assertThatCode(() -> run(false)).doesNotThrowAnyException();
	}

	private void run(boolean forgets) throws Exception {
		TestContextManager manager = new TestContextManager(Application.class);
		manager.prepareTestInstance(this.test);
		Method method = Application.class.getDeclaredMethod("borrows");
		manager.beforeTestMethod(this.test, method);
		this.test.borrows();
		if (!forgets) {
			this.test.giveBack();
		}
		manager.afterTestMethod(this.test, method, null);
	}

	@SpringBootTest(classes = Application.Pool.class,
			properties = { "spring.r2dbc.generate-unique-name=true", "spring.r2dbc.pool.initial-size=1",
					"transaction-scope.test.held-connections=fail" })
	@SuppressWarnings("NullAway.Init")
	static class Application {

		private static final Duration SOON = Duration.ofSeconds(10);

		@Autowired
		ConnectionFactory factory;

		private @Nullable Connection held;

		void borrows() {
			this.held = Objects.requireNonNull(Mono.<Connection>from(this.factory.create()).block(SOON));
		}

		void giveBack() {
			if (this.held != null) {
				Mono.from(this.held.close()).block(SOON);
				this.held = null;
			}
		}

		@Configuration(proxyBeanMethods = false)
		@ImportAutoConfiguration({ R2dbcAutoConfiguration.class, PoolAutoConfiguration.class,
				R2dbcPoolAutoConfiguration.class })
		static class Pool {

		}

	}

}
