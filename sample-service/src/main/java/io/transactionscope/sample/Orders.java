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
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

import io.transactionscope.ActiveScope;
import io.transactionscope.OpenScope;
import io.transactionscope.TransactionScope;
import io.transactionscope.resource.ResourceScope;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.GeneratedKeyHolder;
import org.springframework.jdbc.support.KeyHolder;
import org.springframework.stereotype.Component;

/**
 * The orders, placed and cancelled as a whole or not at all.
 */
@Component
class Orders {

	private final TransactionScope placing;

	private final TransactionScope cancelling;

	private final JdbcClient jdbc;

	private final Inventory inventory;

	private final SkuLocks locks;

	private final Invoices invoices;

	private final Announcer announcer;

	private final FollowUps followUps;

	Orders(TransactionScope transactions, JdbcClient jdbc, Inventory inventory, SkuLocks locks, Invoices invoices,
			Announcer announcer, FollowUps followUps) {
		this.placing = transactions.named("place-order").timeout(Duration.ofSeconds(5));
		this.cancelling = transactions.named("cancel-order").timeout(Duration.ofSeconds(5));
		this.jdbc = jdbc;
		this.inventory = inventory;
		this.locks = locks;
		this.invoices = invoices;
		this.announcer = announcer;
		this.followUps = followUps;
	}

	/**
	 * The lambda: its value and its checked exception are those of the call. The locks
	 * are had before the connection is, and free once the stock is committed for all to
	 * see.
	 */
	Order place(String customer, List<OrderLine> lines) throws OutOfStockException {
		List<OrderLine> ordered = bySku(lines);
		return ResourceScope.call((locked) -> {
			this.locks.of(ordered.stream().map(OrderLine::sku).toList()).forEach(locked::enter);
			return this.placing.call((tx) -> place(tx, customer, ordered));
		});
	}

	private Order place(ActiveScope tx, String customer, List<OrderLine> ordered) throws OutOfStockException {
		long id = insert(customer);
		for (OrderLine line : ordered) {
			this.inventory.take(line.sku(), line.quantity());
			insert(id, line);
		}
		Order order = find(id).orElseThrow();
		this.announcer.announceAtLast(tx, order);
		this.invoices.write(tx, order);
		this.followUps.of(order);
		return order;
	}

	/** Try-with-resources: it commits if complete() was reached. */
	boolean cancel(long id) {
		try (OpenScope tx = this.cancelling.open()) {
			Optional<Order> order = find(id);
			if (order.isEmpty() || !delete(id)) {
				return false;
			}
			for (OrderLine line : order.get().lines()) {
				this.inventory.putBack(line.sku(), line.quantity());
			}
			this.invoices.withdraw(tx, id);
			tx.complete();
			return true;
		}
	}

	List<Order> latest(int limit) {
		return this.jdbc.sql("""
				SELECT o.id, o.customer, o.placed_at, l.sku, l.qty
				FROM (SELECT * FROM orders ORDER BY id DESC LIMIT ?) o JOIN order_line l ON l.order_id = o.id
				ORDER BY o.id DESC, l.sku""").param(limit).query(Orders::read);
	}

	Optional<Order> find(long id) {
		return this.jdbc.sql("""
				SELECT o.id, o.customer, o.placed_at, l.sku, l.qty
				FROM orders o JOIN order_line l ON l.order_id = o.id
				WHERE o.id = ?
				ORDER BY l.sku""").param(id).query(Orders::read).stream().findFirst();
	}

	List<OrderLine> ordered() {
		return this.jdbc.sql("SELECT sku, sum(qty) AS quantity FROM order_line GROUP BY sku ORDER BY sku")
			.query(OrderLine.class)
			.list();
	}

	private long insert(String customer) {
		KeyHolder key = new GeneratedKeyHolder();
		this.jdbc.sql("INSERT INTO orders (customer) VALUES (?)").param(customer).update(key, "id");
		return Objects.requireNonNull(key.getKeyAs(Long.class));
	}

	private void insert(long orderId, OrderLine line) {
		this.jdbc.sql("INSERT INTO order_line (order_id, sku, qty) VALUES (?, ?, ?)")
			.params(orderId, line.sku(), line.quantity())
			.update();
	}

	private boolean delete(long id) {
		return this.jdbc.sql("DELETE FROM orders WHERE id = ?").param(id).update() == 1;
	}

	// Each SKU once and in one order for all, so that no two orders wait for each other's
	// rows.
	private static List<OrderLine> bySku(List<OrderLine> lines) {
		Map<String, Integer> quantities = new TreeMap<>();
		lines.forEach((line) -> quantities.merge(line.sku(), line.quantity(), Integer::sum));
		return quantities.entrySet().stream().map((each) -> new OrderLine(each.getKey(), each.getValue())).toList();
	}

	private static List<Order> read(ResultSet rows) throws SQLException {
		Map<Long, Order> orders = new LinkedHashMap<>();
		while (rows.next()) {
			long id = rows.getLong("id");
			Order order = orders.get(id);
			if (order == null) {
				order = new Order(id, rows.getString("customer"),
						rows.getObject("placed_at", OffsetDateTime.class).toInstant(), new ArrayList<>());
				orders.put(id, order);
			}
			order.lines().add(new OrderLine(rows.getString("sku"), rows.getInt("qty")));
		}
		return List.copyOf(orders.values());
	}

}
