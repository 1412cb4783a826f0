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

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.test.DatabaseFaults;

import org.springframework.aop.scope.ScopedObject;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.core.Ordered;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * Puts faults between the pools of HikariCP and their drivers. Comes before the pools'
 * ledgers, which take over how a pool gets at its database.
 */
class FaultsBeneathPools implements BeanPostProcessor, Ordered {

	private final DatabaseFaults faults;

	FaultsBeneathPools(DatabaseFaults faults) {
		this.faults = faults;
	}

	@Override
	public int getOrder() {
		return -200;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (bean instanceof DataSource dataSource && !(bean instanceof ScopedObject)) {
			putBeneath(dataSource, beanName);
		}
		return bean;
	}

	private void putBeneath(DataSource dataSource, String name) {
		if (dataSource instanceof HikariDataSource pool) {
			new HikariDriver(pool).replace((driver) -> this.faults.beneath(name, driver));
		}
		else if (dataSource instanceof DelegatingDataSource delegating && delegating.getTargetDataSource() != null) {
			putBeneath(delegating.getTargetDataSource(), name);
		}
	}

}
