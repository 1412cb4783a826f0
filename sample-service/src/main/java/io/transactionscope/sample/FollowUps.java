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

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;

import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.TaskDescriptor;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * What has to follow an order, even if the process dies right after the COMMIT.
 */
@Component
class FollowUps {

	/** Its instances have the numbers of their orders. */
	static final TaskDescriptor<Void> SHIP = TaskDescriptor.of("ship-order");

	private final ApplicationEventPublisher events;

	private final SchedulerClient jobs;

	private final JdbcClient jdbc;

	private final Duration shipAfter;

	FollowUps(ApplicationEventPublisher events, SchedulerClient jobs, JdbcClient jdbc,
			@Value("${sample.ship-after}") Duration shipAfter) {
		this.events = events;
		this.jobs = jobs;
		this.jdbc = jdbc;
		this.shipAfter = shipAfter;
	}

	/**
	 * Both are rows, in the transaction that the order is in: there exactly if the order
	 * is.
	 */
	// tag::of[]
	void of(Order order) {
		this.events.publishEvent(new OrderPlaced(order.id(), order.customer()));
		this.jobs.scheduleIfNotExists(
				SHIP.instance(String.valueOf(order.id())).scheduledTo(Instant.now().plus(this.shipAfter)));
	}
	// end::of[]

	/** What was done, and what is to be done, for the latest orders. */
	List<FollowUp> latest(int limit) {
		return this.jdbc.sql("SELECT id, confirmed_at, shipped_at FROM orders ORDER BY id DESC LIMIT ?")
			.param(limit)
			.query((row, number) -> new FollowUp(row.getLong("id"), instant(row, "confirmed_at"),
					instant(row, "shipped_at")))
			.list();
	}

	private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
		OffsetDateTime value = row.getObject(column, OffsetDateTime.class);
		return (value != null) ? value.toInstant() : null;
	}

	/**
	 * How far it is.
	 *
	 * @param orderId the number of the order
	 * @param confirmedAt when its customer was told, {@code null} if that is to be done
	 * @param shippedAt when it was shipped, {@code null} if that is to be done
	 */
	record FollowUp(long orderId, @Nullable Instant confirmedAt, @Nullable Instant shippedAt) {

	}

}
