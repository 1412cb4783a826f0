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

package io.transactionscope.autoconfigure.pool.r2dbc;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.reflect.Field;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.Wrapped;
import io.transactionscope.annotation.TestDoubles;
import io.transactionscope.pool.r2dbc.TrackedR2dbcPool;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.r2dbc.connection.DelegatingConnectionFactory;
import org.springframework.r2dbc.connection.SingleConnectionFactory;
import org.springframework.r2dbc.connection.TransactionAwareConnectionFactoryProxy;
import org.springframework.r2dbc.connection.lookup.AbstractRoutingConnectionFactory;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * What a connection factory leads to: what it wraps, if it tells, and what Spring's
 * router routes to.
 *
 * <p>
 * The targets of a router can be replaced while others borrow, and while it is set up
 * anew: what is replaced is the single target, and only if it still is the one that was
 * looked at.
 */
final class ConnectionFactoryTargets {

	private static final boolean SPRING = ClassUtils.isPresent(
			"org.springframework.r2dbc.connection.DelegatingConnectionFactory",
			ConnectionFactoryTargets.class.getClassLoader());

	/** Nobody wraps as often, but for who wraps himself. */
	private static final int DEEPEST = 32;

	private ConnectionFactoryTargets() {
	}

	/**
	 * Return where a walk through what wraps each other ends: at a pool, at a router, or
	 * at what does not tell what it wraps.
	 * @return the end, which may be the connection factory itself
	 */
	static ConnectionFactory end(ConnectionFactory factory) {
		ConnectionFactory end = factory;
		for (int depth = 0; depth < DEEPEST; depth++) {
			ConnectionFactory next = isEnd(end) ? null : next(end);
			if (next == null) {
				return end;
			}
			end = next;
		}
		return end;
	}

	private static boolean isEnd(ConnectionFactory factory) {
		return factory instanceof TrackedR2dbcPool || factory instanceof ConnectionPool
				|| TestDoubles.isMockOrSpy(factory) || routes(factory);
	}

	private static @Nullable ConnectionFactory next(ConnectionFactory factory) {
		try {
			if (AopProxyUtils.getSingletonTarget(factory) instanceof ConnectionFactory target) {
				return target;
			}
			return (factory instanceof Wrapped<?> wrapped && wrapped.unwrap() instanceof ConnectionFactory target)
					? target : null;
		}
		catch (RuntimeException ex) {
			// It does not know as yet, or does not say.
			return null;
		}
	}

	/**
	 * Return whether what a connection factory leads to changes while the application
	 * runs.
	 */
	static boolean routes(ConnectionFactory factory) {
		return SPRING && Spring.router(factory) != null;
	}

	/**
	 * Return whether a borrow from a connection factory, or from what it wraps, may be
	 * none from the pool at the end: in a transaction, which has a connection, or where
	 * one connection is lent again and again.
	 */
	static boolean keepsConnections(ConnectionFactory factory) {
		ConnectionFactory each = factory;
		for (int depth = 0; depth < DEEPEST; depth++) {
			if (SPRING && Spring.keepsConnections(each)) {
				return true;
			}
			ConnectionFactory next = isEnd(each) ? null : next(each);
			if (next == null) {
				return false;
			}
			each = next;
		}
		return true;
	}

	/**
	 * Return what one of Spring's own that does nothing but delegate delegates to.
	 * @return what it delegates to, {@code null} if it is something else
	 */
	static @Nullable ConnectionFactory delegate(ConnectionFactory factory) {
		return SPRING ? Spring.delegate(factory) : null;
	}

	/**
	 * Return one of the same class that delegates to something else.
	 */
	static ConnectionFactory delegating(ConnectionFactory factory, ConnectionFactory delegate) {
		return Spring.delegating(factory, delegate);
	}

	/**
	 * Return what a router leads to.
	 * @return each of them by its name, that of its key
	 */
	static Map<String, ConnectionFactory> targets(ConnectionFactory router) {
		return SPRING ? Spring.targets(router) : Map.of();
	}

