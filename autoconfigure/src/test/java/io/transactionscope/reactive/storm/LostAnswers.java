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

package io.transactionscope.reactive.storm;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/**
 * Connections on which each COMMIT is done, and its answer is lost.
 *
 * @param driver makes them
 */
record LostAnswers(ConnectionFactory driver) implements ConnectionFactory {

	private static final String CONNECTION_FAILURE = "08006";

	@Override
	public Publisher<? extends Connection> create() {
		return Mono.from(this.driver.create()).map(LostAnswers::losing);
	}

	private static Connection losing(Connection connection) {
		return (Connection) Proxy.newProxyInstance(LostAnswers.class.getClassLoader(),
				new Class<?>[] { Connection.class }, (proxy, method, arguments) -> {
					try {
						Object answer = method.invoke(connection, arguments);
						return method.getName().equals("commitTransaction") ? Mono.from((Publisher<?>) answer)
							.then(Mono
								.error(new R2dbcNonTransientResourceException("The link is lost", CONNECTION_FAILURE)))
								: answer;
					}
					catch (InvocationTargetException ex) {
						throw ex.getTargetException();
					}
				});
	}

	@Override
	public ConnectionFactoryMetadata getMetadata() {
		return this.driver.getMetadata();
	}

}
