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

package io.transactionscope.benchmark;

import javax.sql.DataSource;

import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionManagerAutoConfiguration;
import io.transactionscope.autoconfigure.TransactionScopeAutoConfiguration;

import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizationAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;

/**
 * A Spring Boot application on a database, with the starter, a part of it, or without it.
 */
@Configuration(proxyBeanMethods = false)
@ImportAutoConfiguration({ AopAutoConfiguration.class, DataSourceAutoConfiguration.class,
		TransactionManagerCustomizationAutoConfiguration.class, DataSourceTransactionManagerAutoConfiguration.class,
		TransactionAutoConfiguration.class, PoolAutoConfiguration.class,
		ScopedTransactionManagerAutoConfiguration.class, TransactionScopeAutoConfiguration.class,
		ScopedTransactionAutoConfiguration.class })
class Application {

	/** Start it on a pool that is configured alike for all peers. */
	static ConfigurableApplicationContext start(Database database, Starter starter) {
		return builder(starter)
			.initializers((GenericApplicationContext context) -> context.registerBean("dataSource", DataSource.class,
					() -> database.pool()))
			.run();
	}

	/**
	 * Start it on Boot's own pool, to H2.
	 * @param starter what it has of the starter
	 * @param properties its other properties, as {@code key=value}
	 */
	static ConfigurableApplicationContext start(Starter starter, String... properties) {
		ConfigurableApplicationContext application = builder(starter)
			.properties("spring.datasource.url=" + Database.newH2())
			.properties(properties)
			.run();
		Database.withAccounts(application.getBean(DataSource.class));
		return application;
	}

	private static SpringApplicationBuilder builder(Starter starter) {
		return new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
			.bannerMode(Banner.Mode.OFF)
			.logStartupInfo(false)
			.properties(starter.property());
	}

	@Bean
	AnnotatedMethods.OfSpring transactionalMethods() {
		return new AnnotatedMethods.OfSpring();
	}

	/**
	 * Not where the library is off: it refuses to start with a method that lost its
	 * scope.
	 */
	@Bean
	@ConditionalOnBooleanProperty(name = "transaction-scope.enabled", matchIfMissing = true)
	AnnotatedMethods.OfScopes scopedMethods() {
		return new AnnotatedMethods.OfScopes();
	}

}
