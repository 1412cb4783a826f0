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
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.r2dbc.spi.Wrapped;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/**
 * A pool that tells a subscription's {@link Aim} which moment it has reached. Whoever has
 * none, or counts from its subscription alone, works with the pool itself.
 *
 * @param pool the pool
 */
record ProbedPool(ConnectionFactory pool) implements ConnectionFactory, Wrapped<ConnectionFactory> {

	private static final Map<String, Moment[]> MOMENTS = Map.of("beginTransaction",
			new Moment[] { Moment.BEGIN, Moment.BEGUN }, "commitTransaction",
			new Moment[] { Moment.COMMIT, Moment.COMMITTED }, "rollbackTransaction",
			new Moment[] { Moment.ROLLBACK, Moment.ROLLED_BACK }, "close", new Moment[] { Moment.RELEASE });

	@Override
	public Publisher<? extends Connection> create() {
		return Mono.deferContextual((context) -> {
			Mono<Connection> borrowed = Mono.from(this.pool.create());
			Aim aim = Aim.of(context);
			if (aim == null || aim.moment() == Moment.SUBSCRIBED) {
				return borrowed;
			}
			aim.reached(Moment.QUEUE);
			return borrowed.<Connection>map((connection) -> new Probe(connection, aim).proxy())
				.doOnNext((connection) -> aim.reached(Moment.BORROWED));
		});
	}

	@Override
	public ConnectionFactoryMetadata getMetadata() {
		return this.pool.getMetadata();
	}

	@Override
	public ConnectionFactory unwrap() {
		return this.pool;
	}

	private record Probe(Connection connection, Aim aim) {

		Connection proxy() {
			return (Connection) Proxy.newProxyInstance(Probe.class.getClassLoader(),
					new Class<?>[] { Connection.class, Wrapped.class }, this::invoke);
		}

		private @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
			if (method.getDeclaringClass() == Object.class) {
				return switch (method.getName()) {
					case "equals" -> arguments != null && proxy == arguments[0];
					case "hashCode" -> System.identityHashCode(proxy);
					default -> "probed " + this.connection;
				};
			}
			if (method.getDeclaringClass() == Wrapped.class) {
				return (arguments == null) ? this.connection : unwrap((Class<?>) arguments[0]);
			}
			Object result;
			try {
				result = method.invoke(this.connection, arguments);
			}
			catch (InvocationTargetException ex) {
				throw ex.getTargetException();
			}
			Moment[] moments = MOMENTS.get(method.getName());
			return (moments != null) ? told((Publisher<?>) result, moments) : result;
		}

		private @Nullable Object unwrap(Class<?> type) {
			if (type.isInstance(this.connection)) {
				return this.connection;
			}
			return (this.connection instanceof Wrapped<?> wrapped) ? wrapped.unwrap(type) : null;
		}

		private Mono<?> told(Publisher<?> publisher, Moment[] moments) {
			Mono<?> told = Mono.from(publisher).doFirst(() -> this.aim.reached(moments[0]));
			return (moments.length > 1) ? told.doOnSuccess((none) -> this.aim.reached(moments[1])) : told;
		}

	}

}
