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

package io.transactionscope.readme;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Lock;

import io.transactionscope.OpenScope;
import io.transactionscope.TransactionScope;
import io.transactionscope.annotation.ScopedTransaction;
import io.transactionscope.annotation.WithResource;
import io.transactionscope.reactive.ReactiveTransactionScope;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.async.AsyncResource;
import io.transactionscope.resource.async.AsyncResourceScope;
import io.transactionscope.resource.async.BlockFuture;
import io.transactionscope.resource.file.FileResources;
import io.transactionscope.resource.lock.LockResources;
import io.transactionscope.test.DatabaseFaults;
import io.transactionscope.test.Phase;
import io.transactionscope.test.ResourceFaults;
import io.transactionscope.test.scope.AfterCommitCallbacks;
import io.transactionscope.test.scope.ScopeDeadlines;
import io.transactionscope.test.scope.ScopeRecords;
import io.transactionscope.test.scope.TransactionScopes;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import reactor.core.publisher.Mono;

import org.springframework.transaction.TransactionTimedOutException;
import org.springframework.transaction.annotation.Transactional;

import static io.transactionscope.test.assertj.ScopeRecordsAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * The Java of the README, compiled.
 */
@SuppressWarnings("unused")
class ReadmeExamples {

	private final TransactionScope transactions;

	private final Locks locks;

	private final Orders orders;

	private final Stock stock;

	private final Mail mail;

	ReadmeExamples(TransactionScope transactions, Locks locks, Orders orders, Stock stock, Mail mail) {
		this.transactions = transactions;
		this.locks = locks;
		this.orders = orders;
		this.stock = stock;
		this.mail = mail;
	}

	class Today {

		private final Locks locks = ReadmeExamples.this.locks;

		private final Orders orders = ReadmeExamples.this.orders;

		private final Stock stock = ReadmeExamples.this.stock;

		private final Mail mail = ReadmeExamples.this.mail;

		@Transactional
		public Order place(NewOrder request) throws OutOfStockException {
			Lock lock = this.locks.get(request.sku());
			lock.lock(); // waits for ever, with a connection in its hands
			try {
				Order order = this.orders.insert(request);
				this.stock.take(request); // OutOfStockException is checked: the order is
				// committed
				this.mail.confirm(order); // sent, also when the commit fails
				return order;
			}
			finally {
				lock.unlock(); // before the commit: the next one reads old stock
			}
		}

	}

	public Order place(NewOrder request) throws OutOfStockException {
		return this.transactions.named("place-order").timeout(Duration.ofSeconds(2)).call((tx) -> {
			tx.enter(LockResources.lock(this.locks.get(request.sku()), Duration.ofSeconds(1)));
			Order order = this.orders.insert(request);
			this.stock.take(request);
			tx.afterCommit(() -> this.mail.confirm(order));
			return order;
		});
	}

	Order shortest(NewOrder request) {
		Order order = transactions.call(() -> orders.insert(request));
		return order;
	}

	BlockFuture<Order> onAThread(NewOrder request, Lock lock) {
		BlockFuture<Order> placed = transactions.named("place-order")
			.timeout(Duration.ofSeconds(2))
			.async()
			.call((tx) -> {
				tx.enter(LockResources.lock(lock, Duration.ofSeconds(1)));
				return orders.insert(request);
			});
		return placed;
	}

	BlockFuture<Receipt> withFutures(AsyncResource<Session> session, Order order) {
		BlockFuture<Receipt> receipt = AsyncResourceScope
			.call((scope) -> scope.enter(session).thenCompose((opened) -> opened.send(order)));
		return receipt;
	}

	record Reactive(ReactiveTransactionScope transactions, ReactiveOrders orders, ReactiveStock stock,
			ReactiveMail mail) {

		public Mono<Order> place(NewOrder request) {
			return this.transactions.named("place-order").timeout(Duration.ofSeconds(2)).call((tx) -> {
				tx.afterCommit(() -> this.mail.confirm(request));
				return this.stock.take(request).then(this.orders.insert(request));
			});
		}

		Mono<Order> asSpringsOperator(Mono<Order> mono) {
			return mono.as(transactions::transactional);
		}

	}

	void delivery(List<NewOrder> delivery) {
		try (OpenScope tx = transactions.named("import-delivery").open()) {
			for (NewOrder line : delivery) {
				orders.insert(line);
			}
			tx.complete();
		}
	}

	@ScopedTransaction(readOnly = true, timeout = "${reports.timeout:5s}")
	public List<Order> report() {
		return this.orders.all();
	}

	@WithResource("importLock")
	@ScopedTransaction(timeout = "30s")
	public void importOrders(List<NewOrder> delivery) {
		delivery.forEach(this.orders::insert);
	}

