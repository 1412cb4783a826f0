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

package io.transactionscope.autoconfigure.pool.r2dbc;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.r2dbc.spi.Wrapped;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.autoconfigure.pool.RouterWatch;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.r2dbc.TrackedConnectionFactory;
import io.transactionscope.pool.r2dbc.TrackedConnectionPool;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import org.aspectj.lang.annotation.Aspect;
import org.aspectj.lang.annotation.Before;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.Mockito;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.r2dbc.ConnectionFactoryDecorator;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.r2dbc.connection.DelegatingConnectionFactory;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.r2dbc.connection.SingleConnectionFactory;
import org.springframework.r2dbc.connection.TransactionAwareConnectionFactoryProxy;
import org.springframework.r2dbc.connection.lookup.AbstractRoutingConnectionFactory;
import org.springframework.transaction.reactive.TransactionalOperator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * R2DBC pools have ledgers in whatever way an application has them, and what has none is
 * named at the start.
 */
@ExtendWith(OutputCaptureExtension.class)
class R2dbcPoolAutoConfigurationTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	private final ApplicationContextRunner bare = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(PoolAutoConfiguration.class, R2dbcPoolAutoConfiguration.class));

	private final ApplicationContextRunner boot = this.bare
		.withConfiguration(AutoConfigurations.of(R2dbcAutoConfiguration.class))
		.withPropertyValues("spring.r2dbc.generate-unique-name=true");

	// Boot's bean

	@Test
	void bootsPoolHasALedgerUntilTheContextIsClosed(CapturedOutput output) {
		// Of contexts that other tests have left open.
		Set<Thread> others = threads("connectionFactory:ledger");
		this.boot.withPropertyValues("spring.r2dbc.pool.initial-size=1", "spring.r2dbc.pool.max-size=3")
			.run((context) -> {
				ConnectionPool pool = context.getBean(ConnectionPool.class);
				assertThat(pool).isInstanceOf(TrackedConnectionPool.class)
					.isSameAs(context.getBean(ConnectionFactory.class));
				assertThatTheLedgerTells(context, pool, "connectionFactory");
				PoolLedger ledger = ledger(context, "connectionFactory");
				assertThat(ledger.snapshot().maximum()).isEqualTo(3);
				assertThat(line(output)).endsWith(
						"R2DBC pools with a ledger: 'connectionFactory' (connectionFactory). Connection factories without one: none.");
				context.close();
				assertThat(pool.isDisposed()).isTrue();
				assertThat(ledger.snapshot().state()).isEqualTo(PoolSnapshot.State.CLOSED);
				await().until(() -> others.containsAll(threads("connectionFactory:ledger")));
			});
	}

	@Test
	void poolOfAUrlHasOne() {
		pooledByUrl().run((context) -> {
			assertThat(context.getBean(ConnectionFactory.class)).isInstanceOf(TrackedConnectionPool.class);
			assertThatTheLedgerTells(context, "connectionFactory");
		});
	}

	@Test
	void poolOfAUrlThatIsDecoratedHasOneInFrontOfTheDecorator() {
		pooledByUrl().withBean(ConnectionFactoryDecorator.class, () -> Telling::new).run((context) -> {
			ConnectionFactory bean = context.getBean(ConnectionFactory.class);
			assertThat(bean).isInstanceOf(TrackedConnectionFactory.class);
			assertThat(((Wrapped<?>) bean).unwrap()).isInstanceOf(Telling.class);
			assertThatTheLedgerTells(context, "connectionFactory");
		});
	}

	@Test
	void poolOfWhatIsDecoratedHasOne() {
		this.boot.withBean(ConnectionFactoryDecorator.class, () -> Telling::new).run((context) -> {
			ConnectionPool pool = context.getBean(ConnectionPool.class);
			assertThat(pool).isInstanceOf(TrackedConnectionPool.class);
			assertThat(pool.unwrap()).isInstanceOf(Telling.class);
			assertThatTheLedgerTells(context, "connectionFactory");
		});
	}

	@Test
	void whatIsNotPooledHasNone(CapturedOutput output) {
		this.boot.withPropertyValues("spring.r2dbc.pool.enabled=false").run((context) -> {
			assertThat(context.getBean(PoolLedgers.class).all()).isEmpty();
			assertThat(line(output)).contains("R2DBC pools with a ledger: none.",
					"'connectionFactory' (io.r2dbc.h2.H2ConnectionFactory is no pool of r2dbc-pool, and tells of none behind it)");
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "transaction-scope.enabled", "transaction-scope.pool.enabled" })
	void thereIsNoneWhereItIsSwitchedOff(String key) {
		this.boot.withPropertyValues(key + "=false")
			.run((context) -> assertThat(context).hasNotFailed()
				.getBean(ConnectionPool.class)
				.isExactlyInstanceOf(ConnectionPool.class));
	}

	private ApplicationContextRunner pooledByUrl() {
		return this.boot.withPropertyValues("spring.r2dbc.generate-unique-name=false",
				"spring.r2dbc.url=r2dbc:pool:h2:mem:///%s?maxSize=2".formatted(UUID.randomUUID()));
	}

	// Beans of the application

	@Test
	void eachOfSeveralHasOneThatIsNamedAfterItsBean() {
		this.bare.withBean("orders", ConnectionPool.class, () -> pool())
			.withBean("reports", ConnectionFactory.class, () -> pool())
			.run((context) -> {
				assertThatTheLedgerTells(context, "orders");
				assertThatTheLedgerTells(context, "reports");
			});
	}

	@Test
	void poolThatTwoBeansLeadToHasOne() {
		ConnectionPool shared = pool();
		this.bare.withBean("orders", ConnectionFactory.class, () -> shared)
			.withBean("alias", ConnectionFactory.class, () -> new Telling(shared))
			.run((context) -> {
				assertThatTheLedgerTells(context, context.getBean("alias", ConnectionFactory.class), "orders");
				assertThat(context.getBean(PoolLedgers.class).all()).hasSize(1);
			});
	}

	@Test
	void beanAroundAPoolThatIsABeanStaysAsItIs() {
		this.bare.withUserConfiguration(AroundABean.class).run((context) -> {
			assertThat(context.getBean("outer")).isExactlyInstanceOf(Telling.class);
			assertThatTheLedgerTells(context, context.getBean("outer", ConnectionFactory.class), "inner");
			assertThat(context.getBean(PoolLedgers.class).all()).hasSize(1);
		});
	}

	@ParameterizedTest
	@ValueSource(classes = { DelegatingConnectionFactory.class, TransactionAwareConnectionFactoryProxy.class })
	void poolBehindOneOfSpringsHasOneAndTheBeanIsOfTheSameClass(Class<? extends ConnectionFactory> type) {
		this.bare
			.withBean("front", ConnectionFactory.class,
					() -> (type == DelegatingConnectionFactory.class) ? new DelegatingConnectionFactory(pool())
							: new TransactionAwareConnectionFactoryProxy(pool()))
			.run((context) -> {
				assertThat(context.getBean("front")).isExactlyInstanceOf(type);
				assertThatTheLedgerTells(context, "front");
			});
	}

	@Test
	void whatJoinsATransactionIsNoBorrowOfItsOwn() {
		this.bare.withBean("front", ConnectionFactory.class, () -> new TransactionAwareConnectionFactoryProxy(pool()))
			.run((context) -> {
				TransactionAwareConnectionFactoryProxy front = context
					.getBean(TransactionAwareConnectionFactoryProxy.class);
				PoolLedger ledger = ledger(context, "front");
				Mono<Integer> leases = front.create().map((connection) -> ledger.snapshot().leases().size());
				assertThat(TransactionalOperator.create(new R2dbcTransactionManager(front.getTargetConnectionFactory()))
					.transactional(leases)
					.block(SOON)).isEqualTo(1);
				assertThat(ledger.snapshot().leases()).isEmpty();
			});
	}

	@Test
	void singleConnectionIsLeftToWhoLendsIt(CapturedOutput output) {
		SingleConnectionFactory single = new SingleConnectionFactory("r2dbc:pool:h2:mem:///single", true);
		this.bare.withBean("single", ConnectionFactory.class, () -> single).run((context) -> {
			assertThat(context.getBean("single")).isSameAs(single);
			assertThat(context.getBean(PoolLedgers.class).all()).isEmpty();
			assertThat(line(output)).contains(
					"'single' (org.springframework.r2dbc.connection.SingleConnectionFactory lends a connection more than once)");
		});
	}

	@Test
	void whatMayBeAskedForByItsClassIsLeftAndNamed(CapturedOutput output) {
		this.bare.withUserConfiguration(OfOwnClasses.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(OwnPool.class)).isExactlyInstanceOf(OwnPool.class);
			assertThat(context.getBean(PoolLedgers.class).all()).extracting(PoolLedger::pool)
				.containsExactlyInAnyOrder("asPool", "asFactory");
			assertThat(line(output)).contains(
					"'own' ('own' may be asked for as a %s, which nothing else can be)"
						.formatted(OwnPool.class.getName()),
					"'telling' ('telling' may be asked for as a %s, which nothing else can be)"
						.formatted(Telling.class.getName()));
		});
	}

	@Test
	void poolWithAnAspectAroundItHasOneAndTheAspectSeesEachBorrow() {
		this.bare.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class))
			.withBean(Watchman.class)
			.withBean("watched", ConnectionPool.class, () -> pool((builder) -> builder.maxAcquireTime(SOON)))
			.run((context) -> {
				ConnectionPool pool = context.getBean(ConnectionPool.class);
				assertThat(pool).isInstanceOf(TrackedConnectionPool.class);
				assertThatTheLedgerTells(context, "watched");
				assertThatTheLedgerTells(context, "watched");
				assertThat(context.getBean(Watchman.class).borrows).isEqualTo(2);
				assertThat(ledger(context, "watched").patience()).isEqualTo(SOON);
			});
	}

	@Test
	void poolBehindAnAspectOnInterfacesHasOne() {
		this.bare.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class))
			.withPropertyValues("spring.aop.proxy-target-class=false")
			.withBean(Watchman.class)
			.withBean("watched", ConnectionFactory.class, () -> pool())
			.run((context) -> {
				ConnectionFactory bean = context.getBean(ConnectionFactory.class);
				assertThat(bean).isInstanceOf(TrackedConnectionFactory.class);
				assertThat(AopUtils.isJdkDynamicProxy(((Wrapped<?>) bean).unwrap())).isTrue();
				assertThatTheLedgerTells(context, "watched");
			});
	}

	@Test
	void whatAFactoryMakesHasOneUntilTheContextIsClosed() {
		this.bare.withBean("made", Making.class).run((context) -> {
			assertThatTheLedgerTells(context, "made");
			PoolLedger ledger = ledger(context, "made");
			context.close();
			await().until(() -> !isRunning("made:ledger"));
			assertThat(ledger.snapshot().state()).as("whoever has made it disposes of it")
				.isEqualTo(PoolSnapshot.State.RUNNING);
		});
	}

	@Test
	void poolThatIsMadeLaterHasOneFromThenOn(CapturedOutput output) {
		this.bare.withUserConfiguration(Late.class).run((context) -> {
			assertThat(line(output)).contains("'late' (it has not been made yet)");
			assertThat(context.getBean(PoolLedgers.class).all()).isEmpty();
			assertThatTheLedgerTells(context, "late");
		});
	}

	@Test
	void poolThatIsMadeAnewHasAnotherOfTheSameName() {
		this.bare.withBean("pool", ConnectionPool.class, () -> pool()).run((context) -> {
			PoolLedger first = ledger(context, "pool");
			((DefaultListableBeanFactory) context.getBeanFactory()).destroySingleton("pool");
			assertThat(context.getBean(PoolLedgers.class).all()).isEmpty();
			assertThatTheLedgerTells(context, "pool");
			assertThat(ledger(context, "pool")).isNotSameAs(first);
		});
	}

	@Test
	void poolOfTheSameNameInAChildIsCalledOtherwise() {
		this.bare.withBean("pool", ConnectionPool.class, () -> pool())
			.run((parent) -> this.bare.withParent(parent)
				.withBean("pool", ConnectionPool.class, () -> pool())
				.run((child) -> assertThat(child.getBean(PoolLedgers.class).all()).extracting(PoolLedger::pool)
					.containsExactly("pool", "pool-2")));
	}

	@Test
	void poolWithAScopeOfItsOwnIsLeftAlone(CapturedOutput output) {
		this.bare.withUserConfiguration(Scoped.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(PoolLedgers.class).all()).isEmpty();
			assertThat(line(output)).contains("'scoped' (it has a scope of its own)");
		});
	}

	@Test
	void mocksAndSpiesAreLeftAloneAndAskedNothing(CapturedOutput output) {
		ConnectionPool mock = Mockito.mock(ConnectionPool.class);
		Telling spy = Mockito.spy(new Telling(pool()));
		this.bare.withBean("mock", ConnectionPool.class, () -> mock)
			.withBean("spy", ConnectionFactory.class, () -> spy)
			.run((context) -> {
				assertThat(context.getBean("mock")).isSameAs(mock);
				assertThat(context.getBean("spy")).isSameAs(spy);
				assertThat(line(output)).contains("'mock' (a test has put it there)",
						"'spy' (a test has put it there)");
				Mockito.verifyNoInteractions(mock, spy);
			});
	}

	@Test
	void ledgerOfTheApplicationIsTakenOver() {
		TrackedConnectionPool own = TrackedConnectionPool.watch(pool(), "own", PoolSettings.defaults());
		this.bare.withBean("bean", ConnectionFactory.class, () -> own).run((context) -> {
			assertThat(context.getBean("bean")).isSameAs(own);
			assertThatTheLedgerTells(context, own, "own");
		});
	}

	@Test
	void wrapperThatDoesNotKnowYetOrWrapsItselfIsLeftAlone(CapturedOutput output) {
		this.bare.withBean("lost", ConnectionFactory.class, Lost::new)
			.withBean("loop", ConnectionFactory.class, Loop::new)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(line(output)).contains("'lost' (", "'loop' (", " is no pool of r2dbc-pool");
			});
	}

	// Routers

	@Test
	void targetsOfARouterThatAreBeansHaveThoseOfTheBeans(CapturedOutput output) {
		this.bare.withUserConfiguration(RoutedBeans.class).run((context) -> {
			Router router = context.getBean(Router.class);
			for (String name : List.of("writer", "replica")) {
				router.destination = name;
				assertThatTheLedgerTells(context, router, name);
			}
			assertThat(context.getBean(PoolLedgers.class).all()).hasSize(2);
			assertThat(line(output)).contains("'router' (writer)", "'router' (replica)");
		});
	}

	@Test
	void targetsOfARouterThatAreNoBeansAreNamedByTheirKeys() {
		this.bare.withBean("tenants", ConnectionFactory.class, () -> new Router(Map.of("eu", pool()), pool()))
			.run((context) -> {
				Router router = (Router) context.getBean("tenants");
				router.destination = "eu";
				assertThatTheLedgerTells(context, router, "tenants:eu");
				router.destination = "unknown";
				assertThatTheLedgerTells(context, router, "tenants:default");
			});
	}

	@Test
	void targetsThatARouterIsGivenLaterHaveThemSoon(CapturedOutput output) {
		ConnectionPool first = pool();
		Router tenants = new Router(Map.of("first", first), null);
		this.bare.withBean("tenants", ConnectionFactory.class, () -> new Telling(tenants)).run((context) -> {
			PoolLedger ledger = ledger(context, "tenants:first");
			ConnectionPool second = pool();
			tenants.lead(Map.of("first", first, "second", new Telling(second)), null);
			await()
				.untilAsserted(() -> assertThat(context.getBean(PoolLedgers.class).all()).extracting(PoolLedger::pool)
					.containsExactly("tenants:first", "tenants:second"));
			assertThat(ledger(context, "tenants:first")).isSameAs(ledger);
			tenants.destination = "second";
			await().untilAsserted(() -> assertThatTheLedgerTells(context, tenants, "tenants:second"));
			await().untilAsserted(() -> assertThat(output).contains(
					"R2DBC pools with a ledger from now on, behind a router: tenants:second. Connection factories without one: none."));
			tenants.lead(Map.of("first", first), null);
			second.dispose();
			assertThat(context.getBean(PoolLedgers.class).all()).hasSize(1);
			context.close();
			await().until(() -> !isRunning(RouterWatch.THREAD));
		});
	}

	@Test
	void routerWithoutTargetsAtTheStartIsFollowed(CapturedOutput output) {
		this.bare.withBean("tenants", Router.class, () -> new Router(Map.of(), null)).run((context) -> {
			assertThat(line(output)).contains("'tenants' (it leads nowhere yet)");
			context.getBean(Router.class).lead(Map.of("late", pool()), null);
			await()
				.untilAsserted(() -> assertThat(context.getBean(PoolLedgers.class).all()).extracting(PoolLedger::pool)
					.containsExactly("tenants:late"));
		});
	}

	private static void assertThatTheLedgerTells(ApplicationContext context, String name) {
		assertThatTheLedgerTells(context, context.getBean(name, ConnectionFactory.class), name);
	}

	private static void assertThatTheLedgerTells(ApplicationContext context, ConnectionFactory factory, String name) {
		PoolLedger ledger = ledger(context, name);
		assertThat(ledger.snapshot().leases()).isEmpty();
		Connection connection = Objects.requireNonNull(Mono.<Connection>from(factory.create()).block(SOON));
		assertThat(ledger.snapshot().leases()).hasSize(1);
		Mono.from(connection.close()).block(SOON);
		assertThat(ledger.snapshot().leases()).isEmpty();
	}

	private static PoolLedger ledger(ApplicationContext context, String name) {
		return context.getBean(PoolLedgers.class)
			.find(name)
			.orElseGet(() -> context.containsBean(name) ? made(context, name) : missing(context, name));
	}

	private static PoolLedger made(ApplicationContext context, String name) {
		context.getBean(name);
		return context.getBean(PoolLedgers.class).find(name).orElseGet(() -> missing(context, name));
	}

	private static PoolLedger missing(ApplicationContext context, String name) {
		throw new AssertionError("No ledger of %s among %s".formatted(name,
				context.getBean(PoolLedgers.class).all().stream().map(PoolLedger::pool).toList()));
	}

	private static String line(CapturedOutput output) {
		return output.getOut()
			.lines()
			.filter((line) -> line.contains("R2DBC pools with a ledger: "))
			.reduce((first, second) -> second)
			.orElse("");
	}

	private static boolean isRunning(String thread) {
		return !threads(thread).isEmpty();
	}

	private static Set<Thread> threads(String name) {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((each) -> each.getName().equals(name))
			.collect(Collectors.toSet());
	}

	private static ConnectionPool pool() {
		return pool((builder) -> {
		});
	}

	private static ConnectionPool pool(Consumer<ConnectionPoolConfiguration.Builder> customizer) {
		return new ConnectionPool(configuration(customizer));
	}

	private static ConnectionPoolConfiguration configuration(Consumer<ConnectionPoolConfiguration.Builder> customizer) {
		ConnectionPoolConfiguration.Builder builder = ConnectionPoolConfiguration
			.builder(ConnectionFactories.get("r2dbc:h2:mem:///" + UUID.randomUUID()))
			.initialSize(0)
			.maxSize(2);
		customizer.accept(builder);
		return builder.build();
	}

	/**
	 * Tells what it wraps.
	 */
	static class Telling implements ConnectionFactory, Wrapped<ConnectionFactory> {

		private final ConnectionFactory wrapped;

		Telling(ConnectionFactory wrapped) {
			this.wrapped = wrapped;
		}

		@Override
		public Publisher<? extends Connection> create() {
			return this.wrapped.create();
		}

		@Override
		public ConnectionFactoryMetadata getMetadata() {
			return this.wrapped.getMetadata();
		}

		@Override
		public ConnectionFactory unwrap() {
			return this.wrapped;
		}

	}

	static class Lost extends Telling {

		Lost() {
			super(pool());
		}

		@Override
		public ConnectionFactory unwrap() {
			throw new IllegalStateException("not yet");
		}

	}

	static class Loop extends Telling {

		Loop() {
			super(pool());
		}

		@Override
		public ConnectionFactory unwrap() {
			return this;
		}

	}

	static class OwnPool extends ConnectionPool {

		OwnPool() {
			super(configuration((builder) -> {
			}));
		}

	}

	static class Router extends AbstractRoutingConnectionFactory {

		private volatile String destination = "";

		Router(Map<String, ConnectionFactory> targets, @Nullable ConnectionFactory fallback) {
			lead(targets, fallback);
		}

		final void lead(Map<String, ConnectionFactory> targets, @Nullable ConnectionFactory fallback) {
			setTargetConnectionFactories(targets);
			if (fallback != null) {
				setDefaultTargetConnectionFactory(fallback);
			}
			afterPropertiesSet();
		}

		@Override
		protected Mono<Object> determineCurrentLookupKey() {
			return Mono.fromSupplier(() -> this.destination);
		}

	}

	static class Making implements FactoryBean<ConnectionFactory> {

		private final ConnectionPool pool = pool();

		@Override
		public ConnectionFactory getObject() {
			return this.pool;
		}

		@Override
		public Class<?> getObjectType() {
			return ConnectionFactory.class;
		}

	}

	@Aspect
	static class Watchman {

		private int borrows;

		@Before("execution(* io.r2dbc.spi.ConnectionFactory+.create())")
		void borrow() {
			this.borrows++;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class AroundABean {

		@Bean(defaultCandidate = false)
		ConnectionPool inner() {
			return pool();
		}

		@Bean
		ConnectionFactory outer(ApplicationContext context) {
			return new Telling(context.getBean("inner", ConnectionFactory.class));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OfOwnClasses {

		@Bean
		OwnPool own() {
			return new OwnPool();
		}

		@Bean
		ConnectionPool asPool() {
			return new OwnPool();
		}

		@Bean
		Telling telling() {
			return new Telling(pool());
		}

		@Bean
		ConnectionFactory asFactory() {
			return new Telling(pool());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Late {

		@Bean
		@Lazy
		ConnectionPool late() {
			return pool();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Scoped {

		@Bean
		@Scope(scopeName = "prototype", proxyMode = ScopedProxyMode.INTERFACES)
		ConnectionFactory scoped() {
			return pool();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class RoutedBeans {

		@Bean
		ConnectionPool writer() {
			return pool();
		}

		@Bean
		ConnectionPool replica() {
			return pool();
		}

		@Bean
		Router router(ConnectionPool writer, ConnectionPool replica) {
			return new Router(Map.of("writer", writer, "replica", replica), writer);
		}

	}

}
