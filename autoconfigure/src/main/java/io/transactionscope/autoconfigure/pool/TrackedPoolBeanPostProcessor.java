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

package io.transactionscope.autoconfigure.pool;

import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.ProxyConnection;
import io.transactionscope.annotation.TestDoubles;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.pool.tracked.TrackedHikariDataSource;
import io.transactionscope.pool.tracked.TrackedPool;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.AopConfigException;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.scope.ScopedObject;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.target.EmptyTargetSource;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.config.DestructionAwareBeanPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.core.NativeDetector;
import org.springframework.core.Ordered;
import org.springframework.util.ClassUtils;

/**
 * Puts a {@link TrackedPool} in the place of each HikariCP pool, also where no bean is
 * one but leads to it. Its ledger is open as long as the pool's bean lives, and no longer
 * than the context.
 *
 * <p>
 * Its order is negative so that it comes before Boot's wrapper for
 * {@code spring.datasource.connection-fetch=lazy}, which has order 0: outside of that one
 * it would see a connection borrowed when a transaction begins although none is.
 *
 * <p>
 * Other data sources stay as they are. So do pools in a scope of their own, which are
 * replaced behind their proxy, and those that a test has mocked or spies on, which it
 * tells what to do; and pools of a class that nothing can be derived from, where the
 * application may ask for that class.
 */
class TrackedPoolBeanPostProcessor implements DestructionAwareBeanPostProcessor, DisposableBean, Ordered {

	private final Map<Object, TrackedPool> tracked = new ConcurrentHashMap<>();

	private final Set<String> made = ConcurrentHashMap.newKeySet();

	private final UnconnectedPools unconnected = new UnconnectedPools();

	private final DataSources kind;

	private final RouterWatch<DataSource> routers;

	private final ConfigurableListableBeanFactory beanFactory;

	private final ObjectProvider<PoolLedgers> ledgers;

	private final ObjectProvider<PoolProperties> properties;

	TrackedPoolBeanPostProcessor(ConfigurableListableBeanFactory beanFactory, ObjectProvider<PoolLedgers> ledgers,
			ObjectProvider<PoolProperties> properties) {
		this.beanFactory = beanFactory;
		this.ledgers = ledgers;
		this.properties = properties;
		this.kind = new DataSources(beanFactory, this);
		this.routers = new RouterWatch<>(this.kind, (router) -> DataSourceTargets.replace(router, this::watched));
	}

	@Override
	public int getOrder() {
		return -100;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (!(bean instanceof DataSource dataSource)) {
			return bean;
		}
		this.made.add(beanName);
		boolean scoped = bean instanceof ScopedObject || ScopedProxyUtils.isScopedTarget(beanName);
		return (scoped || isAskedForAsItIs(dataSource, beanName)) ? bean : watched(dataSource);
	}

	/**
	 * Return whether the application may ask for a pool by a class that nothing else can
	 * be of.
	 */
	private boolean isAskedForAsItIs(DataSource dataSource, String beanName) {
		if (!(dataSource instanceof HikariDataSource) || dataSource instanceof TrackedPool
				|| DerivedPool.canStandFor(dataSource)) {
			return false;
		}
		if (!this.beanFactory.containsBeanDefinition(beanName)) {
			return true;
		}
		BeanDefinition definition = this.beanFactory.getMergedBeanDefinition(beanName);
		Method method = (definition instanceof RootBeanDefinition root) ? root.getResolvedFactoryMethod() : null;
		Class<?> declared = (method != null) ? method.getReturnType() : definition.getResolvableType().resolve();
		return declared == null || !declared.isAssignableFrom(TrackedDataSource.class);
	}

	/**
	 * Return whether a data source of that name has been made since there are ledgers.
	 */
	boolean hasMade(String beanName) {
		return this.made.contains(beanName);
	}

	/**
	 * Have a ledger kept of each pool that a data source is or leads to.
	 * @return what is to be in its place, which may be itself
	 */
	DataSource watched(DataSource dataSource) {
		if (dataSource instanceof TrackedPool pool) {
			add(pool.ledger());
			return pool;
		}
		if (dataSource instanceof HikariDataSource pool) {
			forgetClosed();
			return (TestDoubles.isMockOrSpy(pool) || pool.isClosed()) ? pool
					: this.tracked.computeIfAbsent(pool, this::track);
		}
		if (DataSourceTargets.routes(dataSource)) {
			this.routers.follow(dataSource);
		}
		DataSourceTargets.replace(dataSource, this::watched);
		return dataSource;
	}

	/**
	 * Return the pools that ledgers are kept of here, and in no other context.
	 */
	Stream<TrackedPool> pools() {
		return this.tracked.values().stream();
	}

	/**
	 * Return what follows the routers that have been met.
	 */
	RouterWatch<DataSource> routers() {
		return this.routers;
	}

	/**
	 * Return what is known of the pools here.
	 */
	DataSources kind() {
		return this.kind;
	}