	void handle(NewOrder request, Audit audit, Metrics metrics, Coupons coupons, Path directory, boolean preview)
			throws IOException {
		transactions.run((tx) -> {
			orders.insert(request);
			tx.beforeCommit(() -> audit.write(request));
			tx.afterCommit(() -> mail.confirm(request));
			tx.afterRollback(() -> mail.apologize(request));
			tx.onCompletion((outcome) -> metrics.count(outcome));
			tx.savepoint((sp) -> coupons.redeem(request));
			Path invoice = tx.enter(FileResources.atomicFile(directory.resolve("invoice.txt")));
			Files.writeString(invoice, request.toString());
			if (preview) {
				tx.setRollbackOnly("preview");
			}
		});
	}

	void resources(Semaphore uploads, Path target, String text, Index index) throws IOException {
		ResourceScope.run((scope) -> {
			scope.enter(LockResources.permit(uploads, Duration.ofMillis(200)));
			Path report = scope.enter(FileResources.atomicFile(target));
			Files.writeString(report, text);
			scope.onSuccess(() -> index.add(target));
		});
	}

	void faults(Path target, Resource<Lock> lock) {
		ResourceFaults faults = new ResourceFaults();
		Export export = new Export(faults.watch("file", FileResources.atomicFile(target)), faults.watch("lock", lock));
		faults.release("lock").fails(new IOException("connection lost"));

		assertThatIOException().isThrownBy(() -> export.run());
		assertThat(faults.released()).containsExactly("lock", "file");
		assertThat(faults.releases().get(1).outcome().isFailure()).isTrue();
		assertThat(faults.held()).isEmpty();
	}

	void databaseFaults(DatabaseFaults faults, Placing orders, NewOrder request) {
		faults.at(Phase.COMMIT).lostLinkAfterwards();
		assertThatExceptionOfType(CommitFailedException.class).isThrownBy(() -> orders.place(request))
			.returns(TransactionOutcome.UNKNOWN, CommitFailedException::outcome);
	}

	interface Placing {

		Order place(NewOrder request);

	}

	record Export(Resource<Path> file, Resource<Lock> lock) {

		void run() throws IOException {
			ResourceScope.run((scope) -> {
				Path written = scope.enter(this.file);
				scope.enter(this.lock);
				Files.writeString(written, "rows");
			});
		}

	}

	record OrderServiceTests(OrderService orders, List<String> mails) {

		void confirmsByMail(NewOrder order) {
			AfterCommitCallbacks callbacks = AfterCommitCallbacks.capture(() -> this.orders.place(order));
			assertThat(callbacks.scopes()).containsExactly("OrderService.place");
			assertThat(this.mails).isEmpty();
			callbacks.run();
			assertThat(this.mails).hasSize(1);
		}

	}

	record StockTests(OrderService orders, ScopeRecords scopes) {

		void takesFromStock(NewOrder order) {
			this.orders.place(order);
			assertThat(this.scopes).committed("OrderService.place").joined("Stock.take").hasNoRemoteCalls();
			assertThat(this.scopes).borrowedAtMost("OrderService.place", 1).sentAtMost("Stock.take", 2);
		}

	}

	void withoutDatabase(NewOrder order) {
		TransactionScope transactions = TransactionScopes.withoutDatabase();
		ScopeRecords scopes = ScopeRecords.of(transactions);
		Clerk clerk = new Clerk(transactions.timeout(Duration.ofSeconds(2)),
				() -> ScopeDeadlines.advance(Duration.ofSeconds(2)));

		assertThatExceptionOfType(TransactionTimedOutException.class).isThrownBy(() -> clerk.place(order));
		assertThat(scopes.rolledBack()).hasSize(1);
	}

	record Clerk(TransactionScope transactions, Runnable warehouse) {

		void place(NewOrder request) {
			this.transactions.run(this.warehouse::run);
		}

	}

	interface OrderService {

		Order place(NewOrder request);

	}

	interface Session {

		CompletionStage<Receipt> send(Order order);

	}

	record Receipt(long id) {
	}

	interface ReactiveOrders {

		Mono<Order> insert(NewOrder request);

	}

	interface ReactiveStock {

		Mono<Void> take(NewOrder request);

	}

	interface ReactiveMail {

		Mono<Void> confirm(NewOrder request);

	}

	interface Index {

		void add(Path path);

	}

	record NewOrder(String sku, int quantity) {
	}

	record Order(long id) {
	}

	static class OutOfStockException extends Exception {

	}

	interface Locks {

		Lock get(String sku);

	}

	interface Orders {

		Order insert(NewOrder request);

		List<Order> all();

	}

	interface Stock {

		void take(NewOrder request) throws OutOfStockException;

	}

	interface Mail {

		void confirm(Object order);

		void apologize(Object order);

	}

	interface Audit {

		void write(NewOrder request);

	}

	interface Metrics {

		void count(TransactionOutcome outcome);

	}

	interface Coupons {

		void redeem(NewOrder request);

	}

}
