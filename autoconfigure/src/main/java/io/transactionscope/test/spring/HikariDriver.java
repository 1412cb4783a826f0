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

import java.lang.reflect.Field;
import java.util.function.UnaryOperator;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import com.zaxxer.hikari.util.Credentials;
import com.zaxxer.hikari.util.DriverDataSource;
import com.zaxxer.hikari.util.PropertyElf;
import com.zaxxer.hikari.util.UtilityElf;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.datasource.lookup.JndiDataSourceLookup;
import org.springframework.util.Assert;
import org.springframework.util.ReflectionUtils;

/**
 * What opens the physical connections of a pool of HikariCP's.
 *
 * @param pool the pool
 */
record HikariDriver(HikariDataSource pool) {

	/**
	 * Have the pool get its connections from elsewhere.
	 * @param replacement returns from where, given from where it would get them
	 */
	void replace(UnaryOperator<DataSource> replacement) {
		if (this.pool.getHikariPoolMXBean() instanceof HikariPool started) {
			replaceIn(started, replacement);
		}
		else {
			DataSource driver = configured();
			if (driver != null) {
				this.pool.setDataSource(replacement.apply(driver));
			}
		}
	}

	/**
	 * What HikariCP would make of the configuration when it starts the pool.
	 */
	private @Nullable DataSource configured() {
		if (this.pool.getDataSource() != null) {
			return this.pool.getDataSource();
		}
		if (this.pool.getDataSourceClassName() != null) {
			DataSource driver = UtilityElf.createInstance(this.pool.getDataSourceClassName(), DataSource.class);
			PropertyElf.setTargetFromProperties(driver, this.pool.getDataSourceProperties());
			return driver;
		}
		if (this.pool.getJdbcUrl() != null) {
			Credentials credentials = this.pool.getCredentials();
			return new DriverDataSource(this.pool.getJdbcUrl(), this.pool.getDriverClassName(),
					this.pool.getDataSourceProperties(), credentials.getUsername(), credentials.getPassword());
		}
		String name = this.pool.getDataSourceJNDI();
		return (name != null) ? new JndiDataSourceLookup().getDataSource(name) : null;
	}

	/**
	 * A pool that is given its configuration when it is made has started by then.
	 */
	private static void replaceIn(HikariPool started, UnaryOperator<DataSource> replacement) {
		Field field = ReflectionUtils.findField(HikariPool.class, "dataSource", DataSource.class);
		Assert.state(field != null, "This version of HikariCP keeps its driver elsewhere");
		DataSource driver = started.getUnwrappedDataSource();
		DataSource other = replacement.apply(driver);
		if (other != driver) {
			ReflectionUtils.makeAccessible(field);
			ReflectionUtils.setField(field, started, other);
			started.softEvictConnections();
		}
	}

}
