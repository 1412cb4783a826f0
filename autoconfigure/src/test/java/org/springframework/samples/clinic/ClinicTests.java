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

package org.springframework.samples.clinic;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;

import javax.sql.DataSource;

import io.transactionscope.annotation.InvalidAnnotatedMethodException;
import io.transactionscope.annotation.ScopedTransaction;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.pool.PoolExhaustedException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurationPackage;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.datasource.DelegatingDataSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * An application whose code is where Spring's own is, as that of Spring's samples, or of
 * Apache's services where their libraries are.
 */
@ExtendWith(OutputCaptureExtension.class)
@Tag("once")
class ClinicTests {

	@Test
	void isToldFromSpringInReports() throws Exception {
		try (ConfigurableApplicationContext context = start(Visits.class)) {
			Visits visits = context.getBean(Visits.class);
			FutureTask<Void> keeping = new FutureTask<>(visits::keep);
			new Thread(keeping, "keeping").start();
			visits.held.await();
			assertThatExceptionOfType(PoolExhaustedException.class).isThrownBy(visits::ask)
				.satisfies((failure) -> assertThat(failure.report().text()).contains(
						"No connection for code outside of any scope, at " + Visits.class.getName() + ".ask(",
						"      at " + Visits.class.getName() + ".keep("));
			visits.end.countDown();
			keeping.get();
		}
	}

	@Test
	void doesNotStartWithAMethodThatWouldRunWithoutItsScope() {
		assertThatExceptionOfType(InvalidAnnotatedMethodException.class).isThrownBy(() -> start(PrivateVisits.class))
			.withMessageContaining("is private: no proxy can run it in its scope");
	}

	@Test
	void isLookedThroughForCallsPastTheProxy(CapturedOutput output) {
		start(OwnVisits.class, "transaction-scope.lint.self-invocation=warn").close();
		assertThat(output).contains("OwnVisits.all() calls its own save() past the proxy");
	}

	@Test
	void decidesByItselfWhereItsDataSourceLeads() {
		new ApplicationContextRunner().withUserConfiguration(Entrance.class)
			.withConfiguration(AutoConfigurations.of(PoolAutoConfiguration.class))
			.withBean("wards", DataSource.class, Wards::new)
			.run((context) -> assertThat(context).hasNotFailed().getBean("wards").isExactlyInstanceOf(Wards.class));
	}

	private static ConfigurableApplicationContext start(Class<?> visits, String... properties) {
		List<String> arguments = new ArrayList<>(List.of("--spring.datasource.url=jdbc:h2:mem:" + UUID.randomUUID(),
				"--spring.datasource.hikari.maximum-pool-size=1",
				"--spring.datasource.hikari.connection-timeout=1000"));
		List.of(properties).forEach((each) -> arguments.add("--" + each));
		return new SpringApplicationBuilder(Clinic.class, visits).web(WebApplicationType.NONE)
			.run(arguments.toArray(String[]::new));
	}

	@SpringBootApplication(scanBasePackages = "none",
			excludeName = "org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration")
	static class Clinic {

	}

	@AutoConfigurationPackage
	static class Entrance {

	}

	static class Visits {

		final CountDownLatch held = new CountDownLatch(1);

		final CountDownLatch end = new CountDownLatch(1);

		private final DataSource dataSource;

		Visits(DataSource dataSource) {
			this.dataSource = dataSource;
		}

		void ask() throws SQLException {
			this.dataSource.getConnection().close();
		}

		@Nullable Void keep() throws Exception {
			try (Connection connection = this.dataSource.getConnection()) {
				connection.isReadOnly();
				this.held.countDown();
				this.end.await();
				return null;
			}
		}

	}

	@SuppressWarnings("UnusedMethod")
	static class PrivateVisits {

		@ScopedTransaction
		private void save() {
		}

	}

	static class OwnVisits {

		public void all() {
			save();
		}

		@ScopedTransaction
		public void save() {
			all();
		}

	}

	static class Wards extends DelegatingDataSource {

		@Override
		public DataSource getTargetDataSource() {
			throw new IllegalStateException("Nobody is on a ward");
		}

		@Override
		public void afterPropertiesSet() {
		}

	}

}
