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

package io.transactionscope.test;

import java.util.Map;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;

/**
 * Two pools behind a data source that routes to one of them.
 */
@Configuration(proxyBeanMethods = false)
public class RoutedPools {

	@Bean(defaultCandidate = false)
	HikariDataSource writer() {
		return pool("writer");
	}

	@Bean(defaultCandidate = false)
	HikariDataSource replica() {
		return pool("replica");
	}

	@Bean
	@Primary
	AbstractRoutingDataSource dataSource(@Qualifier("writer") DataSource writer,
			@Qualifier("replica") DataSource replica) {
		AbstractRoutingDataSource routing = new AbstractRoutingDataSource() {

			@Override
			protected Object determineCurrentLookupKey() {
				return "replica";
			}

		};
		routing.setTargetDataSources(Map.of("writer", writer, "replica", replica));
		return routing;
	}

	/**
	 * Return a pool that is not started yet, of the database in memory of that name.
	 */
	public static HikariDataSource pool(String name) {
		HikariDataSource pool = new HikariDataSource();
		pool.setJdbcUrl("jdbc:h2:mem:" + name);
		pool.setPoolName(name);
		pool.setMaximumPoolSize(2);
		return pool;
	}

}