	/**
	 * Have a router lead to others.
	 * @param replacement returns for each target and its name what is to be in its place,
	 * which may be itself
	 */
	static void replace(ConnectionFactory router,
			BiFunction<ConnectionFactory, String, ConnectionFactory> replacement) {
		if (SPRING) {
			Spring.replace(router, replacement);
		}
	}

	/**
	 * Is loaded where Spring's R2DBC is there.
	 */
	private static final class Spring {

		private static final String FALLBACK_NAME = "default";

		private static final @Nullable Field RESOLVED = resolved();

		private static final @Nullable VarHandle FALLBACK = fallback();

		private Spring() {
		}

		/** A proxy has the fields of what it stands for, and nothing in them. */
		static @Nullable AbstractRoutingConnectionFactory router(ConnectionFactory factory) {
			Object target = AopProxyUtils.getSingletonTarget(factory);
			Object itself = (target != null) ? target : factory;
			return (itself instanceof AbstractRoutingConnectionFactory router) ? router : null;
		}

		static boolean keepsConnections(ConnectionFactory factory) {
			return factory instanceof SingleConnectionFactory
					|| factory instanceof TransactionAwareConnectionFactoryProxy;
		}

		static @Nullable ConnectionFactory delegate(ConnectionFactory factory) {
			Class<?> type = factory.getClass();
			boolean known = type == DelegatingConnectionFactory.class
					|| type == TransactionAwareConnectionFactoryProxy.class;
			return known ? ((DelegatingConnectionFactory) factory).getTargetConnectionFactory() : null;
		}

		static ConnectionFactory delegating(ConnectionFactory factory, ConnectionFactory delegate) {
			return (factory instanceof TransactionAwareConnectionFactoryProxy)
					? new TransactionAwareConnectionFactoryProxy(delegate) : new DelegatingConnectionFactory(delegate);
		}

		static Map<String, ConnectionFactory> targets(ConnectionFactory router) {
			Map<String, ConnectionFactory> targets = new LinkedHashMap<>();
			replace(router, (target, name) -> {
				targets.put(name, target);
				return target;
			});
			return targets;
		}

		@SuppressWarnings("unchecked")
		static void replace(ConnectionFactory factory,
				BiFunction<ConnectionFactory, String, ConnectionFactory> replacement) {
			AbstractRoutingConnectionFactory router = router(factory);
			if (router == null || RESOLVED == null || FALLBACK == null) {
				return;
			}
			if (ReflectionUtils.getField(RESOLVED, router) instanceof Map<?, ?> targets) {
				replaceAll((Map<Object, ConnectionFactory>) targets, replacement);
			}
			ConnectionFactory target = (ConnectionFactory) FALLBACK.getVolatile(router);
			ConnectionFactory other = (target != null) ? replacement.apply(target, FALLBACK_NAME) : null;
			if (other != target) {
				FALLBACK.compareAndSet(router, target, other);
			}
		}

		/** Writes nothing where nothing is to be replaced: others read at each borrow. */
		private static void replaceAll(Map<Object, ConnectionFactory> targets,
				BiFunction<ConnectionFactory, String, ConnectionFactory> replacement) {
			targets.forEach((key, target) -> {
				ConnectionFactory other = replacement.apply(target, Objects.toString(key));
				if (other != target) {
					targets.replace(key, target, other);
				}
			});
		}

		private static @Nullable Field resolved() {
			try {
				Field field = AbstractRoutingConnectionFactory.class.getDeclaredField("resolvedConnectionFactories");
				field.setAccessible(true);
				return field;
			}
			catch (ReflectiveOperationException | RuntimeException ex) {
				// Then its pools have no ledgers, which is said at the start.
				return null;
			}
		}

		private static @Nullable VarHandle fallback() {
			try {
				return MethodHandles.privateLookupIn(AbstractRoutingConnectionFactory.class, MethodHandles.lookup())
					.findVarHandle(AbstractRoutingConnectionFactory.class, "resolvedDefaultConnectionFactory",
							ConnectionFactory.class);
			}
			catch (ReflectiveOperationException | RuntimeException ex) {
				// As above.
				return null;
			}
		}

	}

}
