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

import java.lang.reflect.Method;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.annotation.TestDoubles;
import io.transactionscope.autoconfigure.pool.PoolProperties;
import io.transactionscope.autoconfigure.pool.RouterWatch;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.r2dbc.TrackedConnectionFactory;
import io.transactionscope.pool.r2dbc.TrackedConnectionPool;
import io.transactionscope.pool.r2dbc.TrackedR2dbcPool;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.scope.ScopedObject;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.config.DestructionAwareBeanPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.core.Ordered;

/**
 * Puts a {@link TrackedConnectionPool} in the place of each pool of {@code r2dbc-pool},
 * and a {@link TrackedConnectionFactory} in front of each bean that is none but leads to
 * one. The ledger is open as long as the pool's bean lives, and no longer than the
 * context. It is named after the bean, as Boot's meters are.
 *
 * <p>
 * Other connection factories stay as they are. So do pools in a scope of their own, which
 * are replaced behind their proxy, those that a test has mocked or spies on, which it
 * tells what to do, and what the application may ask for by a class that nothing else can
 * be of.
 */
class TrackedConnectionPoolBeanPostProcessor implements DestructionAwareBeanPostProcessor, DisposableBean, Ordered {

	private final Map<Object, TrackedConnectionPool> tracked = new ConcurrentHashMap<>();

	private final Set<String> made = ConcurrentHashMap.newKeySet();

	/** Why pools have none although they could. Guarded by itself. */
	private final Map<ConnectionFactory, String> left = new WeakHashMap<>();

	/** By what those that a router leads to are named. Guarded by itself. */
	private final Map<ConnectionFactory, String> routerNames = new WeakHashMap<>();

	/** Where they are entered, which may be gone before them. */
	private volatile @Nullable PoolLedgers open;

	private final ConnectionFactories kind;

	private final RouterWatch<ConnectionFactory> routers;

	private final ConfigurableListableBeanFactory beanFactory;

	private final ObjectProvider<PoolLedgers> ledgers;

	private final ObjectProvider<PoolProperties> properties;

	TrackedConnectionPoolBeanPostProcessor(ConfigurableListableBeanFactory beanFactory,
			ObjectProvider<PoolLedgers> ledgers, ObjectProvider<PoolProperties> properties) {
		this.beanFactory = beanFactory;
		this.ledgers = ledgers;
		this.properties = properties;
		this.kind = new ConnectionFactories(beanFactory, this);
		this.routers = new RouterWatch<>(this.kind, this::watchTargets);
	}

	@Override
	public int getOrder() {
		return -100;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (!(bean instanceof ConnectionFactory factory)) {
			return bean;
		}
		this.made.add(beanName);
		if (bean instanceof ScopedObject || ScopedProxyUtils.isScopedTarget(beanName)) {
			return bean;
		}
		return mayBeReplaced(factory, beanName) ? watched(factory, beanName) : bean;
	}

	/**
	 * Return whether what would be in the place of a bean can be there, whatever the
	 * application asks for the bean by.
	 */
	private boolean mayBeReplaced(ConnectionFactory factory, String beanName) {
		if (factory.getClass() == ConnectionPool.class || ConnectionFactoryTargets.delegate(factory) != null) {
			return true;
		}
		if (!(ConnectionFactoryTargets.end(factory) instanceof ConnectionPool pool)
				|| pool instanceof TrackedR2dbcPool) {
			return true;
		}
		Class<?> front = (factory instanceof ConnectionPool) ? TrackedConnectionPool.class
				: TrackedConnectionFactory.class;
		Class<?> declared = declaredType(beanName);
		if (declared != null && declared.isAssignableFrom(front)) {
			return true;
		}
		leave(pool, "'%s' may be asked for as a %s, which nothing else can be".formatted(beanName,
				((declared != null) ? declared : factory.getClass()).getName()));
		return false;
	}

	private void leave(ConnectionFactory pool, String reason) {
		synchronized (this.left) {
			this.left.put(pool, reason);
		}
	}

	/**
	 * Return why what leads to a pool has been left as it is.
	 */
	@Nullable String reasonToLeave(ConnectionFactory pool) {
		synchronized (this.left) {
			return this.left.get(pool);
		}
	}

	private @Nullable Class<?> declaredType(String beanName) {
		if (this.beanFactory.containsSingleton(beanName)
				&& this.beanFactory.getSingleton(beanName) instanceof FactoryBean<?> factory) {
			Class<?> made = factory.getObjectType();
			return (made != null) ? made : ConnectionFactory.class;
		}
		if (!this.beanFactory.containsBeanDefinition(beanName)) {
			return null;
		}
		BeanDefinition definition = this.beanFactory.getMergedBeanDefinition(beanName);
		Method method = (definition instanceof RootBeanDefinition root) ? root.getResolvedFactoryMethod() : null;
		return (method != null) ? method.getReturnType() : definition.getResolvableType().resolve();
	}

	/**
	 * Return whether a connection factory of that name has been made since there are
	 * ledgers.
	 */
	boolean hasMade(String beanName) {
		return this.made.contains(beanName);
	}

