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
import java.util.Objects;

import javax.sql.DataSource;

import jakarta.persistence.EntityManagerFactory;

import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.orm.jpa.vendor.HibernateJpaVendorAdapter;

/**
 * Hibernate without entities, for tests that need its transactions alone.
 */
public final class EmptyPersistenceUnit implements AutoCloseable {

	private final LocalContainerEntityManagerFactoryBean factory = new LocalContainerEntityManagerFactoryBean();

	public EmptyPersistenceUnit(DataSource dataSource) {
		this(dataSource, Map.of());
	}

	/**
	 * Start it.
	 * @param dataSource where its connections come from
	 * @param properties of Hibernate's
	 */
	public EmptyPersistenceUnit(DataSource dataSource, Map<String, ?> properties) {
		this.factory.setDataSource(dataSource);
		this.factory.setJpaVendorAdapter(new HibernateJpaVendorAdapter());
		this.factory.setPersistenceUnitName("empty");
		this.factory.setPackagesToScan("io.transactionscope.readme");
		this.factory.setJpaPropertyMap(properties);
		this.factory.afterPropertiesSet();
	}

	public EntityManagerFactory entityManagers() {
		return Objects.requireNonNull(this.factory.getObject());
	}

	@Override
	public void close() {
		this.factory.destroy();
	}

}
