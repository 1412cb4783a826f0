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

package io.transactionscope.sample;

import java.time.Duration;

import javax.sql.DataSource;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import io.transactionscope.TransactionScope;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;

/**
 * The jobs, which are kept in the database of the orders.
 */
@Configuration(proxyBeanMethods = false)
class Jobs {

	/** Aware of transactions: what a block schedules is a part of it. */
	// tag::scheduler[]
	@Bean(initMethod = "start", destroyMethod = "stop")
	@DependsOnDatabaseInitialization
	Scheduler scheduler(DataSource dataSource, TransactionScope transactions, JdbcClient jdbc,
			@Value("${sample.jobs.polling-interval}") Duration pollingInterval) {
		return Scheduler
			.create(new TransactionAwareDataSourceProxy(dataSource),
					Tasks.oneTime(FollowUps.SHIP)
						.execute((job, context) -> transactions.named("ship-order")
							.run(() -> ship(jdbc, Long.parseLong(job.getId())))))
			.threads(1)
			.pollingInterval(pollingInterval)
			.build();
	}
	// end::scheduler[]

	/** An order that was cancelled meanwhile is not there any more. */
	private static void ship(JdbcClient jdbc, long orderId) {
		jdbc.sql("UPDATE orders SET shipped_at = current_timestamp WHERE id = ? AND shipped_at IS NULL")
			.param(orderId)
			.update();
	}

}
