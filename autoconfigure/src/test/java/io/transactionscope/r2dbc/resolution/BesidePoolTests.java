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

package io.transactionscope.r2dbc.resolution;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryOptions;
import io.transactionscope.test.R2dbcPools;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.r2dbc.OptionsCapableConnectionFactory;
import org.springframework.r2dbc.connection.DelegatingConnectionFactory;
import org.springframework.r2dbc.connection.TransactionAwareConnectionFactoryProxy;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Where a connection is opened outside of its pool.
 */
class BesidePoolTests {

	private final ConnectionFactory driver = ConnectionFactories.get("r2dbc:h2:mem:///beside");

	private final ConnectionPool pool = new ConnectionPool(
			ConnectionPoolConfiguration.builder(this.driver).initialSize(0).build());

	@AfterEach
	void disposesOfThePool() {
		R2dbcPools.dispose(this.pool);
	}

	@Test
	void itIsWhereThePoolOpensIts() {
		assertThat(BesidePool.of(this.pool)).isSameAs(this.driver);
	}

	@Test
	void itIsFoundBehindWhatWrapsThePool() {
		assertThat(BesidePool.of(new TransactionAwareConnectionFactoryProxy(
				new OptionsCapableConnectionFactory(ConnectionFactoryOptions.builder().build(), this.pool))))
			.isSameAs(this.driver);
	}

	@Test
	void withoutAPoolItIsWhereTheConnectionWasBorrowed() {
		ConnectionFactory delegating = new DelegatingConnectionFactory(this.driver);
		assertThat(BesidePool.of(this.driver)).isSameAs(this.driver);
		assertThat(BesidePool.of(delegating)).isSameAs(delegating);
	}

	@Test
	void whatCannotSayWhatItWrapsIsTakenAsItIs() {
		ConnectionFactory refusing = new DelegatingConnectionFactory(this.driver) {

			@Override
			public ConnectionFactory unwrap() {
				throw new UnsupportedOperationException();
			}

		};
		assertThat(BesidePool.of(refusing)).isSameAs(refusing);
	}

}
