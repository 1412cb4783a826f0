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

import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.test.DatabaseFaults;
import org.aopalliance.intercept.MethodInterceptor;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.scope.ScopedObject;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.core.Ordered;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;

/**
 * Puts faults in front of whatever lends connections: those of borrowing them, and, where
 * there are none beneath, all others. Comes after the pools' ledgers, and before Boot's
 * wrapper for lazy connections, which has order 0 and borrows later.
 */
class FaultsInFrontOfPools implements BeanPostProcessor, Ordered {

	private final Set<DataSource> faulty = Collections
		.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));

	private final DatabaseFaults faults;

	FaultsInFrontOfPools(DatabaseFaults faults) {
		this.faults = faults;
	}

	@Override
	public int getOrder() {
		return -50;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		return (bean instanceof DataSource dataSource && !(bean instanceof ScopedObject)) ? faulty(dataSource, beanName)
				: bean;
	}

	private DataSource faulty(DataSource dataSource, String name) {
		if (this.faulty.contains(dataSource) || dataSource instanceof AbstractRoutingDataSource) {
			return dataSource;
		}
		boolean pool = dataSource instanceof HikariDataSource || dataSource instanceof TrackedDataSource;
		if (!pool && dataSource instanceof DelegatingDataSource delegating) {
			DataSource target = delegating.getTargetDataSource();
			if (target != null) {
				delegating.setTargetDataSource(faulty(target, name));
			}
			return dataSource;
		}
		DataSource source = pool ? dataSource : this.faults.beneath(name, dataSource);
		DataSource proxy = proxy(dataSource, this.faults.inFrontOf(name, source));
		this.faulty.add(proxy);
		return proxy;
	}

	/**
	 * Something of the same type, as the application may ask for that.
	 */
	private static DataSource proxy(DataSource dataSource, DataSource front) {
		ProxyFactory factory = new ProxyFactory(dataSource);
		int modifiers = dataSource.getClass().getModifiers();
		factory.setProxyTargetClass(!Modifier.isPrivate(modifiers) && !Modifier.isFinal(modifiers)
				&& !Proxy.isProxyClass(dataSource.getClass()));
		// It speaks for itself, as where it names the class by which its MBean goes.
		factory.setOpaque(true);
		factory.addAdvice((MethodInterceptor) (invocation) -> {
			Object[] arguments = invocation.getArguments();
			if (!invocation.getMethod().getName().equals("getConnection")) {
				return invocation.proceed();
			}
			return (arguments.length == 0) ? front.getConnection()
					: front.getConnection((String) arguments[0], (String) arguments[1]);
		});
		return (DataSource) factory.getProxy(dataSource.getClass().getClassLoader());
	}

}