	/**
	 * Have a ledger kept of each pool that a connection factory is or leads to.
	 * @param name of the bean, or of what it is a target of, and its own there
	 * @return what is to be in its place, which may be itself
	 */
	ConnectionFactory watched(ConnectionFactory factory, String name) {
		if (factory instanceof TrackedR2dbcPool pool) {
			add(pool.ledger());
			return factory;
		}
		if (factory instanceof ConnectionPool pool) {
			TrackedConnectionPool tracked = trackedOf(pool, name);
			return (tracked != null) ? tracked : factory;
		}
		ConnectionFactory delegate = ConnectionFactoryTargets.delegate(factory);
		if (delegate != null) {
			ConnectionFactory watched = watched(delegate, name);
			return (watched != delegate) ? ConnectionFactoryTargets.delegating(factory, watched) : factory;
		}
		ConnectionFactory end = ConnectionFactoryTargets.end(factory);
		if (ConnectionFactoryTargets.routes(end)) {
			follow(end, name);
			return factory;
		}
		if (!(end instanceof ConnectionPool pool) || end instanceof TrackedR2dbcPool) {
			return factory;
		}
		if (ConnectionFactoryTargets.keepsConnections(factory)) {
			leave(pool, "%s lends a connection more than once".formatted(factory.getClass().getName()));
			return factory;
		}
		TrackedConnectionPool tracked = trackedOf(pool, name);
		return (tracked != null) ? new TrackedConnectionFactory(factory, tracked) : factory;
	}

	private void follow(ConnectionFactory router, String name) {
		synchronized (this.routerNames) {
			this.routerNames.putIfAbsent(router, name);
		}
		this.routers.follow(router);
		watchTargets(router);
	}

	private void watchTargets(ConnectionFactory router) {
		String name = nameOf(router);
		ConnectionFactoryTargets.replace(router, (target, key) -> watched(target, "%s:%s".formatted(name, key)));
	}

	private @Nullable String nameOf(ConnectionFactory router) {
		synchronized (this.routerNames) {
			return this.routerNames.get(router);
		}
	}

	private @Nullable TrackedConnectionPool trackedOf(ConnectionPool pool, String name) {
		forgetClosed();
		if (TestDoubles.isMockOrSpy(pool) || pool.isDisposed()) {
			return null;
		}
		// Both may have to be made, on the way to which there may be other pools.
		PoolSettings settings = this.properties.getObject().settings();
		PoolLedgers ledgers = this.ledgers.getObject();
		return this.tracked.computeIfAbsent(pool, (key) -> track(pool, name, settings, ledgers));
	}

	private TrackedConnectionPool track(ConnectionPool pool, String name, PoolSettings settings, PoolLedgers ledgers) {
		synchronized (ledgers) {
			TrackedConnectionPool tracked = TrackedConnectionPool.watch(pool, free(name, ledgers), settings);
			ledgers.add(tracked.ledger());
			this.open = ledgers;
			return tracked;
		}
	}

	/** In another context there may be a bean of the same name. */
	private static String free(String name, PoolLedgers ledgers) {
		Set<String> taken = ledgers.all().stream().map(PoolLedger::pool).collect(Collectors.toSet());
		return Stream
			.concat(Stream.of(name), IntStream.iterate(2, (i) -> i + 1).mapToObj((i) -> "%s-%d".formatted(name, i)))
			.filter((each) -> !taken.contains(each))
			.findFirst()
			.orElseThrow();
	}

	private void add(PoolLedger ledger) {
		this.ledgers.getObject().add(ledger);
	}

	/** Pools of tenants come and go while the context lives. */
	private void forgetClosed() {
		this.tracked.values().removeIf((pool) -> {
			boolean closed = pool.isDisposed();
			if (closed) {
				close(pool);
			}
			return closed;
		});
	}

	/**
	 * Return the pools that ledgers are kept of here, and in no other context.
	 */
	Stream<TrackedConnectionPool> pools() {
		return this.tracked.values().stream();
	}

	/**
	 * Return what is known of the pools here.
	 */
	ConnectionFactories kind() {
		return this.kind;
	}

	/**
	 * Return what follows the routers that have been met.
	 */
	RouterWatch<ConnectionFactory> routers() {
		return this.routers;
	}

	@Override
	public boolean requiresDestruction(Object bean) {
		return this.tracked.containsKey(bean);
	}

	@Override
	public void postProcessBeforeDestruction(Object bean, String beanName) {
		TrackedConnectionPool pool = this.tracked.remove(bean);
		if (pool != null) {
			close(pool);
		}
	}

	/**
	 * End what is left: nobody tells of the end of a pool that is no bean.
	 */
	@Override
	public void destroy() {
		this.routers.close();
		this.tracked.values().forEach(this::close);
		this.tracked.clear();
	}

	/** Whoever has made the pool may have others go on using it. */
	private void close(TrackedConnectionPool pool) {
		pool.ledger().close();
		PoolLedgers open = this.open;
		if (open != null) {
			open.remove(pool.ledger());
		}
	}

}
