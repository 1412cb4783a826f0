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

package io.transactionscope.javadoc;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.r2dbc.ScopedR2dbcTransactionManager;
import io.transactionscope.reactive.ReactiveResources;
import io.transactionscope.reactive.ReactiveTransactionScope;
import io.transactionscope.resource.async.AsyncResource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.ReactiveTransactionManager;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The samples of reactive blocks.
 */
class ReactiveSamplesTests {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private final List<String> said = new CopyOnWriteArrayList<>();

	private final ConnectionFactory database = ConnectionFactories
		.get("r2dbc:h2:mem:///" + UUID.randomUUID() + "?options=DB_CLOSE_DELAY=-1");

	private final ReactiveTransactionScope transactions = ReactiveTransactionScope
		.create(new ScopedR2dbcTransactionManager(this.database));

	private final Orders orders = new Orders(DatabaseClient.create(this.database));

	private final NewOrder request = new NewOrder("pen");

	private final Mail mail = (order) -> Mono.fromRunnable(() -> this.said.add("mail for " + order.item()));

	@BeforeEach
	void createTable() {
		this.orders.execute("create table orders (item varchar, note varchar)").block(LIMIT);
	}

	@Test
	void reactiveTransactionScope() {
		Mono<Order> order = transactions.named("place-order")
			.call((tx) -> orders.save(request).doOnNext((placed) -> tx.afterCommit(() -> mail.confirm(placed))));
		assertThat(this.orders.items()).isEmpty();
		assertThat(order.block(LIMIT)).isEqualTo(new Order("pen"));
		assertThat(this.orders.items()).containsExactly("pen");
		assertThat(this.said).containsExactly("mail for pen");
	}

	@Test
	void transactional() {
		Stock stock = (order) -> Mono.error(new IllegalStateException("sold out"));
		assertThat(placing(stock, this.request).onErrorComplete().block(LIMIT)).isNull();
		assertThat(this.orders.items()).isEmpty();
	}

	private Mono<Void> placing(Stock stock, NewOrder order) {
		return orders.save(order).then(stock.reduce(order)).as(transactions::transactional);
	}

	@Test
	void reactiveActiveScope() {
		Coupons coupons = (order) -> this.orders.execute("update orders set note = 'redeemed'")
			.then(Mono.error(new IllegalStateException("expired")));
		Mono<Order> order = transactions.call((tx) -> orders.save(request)
			.doOnNext((placed) -> tx.afterCommit(() -> mail.confirm(placed)))
			.delayUntil((placed) -> tx.savepoint((sp) -> coupons.redeem(placed)).onErrorComplete()));
		assertThat(order.block(LIMIT)).isEqualTo(new Order("pen"));
		assertThat(this.orders.items()).containsExactly("pen");
		assertThat(this.orders.notes()).isEmpty();
		assertThat(this.said).containsExactly("mail for pen");
	}

	@Test
	void reactiveResources() {
		Locks locks = (key) -> Mono.fromSupplier(() -> {
			this.said.add("obtained " + key);
			return () -> Mono.fromRunnable(() -> this.said.add("released with " + this.orders.items()));
		});
		String key = "pen";
		AsyncResource<Lock> lock = ReactiveResources.of(locks.obtain(key), (held, outcome) -> held.release());
		Mono<Order> order = transactions.call((tx) -> tx.enter(lock).then(orders.save(request)));
		order.block(LIMIT);
		assertThat(this.said).containsExactly("obtained pen", "released with [pen]");
	}

	@Test
	void scopedR2dbcTransactionManager() {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			context.registerBean(ConnectionFactory.class, () -> this.database);
			context.register(R2dbcConfiguration.class);
			context.refresh();
			ReactiveTransactionScope.create(context.getBean(ReactiveTransactionManager.class))
				.call(() -> this.orders.save(this.request))
				.block(LIMIT);
			assertThat(this.orders.items()).containsExactly("pen");
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class R2dbcConfiguration {

		@Bean
		ScopedR2dbcTransactionManager transactionManager(ConnectionFactory connectionFactory) {
			return new ScopedR2dbcTransactionManager(connectionFactory);
		}

	}

	record NewOrder(String item) {
	}

	record Order(String item) {
	}

	record Orders(DatabaseClient client) {

		Mono<Order> save(NewOrder request) {
			return this.client.sql("insert into orders (item) values ($1)")
				.bind(0, request.item())
				.then()
				.thenReturn(new Order(request.item()));
		}

		Mono<Void> execute(String sql) {
			return this.client.sql(sql).then();
		}

		List<String> items() {
			return all("select item from orders");
		}

		List<String> notes() {
			return all("select note from orders where note is not null");
		}

		private List<String> all(String query) {
			return this.client.sql(query).mapValue(String.class).all().collectList().blockOptional(LIMIT).orElseThrow();
		}

	}

	interface Stock {

		Mono<Void> reduce(NewOrder order);

	}

	interface Coupons {

		Mono<Void> redeem(Order order);

	}

	interface Mail {

		Mono<Void> confirm(Order order);

	}

	interface Locks {

		Mono<Lock> obtain(String key);

	}

	interface Lock {

		Mono<Void> release();

	}

}
