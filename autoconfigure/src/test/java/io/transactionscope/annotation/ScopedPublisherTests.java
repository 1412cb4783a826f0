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

package io.transactionscope.annotation;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.transactionscope.autoconfigure.ScopedTransactionAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionVerifierAutoConfiguration;
import io.transactionscope.autoconfigure.TransactionScopeAutoConfiguration;
import io.transactionscope.autoconfigure.reactive.ReactiveScopedTransactionAutoConfiguration;
import io.transactionscope.autoconfigure.reactive.ReactiveTransactionScopeAutoConfiguration;
import io.transactionscope.autoconfigure.reactive.ScopedR2dbcTransactionManagerAutoConfiguration;
import io.transactionscope.reactive.ReactiveActiveScope;
import io.transactionscope.reactive.ReactiveTransactionScope;
import io.transactionscope.transaction.ScopePropagation;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.resilience.annotation.EnableResilientMethods;
import org.springframework.resilience.annotation.Retryable;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.reactive.TransactionContextManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.Mockito.mock;

/**
 * Methods that return a publisher and are annotated, on beans of a running application:
 * the scope is that of the subscription.
 */
class ScopedPublisherTests {

	private final ApplicationContextRunner contextRunner = application().withBean(Orders.class);

	/** One with all that such methods need. */
	static ApplicationContextRunner application() {
		return new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, R2dbcAutoConfiguration.class,
					TransactionAutoConfiguration.class, TransactionScopeAutoConfiguration.class,
					ScopedTransactionAutoConfiguration.class, ScopedTransactionVerifierAutoConfiguration.class,
					R2dbcTransactionManagerAutoConfiguration.class,
					ScopedR2dbcTransactionManagerAutoConfiguration.class,
					ReactiveTransactionScopeAutoConfiguration.class, ReactiveScopedTransactionAutoConfiguration.class))
			.withPropertyValues("spring.r2dbc.generate-unique-name=true", "spring.r2dbc.pool.initial-size=1",
					"spring.r2dbc.pool.max-size=3");
	}

	private void run(OrdersConsumer test) {
		this.contextRunner.run((context) -> {
			assertThat(context).hasNotFailed();
			test.accept(context.getBean(Orders.class));
			ConnectionPool pool = context.getBean(ConnectionPool.class);
			await().until(() -> pool.getMetrics().orElseThrow().acquiredSize() == 0);
		});
	}

	@Test
	void a1CommitsWhatCompletes() {
		run((orders) -> {
			orders.insert(1).as(StepVerifier::create).expectNext(1).verifyComplete();
			assertThat(orders.count()).isOne();
		});
	}

	@Test
	void a1RollsBackOnAnyFailureAndKeepsTheInstance() {
		run((orders) -> {
			IOException failure = new IOException("checked");
			orders.insertAndFail(failure)
				.as(StepVerifier::create)
				.verifyErrorSatisfies((ex) -> assertThat(ex).isSameAs(failure));
			Error error = new LinkageError("at once");
			orders.failAtOnce(error)
				.as(StepVerifier::create)
				.verifyErrorSatisfies((ex) -> assertThat(ex).isSameAs(error));
			assertThat(orders.count()).isZero();
		});
	}

	@Test
	void a12RefusesNull() {
		run((orders) -> {
			orders.none().as(StepVerifier::create).verifyError(IllegalStateException.class);
			orders.noneOfMany().as(StepVerifier::create).verifyError(IllegalStateException.class);
		});
	}

	@Test
	void a12CommitsWhatIsEmpty() {
		run((orders) -> {
			orders.insertAndReturnNothing(1).as(StepVerifier::create).verifyComplete();
			assertThat(orders.count()).isOne();
		});
	}

	@Test
	void a5RollsBackWhenItsSubscriberCancels() {
		run((orders) -> {
			Disposable subscription = orders.insertAndNeverEnd().subscribe();
			await().until(() -> orders.events().contains("inserted"));
			subscription.dispose();
			await().until(() -> orders.events().contains("rolled back"));
			assertThat(orders.count()).isZero();
		});
	}

	@Test
	void a9RollsBackAtItsDeadline() {
		run((orders) -> {
			orders.insertAndTakeTooLong()
				.as(StepVerifier::create)
				.verifyErrorSatisfies((ex) -> assertThat(ex).hasMessageContaining("Orders.insertAndTakeTooLong"));
			assertThat(orders.count()).isZero();
		});
	}

	@Test
	void a10IsAnotherTransactionAndAnotherCallForEachSubscription() {
		run((orders) -> {
			orders.insertAtThirdAttempt().retry(2).as(StepVerifier::create).expectNext(3).verifyComplete();
			assertThat(orders.events()).containsExactly("attempt 1", "rolled back", "attempt 2", "rolled back",
					"attempt 3", "committed");
			assertThat(orders.count()).isOne();
		});
	}

	@Test
	void doesNothingBeforeItIsSubscribedTo() {
		run((orders) -> {
			orders.insertAtThirdAttempt();
			assertThat(orders.events()).isEmpty();
		});
	}

	@Test
	void a10LetsItsMethodFindItsHandle() {
		run((orders) -> {
			assertThat(orders.nameOfScope().block()).isEqualTo("Orders.nameOfScope");
			assertThat(orders.givenName().block()).isEqualTo("given-name");
		});
	}

	@Test
	void a1GivesTheItemsOfAFluxAfterTheCommit() {
		run((orders) -> orders.insertMany(3)
			.concatMap((each) -> orders.countOutside().map((count) -> each + " of " + count))
			.as(StepVerifier::create)
			.expectNext("1 of 3", "2 of 3", "3 of 3")
			.verifyComplete());
	}

	@Test
	void a1StreamsUncommittedWhereItIsAskedTo() {
		run((orders) -> {
			orders.streamMany(3)
				.doOnNext((each) -> orders.events().add("got " + each))
				.as(StepVerifier::create)
				.expectNext(1, 2, 3)
				.verifyComplete();
			assertThat(orders.events()).containsExactly("got 1", "got 2", "got 3", "committed");
			assertThat(orders.count()).isEqualTo(3);
		});
	}

	@Test
	void a5RollsBackAStreamOfWhichEnoughIsSeen() {
		run((orders) -> {
			orders.streamMany(3).take(1).as(StepVerifier::create).expectNext(1).verifyComplete();
			await().until(() -> orders.events().contains("rolled back"));
			assertThat(orders.count()).isZero();
		});
	}

	@Test
	void runsWhateverSpringAdapts() {
		run((orders) -> {
			Flux.from(orders.publisher(1)).as(StepVerifier::create).expectNext(1).verifyComplete();
			JdkFlowAdapter.flowPublisherToFlux(orders.flow(2)).as(StepVerifier::create).expectNext(2).verifyComplete();
			assertThat(orders.count()).isEqualTo(2);
		});
	}

	@Test
	void honoursPropagationAndCommitOn() {
		run((orders) -> {
			orders.mandatory().as(StepVerifier::create).verifyError(IllegalTransactionStateException.class);
			orders.insertAndCommitOn().as(StepVerifier::create).verifyError(IllegalStateException.class);
			assertThat(orders.count()).isOne();
		});
	}

	@Test
	void a15JoinsATransactionalMethod() {
		run((orders) -> {
			orders.transactional(orders.insert(1).then(Mono.error(new IllegalStateException("later"))))
				.as(StepVerifier::create)
				.verifyError(IllegalStateException.class);
			assertThat(orders.count()).isZero();
		});
	}

	@Test
	void isFoundOnClassesAndInterfaces() {
		this.contextRunner.withBean(OnClass.class).withBean(OnInterface.class).run((context) -> {
			assertThat(context.getBean(OnClass.class).work().block()).isEqualTo("OnClass.work");
			assertThat(context.getBean(Contract.class).work().blockFirst()).isEqualTo("OnInterface.work");
		});
	}

	@Test
	void isANewTransactionForEachAttemptOfARetry() {
		this.contextRunner.withUserConfiguration(Resilient.class).withBean(Retried.class).run((context) -> {
			Retried retried = context.getBean(Retried.class);
			retried.insertAtThirdAttempt().as(StepVerifier::create).expectNext(3).verifyComplete();
			assertThat(context.getBean(Orders.class).count()).isOne();
		});
	}

	@Test
	void runsOnTheManagerThatItNames() {
		this.contextRunner.withUserConfiguration(Archive.class).withBean(Archived.class).run((context) -> {
			assertThat(context.getBean(Archived.class).database().block()).isEqualTo("ARCHIVE");
			assertThat(context.getBean(Orders.class).insert(1).block()).isOne();
		});
	}

	@Test
	void isNotMockedWithTheScopeOfATest() {
		this.contextRunner
			.withBean("reactiveTransactionScope", ReactiveTransactionScope.class,
					() -> mock(ReactiveTransactionScope.class))
			.run((context) -> assertThat(context.getBean(Orders.class).insert(1).block()).isOne());
	}

	@FunctionalInterface
	interface OrdersConsumer {

		void accept(Orders orders);

	}

	static class Orders {

		private final DatabaseClient database;

		private final List<String> events = new CopyOnWriteArrayList<>();

		private final AtomicInteger attempts = new AtomicInteger();

		Orders(DatabaseClient database) {
			this.database = database;
			database.sql("create table orders (id int primary key)").then().block();
		}

		List<String> events() {
			return this.events;
		}

		private Mono<Integer> add(int id) {
			return this.database.sql("insert into orders values ($1)").bind(0, id).then().thenReturn(id);
		}

		private Mono<Void> tell() {
			return ReactiveActiveScope.current().doOnNext((tx) -> {
				tx.afterCommit(() -> Mono.fromRunnable(() -> this.events.add("committed")));
				tx.onCompletion((outcome) -> Mono.fromRunnable(() -> {
					if (outcome.isFailure()) {
						this.events.add("rolled back");
					}
				}));
			}).then();
		}

		@ScopedTransaction
		Mono<Integer> insert(int id) {
			return add(id);
		}

		@ScopedTransaction
		Mono<Integer> insertAndFail(Exception failure) {
			return add(1).then(Mono.error(failure));
		}

		@ScopedTransaction
		Mono<Integer> failAtOnce(Error failure) {
			throw failure;
		}

		@ScopedTransaction
		@SuppressWarnings("NullAway")
		Mono<Integer> none() {
			return null;
		}

		@ScopedTransaction
		@SuppressWarnings("NullAway")
		Flux<Integer> noneOfMany() {
			return null;
		}

		@ScopedTransaction
		Mono<Void> insertAndReturnNothing(int id) {
			return add(id).then();
		}

		@ScopedTransaction
		Mono<Integer> insertAndNeverEnd() {
			return tell().then(add(1)).doOnNext((id) -> this.events.add("inserted")).then(Mono.never());
		}

		@ScopedTransaction(timeout = "300ms")
		Mono<Integer> insertAndTakeTooLong() {
			return add(1).delayElement(Duration.ofMinutes(1));
		}

		@ScopedTransaction
		Mono<Integer> insertAtThirdAttempt() {
			int attempt = this.attempts.incrementAndGet();
			this.events.add("attempt " + attempt);
			return tell().then(add(attempt))
				.flatMap((id) -> (id < 3) ? Mono.error(new IOException("attempt " + id)) : Mono.just(id));
		}

		@ScopedTransaction
		Mono<String> nameOfScope() {
			return ReactiveActiveScope.current().map(ReactiveActiveScope::name);
		}

		@ScopedTransaction("given-name")
		Mono<String> givenName() {
			return ReactiveActiveScope.current().map(ReactiveActiveScope::name);
		}

		@ScopedTransaction
		Flux<Integer> insertMany(int count) {
			return Flux.range(1, count).concatMap(this::add);
		}

		@ScopedTransaction(streamUncommitted = true)
		Flux<Integer> streamMany(int count) {
			return tell().thenMany(Flux.range(1, count).concatMap(this::add));
		}

		@ScopedTransaction
		Publisher<Integer> publisher(int id) {
			return add(id);
		}

		@ScopedTransaction
		Flow.Publisher<Integer> flow(int id) {
			return JdkFlowAdapter.publisherToFlowPublisher(add(id));
		}

		@ScopedTransaction(propagation = ScopePropagation.MANDATORY)
		Mono<Integer> mandatory() {
			return add(1);
		}

		@ScopedTransaction(commitOn = IllegalStateException.class)
		Mono<Integer> insertAndCommitOn() {
			return add(1).then(Mono.error(new IllegalStateException("stays")));
		}

		@Transactional
		public <T> Mono<T> transactional(Mono<T> work) {
			return work;
		}

		long count() {
			return Objects.requireNonNull(countOutside().block());
		}

		Mono<Long> countOutside() {
			return this.database.sql("select count(*) from orders").mapValue(Long.class).one();
		}

	}

	@ScopedTransaction
	static class OnClass {

		public Mono<String> work() {
			return ReactiveActiveScope.current().map(ReactiveActiveScope::name);
		}

	}

	interface Contract {

		@ScopedTransaction
		Flux<String> work();

	}

	static class OnInterface implements Contract {

		@Override
		public Flux<String> work() {
			return ReactiveActiveScope.current().map(ReactiveActiveScope::name).flux();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableResilientMethods
	static class Resilient {

	}

	static class Retried {

		private final DatabaseClient database;

		private final AtomicInteger attempts = new AtomicInteger();

		Retried(DatabaseClient database) {
			this.database = database;
		}

		@Retryable(delay = 1)
		@ScopedTransaction
		public Mono<Integer> insertAtThirdAttempt() {
			int attempt = this.attempts.incrementAndGet();
			return this.database.sql("insert into orders values ($1)")
				.bind(0, attempt)
				.then()
				.then((attempt < 3) ? Mono.error(new IOException("attempt " + attempt)) : Mono.just(attempt));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Archive {

		static final ConnectionFactory ARCHIVE = ConnectionFactories.get("r2dbc:h2:mem:///archive");

		@Bean
		@Primary
		R2dbcTransactionManager transactionManager(ConnectionFactory connectionFactory) {
			return new R2dbcTransactionManager(connectionFactory);
		}

		@Bean
		R2dbcTransactionManager archiveTransactionManager() {
			return new R2dbcTransactionManager(ARCHIVE);
		}

		@Bean(defaultCandidate = false)
		DatabaseClient archiveClient() {
			return DatabaseClient.create(ARCHIVE);
		}

	}

	static class Archived {

		private final DatabaseClient archive;

		Archived(@Qualifier("archiveClient") DatabaseClient archive) {
			this.archive = archive;
		}

		@ScopedTransaction(transactionManager = "archiveTransactionManager", propagation = ScopePropagation.OUTERMOST)
		public Mono<String> database() {
			return TransactionContextManager.currentContext()
				.flatMap((context) -> context.getResources().containsKey(Archive.ARCHIVE)
						? this.archive.sql("select database()").mapValue(String.class).one()
						: Mono.error(new IllegalStateException("in another transaction")));
		}

	}

}
