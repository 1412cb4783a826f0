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

import java.sql.SQLException;

import javax.sql.DataSource;

import io.transactionscope.ActiveScope;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Bean;
import org.springframework.test.context.bean.override.convention.TestBean;
import org.springframework.test.context.bean.override.mockito.MockitoBean;
import org.springframework.test.context.bean.override.mockito.MockitoSpyBean;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.PlatformTransactionManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.willThrow;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;

/**
 * Tests of an application that put something of their own in the place of its beans,
 * whose methods are annotated.
 */
class BeanOverrideTests {

	@Nested
	@SpringBootTest(classes = Application.class, properties = "spring.datasource.generate-unique-name=true")
	class Mocked {

		@MockitoBean
		private Orders orders;

		@MockitoBean
		private Contract contract;

		@Autowired
		private Client client;

		@Test
		void answersAsItIsTold() {
			given(this.orders.place()).willReturn("mocked");
			given(this.contract.work()).willReturn("mocked, too");
			assertThat(this.client.call()).isEqualTo("mocked mocked, too");
		}

	}

	@Nested
	@SpringBootTest(classes = Application.class, properties = "spring.datasource.generate-unique-name=true")
	@SuppressWarnings("NullAway.Init") // by spring-test
	class Replaced {

		@TestBean
		private Orders orders;

		@TestBean
		private Contract contract;

		@Autowired
		private Client client;

		static Orders orders() {
			return new Orders() {

				@Override
				public String place() {
					return "replaced";
				}

			};
		}

		static Contract contract() {
			return () -> "replaced, too";
		}

		@Test
		void isWhatTheTestHasMade() {
			assertThat(this.client).isEqualTo(new Client(this.orders, this.contract));
			assertThat(this.client.call()).isEqualTo("replaced replaced, too");
		}

	}

	@Nested
	@SpringBootTest(classes = Application.class, properties = "spring.datasource.generate-unique-name=true")
	class Spied {

		@MockitoSpyBean
		private Orders orders;

		@Autowired
		private Client client;

		@Test
		void t9RunsInItsScope() {
			assertThat(this.client.call()).isEqualTo("Orders.place Contract.work");
			verify(this.orders).place();
		}

	}

	@Nested
	@SpringBootTest(classes = Application.class, properties = "spring.datasource.generate-unique-name=true")
	class SpiedPool {

		@MockitoSpyBean
		private DataSource dataSource;

		@Autowired
		private Client client;

		@Test
		void doesWhatItIsTold() throws SQLException {
			willThrow(new SQLException("down")).given(this.dataSource).getConnection();
			assertThatExceptionOfType(CannotCreateTransactionException.class).isThrownBy(this.client::call)
				.withRootCauseInstanceOf(SQLException.class)
				.havingRootCause()
				.withMessage("down");
		}

	}

	/** As where a test has no part of the starter. */
	@Nested
	@SpringBootTest(classes = Application.class,
			properties = { "spring.datasource.generate-unique-name=true", "transaction-scope.enabled=false" })
	@SuppressWarnings("NullAway.Init") // by spring-test
	class WithoutScopes {

		@MockitoBean
		private Orders orders;

		@TestBean
		private Contract contract;

		@Autowired
		private Client client;

		static Contract contract() {
			return () -> "replaced";
		}

		@Test
		void needsNone() {
			given(this.orders.place()).willReturn("mocked");
			assertThat(this.client).isEqualTo(new Client(this.orders, this.contract));
			assertThat(this.client.call()).isEqualTo("mocked replaced");
		}

	}

	@Nested
	@SpringBootTest(classes = Application.class, properties = "spring.datasource.generate-unique-name=true")
	class WithAMockedManager {

		@MockitoBean
		private PlatformTransactionManager manager;

		@Autowired
		private Client client;

		@Test
		void runsScopesOnIt() {
			assertThat(this.client.call()).isEqualTo("Orders.place Contract.work");
			verify(this.manager, times(2)).commit(any());
		}

	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration(exclude = R2dbcAutoConfiguration.class)
	static class Application {

		@Bean
		Orders orders() {
			return new Orders();
		}

		@Bean
		ContractFactory contract() {
			return new ContractFactory();
		}

		@Bean
		Client client(Orders orders, Contract contract) {
			return new Client(orders, contract);
		}

	}

	record Client(Orders orders, Contract contract) {

		String call() {
			return this.orders.place() + " " + this.contract.work();
		}

	}

	static class Orders {

		@ScopedTransaction
		public String place() {
			return ActiveScope.current().name();
		}

	}

	interface Contract {

		@ScopedTransaction
		String work();

	}

	static class ContractFactory implements FactoryBean<Contract> {

		@Override
		public Contract getObject() {
			return () -> ActiveScope.current().name();
		}

		@Override
		public Class<?> getObjectType() {
			return Contract.class;
		}

	}

}
