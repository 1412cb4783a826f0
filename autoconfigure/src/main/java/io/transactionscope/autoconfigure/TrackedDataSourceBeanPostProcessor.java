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

package io.transactionscope.autoconfigure;

import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.pool.TrackedDataSource;

import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.core.Ordered;

/**
 * Puts a {@link TrackedDataSource} in front of each HikariCP pool.
 *
 * <p>
 * Its order is negative so that it comes before Boot's wrapper for
 * {@code spring.datasource.connection-fetch=lazy}, which has order 0: outside of that one
 * it would see a connection borrowed when a transaction begins although none is.
 */
class TrackedDataSourceBeanPostProcessor implements BeanPostProcessor, Ordered {

	@Override
	public int getOrder() {
		return -100;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		return (bean instanceof HikariDataSource pool && !ScopedProxyUtils.isScopedTarget(beanName))
				? new TrackedDataSource(pool) : bean;
	}

}
