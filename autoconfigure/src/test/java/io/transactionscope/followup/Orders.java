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

package io.transactionscope.followup;

import java.time.Instant;

import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.TaskDescriptor;

import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Places orders, in whatever transaction the thread has.
 */
class Orders {

	static final TaskDescriptor<Void> SHIP = TaskDescriptor.of("ship");

	private final JdbcClient jdbc;

	private final ApplicationEventPublisher events;

	private final SchedulerClient jobs;

	Orders(JdbcClient jdbc, ApplicationEventPublisher events, SchedulerClient jobs) {
		this.jdbc = jdbc;
		this.events = events;
		this.jobs = jobs;
	}

	/** Insert it, publish its event, and schedule its job for now. */
	void place(String item) {
		place(item, new OrderPlaced(item));
	}

	void place(String item, Object event) {
		this.jdbc.sql("insert into orders (item) values (?)").param(item).update();
		this.events.publishEvent(event);
		this.jobs.scheduleIfNotExists(SHIP.instance(item).scheduledTo(Instant.now()));
	}

}
