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

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.pool.tracked.TrackedPool;

import org.springframework.context.annotation.Primary;

/**
 * Announces, and notes what the rest of the world can see at that moment.
 */
@Primary
class WitnessingAnnouncer extends Announcer {

	private final DataSource dataSource;

	private final Invoices invoices;

	private final List<Sighting> sightings = new CopyOnWriteArrayList<>();

	private volatile boolean broken;

	WitnessingAnnouncer(DataSource dataSource, Invoices invoices) {
		this.dataSource = dataSource;
		this.invoices = invoices;
	}

	@Override
	synchronized void announce(Order order) {
		this.sightings.add(new Sighting(order.customer(), connectionsInHand(), isVisibleToOthers(order),
				this.invoices.find(order.id()).isPresent()));
		if (this.broken) {
			throw new IllegalStateException("the announcer is broken");
		}
		super.announce(order);
	}

	int connectionsInUse() {
		try {
			return this.dataSource.unwrap(HikariDataSource.class).getHikariPoolMXBean().getActiveConnections();
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** Those of this thread: a confirmation takes its own at the same time. */
	private int connectionsInHand() {
		String thread = Thread.currentThread().getName();
		return (int) ((TrackedPool) this.dataSource).ledger()
			.snapshot()
			.leases()
			.stream()
			.filter((lease) -> lease.thread().equals(thread))
			.count();
	}

	private boolean isVisibleToOthers(Order order) {
		try (Connection other = this.dataSource.getConnection();
				PreparedStatement statement = other.prepareStatement("SELECT 1 FROM orders WHERE id = ?")) {
			statement.setLong(1, order.id());
			return statement.executeQuery().next();
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	List<Sighting> sightings() {
		return this.sightings;
	}

	void breakDown() {
		this.broken = true;
	}

	void reset() {
		this.broken = false;
		this.sightings.clear();
	}

	record Sighting(String customer, int connectionsInHand, boolean visibleToOthers, boolean invoiced) {

	}

}