	/** Pools of tenants come and go while the context lives. */
	private void forgetClosed() {
		this.tracked.values().removeIf((pool) -> {
			boolean closed = pool.ledger().hikari().isClosed();
			if (closed) {
				close(pool);
			}
			return closed;
		});
	}

	private TrackedPool track(Object pool) {
		TrackedPool tracked = TrackedHikariDataSource.inPlaceOf((HikariDataSource) pool,
				this.properties.getObject().settings());
		add(tracked.ledger());
		return (tracked instanceof TrackedDataSource front) ? DerivedPool.of(front) : tracked;
	}

	private void add(PoolLedger ledger) {
		if (!ledger.hikari().isClosed()) {
			this.ledgers.getObject().add(ledger);
		}
	}

	@Override
	public boolean requiresDestruction(Object bean) {
		return this.tracked.containsKey(bean);
	}

	@Override
	public void postProcessBeforeDestruction(Object bean, String beanName) {
		TrackedPool dataSource = this.tracked.remove(bean);
		if (dataSource != null) {
			close(dataSource);
		}
	}

	/**
	 * End what is left: nobody tells of the end of a pool that a {@code FactoryBean} has
	 * got from elsewhere.
	 */
	@Override
	public void destroy() {
		this.routers.close();
		this.tracked.values().forEach(this::close);
		this.tracked.clear();
	}

	private void close(TrackedPool dataSource) {
		this.unconnected.add(dataSource.ledger());
		dataSource.ledger().close();
	}

	/**
	 * Return what is known of pools that have come to their end without a connection.
	 */
	UnconnectedPools unconnected() {
		return this.unconnected;
	}

	/**
	 * Lends the connections of a pool through the data source in front of it, and does
	 * everything else on the pool.
	 *
	 * @param front what is in front of the pool
	 */
	record DerivedPool(TrackedDataSource front) implements MethodInterceptor {

		/**
		 * Have what is in front of a pool be of the pool's own class, as the application
		 * may ask for that, where something else can be.
		 */
		static TrackedPool of(TrackedDataSource front) {
			HikariDataSource pool = front.ledger().hikari();
			if (!canStandFor(pool)) {
				return front;
			}
			ProxyFactory factory = new ProxyFactory();
			// Without the pool, which it would hide from whoever unwraps it.
			factory.setTargetSource(EmptyTargetSource.forClass(pool.getClass()));
			factory.addInterface(TrackedPool.class);
			factory.setProxyTargetClass(true);
			// It speaks for itself, as where it names the class by which its MBean goes.
			factory.setOpaque(true);
			factory.addAdvice(new DerivedPool(front));
			try {
				return (TrackedPool) factory.getProxy(pool.getClass().getClassLoader());
			}
			catch (AopConfigException ex) {
				return front;
			}
		}

		/**
		 * Return whether something else can be of the class of a pool and behave as the
		 * pool, although it is not what the class has initialized: others see no field of
		 * it, and no method that has to be called on the pool itself.
		 */
		static boolean canStandFor(DataSource pool) {
			Class<?> type = ClassUtils.getUserClass(pool);
			if (type == HikariDataSource.class) {
				return true;
			}
			if (NativeDetector.inNativeImage() || type.isSealed() || Modifier.isFinal(type.getModifiers())) {
				return false;
			}
			for (Class<?> each = type; each != HikariDataSource.class; each = each.getSuperclass()) {
				if (Stream.of(each.getDeclaredFields()).anyMatch(DerivedPool::isSeen)
						|| Stream.of(each.getDeclaredMethods())
							.anyMatch((method) -> isSeen(method) && Modifier.isFinal(method.getModifiers()))) {
					return false;
				}
			}
			return true;
		}

		private static boolean isSeen(Member member) {
			return !member.isSynthetic() && (member.getModifiers() & (Modifier.STATIC | Modifier.PRIVATE)) == 0;
		}

		@Override
		public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
			@Nullable Object[] arguments = invocation.getArguments();
			return switch (invocation.getMethod().getName()) {
				case "getConnection" -> (arguments.length == 0) ? this.front.getConnection() : onPool(invocation);
				case "ledger" -> this.front.ledger();
				case "getWrappedObject" -> this.front.getWrappedObject();
				case "close" -> {
					this.front.close();
					yield null;
				}
				case "evictConnection" -> {
					evict((Connection) Objects.requireNonNull(arguments[0]));
					yield null;
				}
				default -> onPool(invocation);
			};
		}

		/** As it is lent in front of the pool, or by the pool. */
		private void evict(Connection connection) throws SQLException {
			boolean known = connection.isWrapperFor(ProxyConnection.class);
			this.front.ledger().hikari().evictConnection(known ? connection.unwrap(ProxyConnection.class) : connection);
		}

		private @Nullable Object onPool(MethodInvocation invocation) throws Throwable {
			return AopUtils.invokeJoinpointUsingReflection(this.front.ledger().hikari(), invocation.getMethod(),
					invocation.getArguments());
		}

	}

}
