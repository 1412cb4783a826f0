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
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.transactionscope.ActiveScope;
import io.transactionscope.TransactionScope;
import io.transactionscope.autoconfigure.ScopedTransactionAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionManagerAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionVerifierAutoConfiguration;
import io.transactionscope.autoconfigure.TransactionScopeAutoConfiguration;
import io.transactionscope.transaction.ScopePropagation;
import org.aopalliance.intercept.MethodInterceptor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aop.Advisor;
import org.springframework.aop.framework.ProxyFactoryBean;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.NameMatchMethodPointcut;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.config.AbstractFactoryBean;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Role;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.resilience.annotation.EnableResilientMethods;
import org.springframework.resilience.annotation.Retryable;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.Mockito.mock;

/**
 * Scopes written as annotations, on beans of a running application.
 */
class ScopedTransactionTests {

	private final ApplicationContextRunner contextRunner = application();

	/** One with all that annotated methods need. */
	static ApplicationContextRunner application() {
		return new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, DataSourceAutoConfiguration.class,
					JdbcTemplateAutoConfiguration.class, JdbcClientAutoConfiguration.class,
					DataSourceTransactionManagerAutoConfiguration.class, TransactionAutoConfiguration.class,
					ScopedTransactionManagerAutoConfiguration.class, TransactionScopeAutoConfiguration.class,
					ScopedTransactionAutoConfiguration.class, ScopedTransactionVerifierAutoConfiguration.class))
			.withPropertyValues("spring.datasource.generate-unique-name=true", "spring.sql.init.mode=never",
					"app.timeout=90s");
	}

	@Test
	void rollsBackOnACheckedExceptionAndKeepsTheInstance() {
		this.contextRunner.withBean(Orders.class).run((context) -> {
			Orders orders = context.getBean(Orders.class);
			IOException failure = new IOException("checked");
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> orders.insertAndFail(failure))
				.isSameAs(failure);
			assertThat(orders.count()).isZero();
			orders.insert(1);
			assertThat(orders.count()).isOne();
		});
	}

	@Test
	void needsNoMoreThanTheProxiesOfSpringsOwnTransactions() {
		this.contextRunner.withPropertyValues("spring.aop.auto=false").withBean(Orders.class).run((context) -> {
			Orders orders = context.getBean(Orders.class);
			assertThatExceptionOfType(IOException.class)
				.isThrownBy(() -> orders.insertAndFail(new IOException("checked")));
			assertThat(orders.count()).isZero();
		});
	}

	@Test
	void isNamedAfterClassAndMethodUnlessItHasAName() {
		this.contextRunner.withBean(Orders.class).run((context) -> {
			assertThat(context.getBean(Orders.class).nameOfScope()).isEqualTo("Orders.nameOfScope");
			assertThat(context.getBean(Orders.class).givenName()).isEqualTo("given-name");
		});
	}

	@Test
	void isFoundOnClassesInterfacesAndOtherAnnotations() {
		this.contextRunner.withBean(OnClass.class).withBean(OnInterface.class).withBean(OnMeta.class).run((context) -> {
			assertThat(context.getBean(OnClass.class).work()).isEqualTo("OnClass.work");
			assertThat(context.getBean(OnClass.class).special()).isEqualTo("special");
			assertThat(context.getBean(Contract.class).work()).isEqualTo("OnInterface.work");
			assertThat(context.getBean(OnMeta.class).work()).isEqualTo("OnMeta.work readOnly=true");
		});
	}

	@Test
	void honoursPropagationAndCommitOn() {
		this.contextRunner.withBean(Orders.class).run((context) -> {
			Orders orders = context.getBean(Orders.class);
			assertThatExceptionOfType(IllegalTransactionStateException.class).isThrownBy(orders::mandatory);
			assertThatExceptionOfType(IllegalStateException.class).isThrownBy(orders::insertAndCommitOn);
			assertThat(orders.count()).isOne();
		});
	}

	@Test
	void resolvesPlaceholdersInItsTimeout() {
		this.contextRunner.withBean(Orders.class).run((context) -> {
			Orders orders = context.getBean(Orders.class);
			assertThat(orders.remainingMillis()).isBetween(1L, 90_000L);
		});
	}

	@Test
	void isANewTransactionForEachAttemptOfARetry() {
		this.contextRunner.withUserConfiguration(Resilient.class).withBean(Retried.class).run((context) -> {
			Retried retried = context.getBean(Retried.class);
			retried.placeAtThirdAttempt();
			assertThat(retried.outcomes()).containsExactly("rolled back", "rolled back", "committed");
			assertThat(context.getBean(JdbcClient.class).sql("select count(*) from t").query(Integer.class).single())
				.isOne();
		});
	}

	@Test
	void t9RollsBackWhereWhatAMethodReturnsIsLateWork() {
		this.contextRunner.withBean(Orders.class).run((context) -> {
			Orders orders = context.getBean(Orders.class);
			assertThatExceptionOfType(IllegalStateException.class).isThrownBy(orders::insertLater)
				.withMessageContaining("Scope 'Orders.insertLater' returned java.util.concurrent.CompletableFuture");
			assertThat(orders.count()).isZero();
		});
	}

	@Test
	void t9ScopesAsyncMethods() {
		this.contextRunner.withUserConfiguration(AsyncEnabled.class)
			.withBean(Orders.class)
			.withBean(AsyncOrders.class)
			.run((context) -> {
				AsyncOrders async = context.getBean(AsyncOrders.class);
				assertThat(async.insert(1)).succeedsWithin(Duration.ofSeconds(10)).isEqualTo("AsyncOrders.insert");
				assertThat(async.insertAndFail(2)).failsWithin(Duration.ofSeconds(10))
					.withThrowableThat()
					.havingRootCause()
					.withMessage("no paper");
				assertThat(async.insertLater(3)).failsWithin(Duration.ofSeconds(10))
					.withThrowableThat()
					.withMessageContaining("returned a future that is not done");
				assertThat(context.getBean(Orders.class).count()).isOne();
			});
	}

	@Test
	void runsInsideOfOtherAspectsUnlessItsOrderIsLower() {
		ApplicationContextRunner withAspect = this.contextRunner.withBean(OnClass.class)
			.withUserConfiguration(AspectConfiguration.class);
		withAspect.run((context) -> assertThat(context.getBean(OnClass.class).work()).isEqualTo("OnClass.work"));
		withAspect.withPropertyValues("transaction-scope.advisor.order=99")
			.run((context) -> assertThat(context.getBean(OnClass.class).work())
				.isEqualTo("OnClass.work, seen in OnClass.work"));
		withAspect.withPropertyValues("transaction-scope.advisor.order=101")
			.run((context) -> assertThat(context.getBean(OnClass.class).work()).isEqualTo("OnClass.work"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "first", "-2147483648" })
	void refusesAnOrderThatCannotBe(String order) {
		this.contextRunner.withPropertyValues("transaction-scope.advisor.order=" + order)
			.withBean(OnClass.class)
			.run((context) -> assertThat(context).getFailure()
				.hasStackTraceContaining("transaction-scope.advisor.order")
				.hasStackTraceContaining(order));
	}

	@Test
	void scopesMethodsWhereATestHasMockedTheBean() {
		this.contextRunner
			.withBean("mocked", TransactionScope.class, () -> mock(TransactionScope.class),
					(definition) -> definition.setPrimary(true))
			.withBean(OnClass.class)
			.run((context) -> assertThat(context.getBean(OnClass.class).work()).isEqualTo("OnClass.work"));
	}

	@Test
	@SuppressWarnings("unchecked")
	void t9ScopesBehindInterfaceProxiesWithTypeParameters() {
		this.contextRunner.withPropertyValues("spring.aop.proxy-target-class=false")
			.withBean("texts", Texts.class)
			.run((context) -> {
				Store<String> store = context.getBean("texts", Store.class);
				assertThat(store.save("a")).isEqualTo("Texts.save");
			});
	}

	@Test
	void t9ScopesWhatFactoriesMake() {
		this.contextRunner.withUserConfiguration(Factories.class).run((context) -> {
			assertThat(context.getBean("made", OnClass.class).work()).isEqualTo("OnClass.work");
			assertThat(context.getBean("madeByInterface", Contract.class).work()).isEqualTo("OnInterface.work");
			assertThat(context.getBean("client", Contract.class).work()).isEqualTo("Contract.work");
			assertThat(context.getBean("lambda", Contract.class).work()).isEqualTo("Contract.work");
			assertThat(context.getBean("&scopedFactory", ScopedFactory.class).refresh())
				.isEqualTo("ScopedFactory.refresh");
			assertThat(context.getBean("nothing").getClass().getSimpleName()).isEqualTo("NullBean");
		});
	}

	@Test
	void t9ScopesBeansBehindTheProxyOfTheirBeanScope() {
		this.contextRunner.withUserConfiguration(BeanScopes.class).run((context) -> {
			assertThat(context.getBean("byClass", OnClass.class).work()).isEqualTo("OnClass.work");
			assertThat(context.getBean("byInterface", Contract.class).work()).isEqualTo("OnInterface.work");
		});
	}

	@Configuration(proxyBeanMethods = false)
	static class AspectConfiguration {

		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static Advisor aspect() {
			NameMatchMethodPointcut pointcut = new NameMatchMethodPointcut();
			pointcut.setMappedName("work");
			DefaultPointcutAdvisor advisor = new DefaultPointcutAdvisor(pointcut, (MethodInterceptor) (invocation) -> {
				boolean inTransaction = TransactionSynchronizationManager.isActualTransactionActive();
				return invocation.proceed() + (inTransaction ? ", seen in " + ActiveScope.current().name() : "");
			});
			advisor.setOrder(100);
			return advisor;
		}

	}

	static class Orders {

		private final JdbcClient jdbc;

		Orders(JdbcClient jdbc) {
			this.jdbc = jdbc;
			jdbc.sql("create table t (id int primary key)").update();
		}

		@ScopedTransaction
		public void insert(int id) {
			this.jdbc.sql("insert into t values (?)").param(id).update();
		}

		@ScopedTransaction
		public void insertAndFail(IOException failure) throws IOException {
			this.jdbc.sql("insert into t values (42)").update();
			throw failure;
		}

		@ScopedTransaction
		@SuppressWarnings("FutureReturnValueIgnored") // as whoever hides it so
		public Object insertLater() {
			this.jdbc.sql("insert into t values (44)").update();
			return CompletableFuture.completedFuture("too late");
		}

		@ScopedTransaction(commitOn = IllegalStateException.class)
		public void insertAndCommitOn() {
			this.jdbc.sql("insert into t values (43)").update();
			throw new IllegalStateException("committed all the same");
		}

		@ScopedTransaction(propagation = ScopePropagation.MANDATORY)
		public void mandatory() {
		}

		@ScopedTransaction
		public String nameOfScope() {
			return ActiveScope.current().name();
		}

		@ScopedTransaction("given-name")
		public String givenName() {
			return ActiveScope.current().name();
		}

		@ScopedTransaction(timeout = "${app.timeout}")
		public long remainingMillis() {
			return io.transactionscope.pool.Borrower.current().deadline() - System.nanoTime() > 0
					? (io.transactionscope.pool.Borrower.current().deadline() - System.nanoTime()) / 1_000_000 : -1;
		}

		int count() {
			return this.jdbc.sql("select count(*) from t").query(Integer.class).single();
		}

	}

	@ScopedTransaction
	static class OnClass {

		public String work() {
			return ActiveScope.current().name();
		}

		@ScopedTransaction("special")
		public String special() {
			return ActiveScope.current().name();
		}

	}

	interface Contract {

		@ScopedTransaction
		String work();

	}

	static class OnInterface implements Contract {

		@Override
		public String work() {
			return ActiveScope.current().name();
		}

	}

	@Target(ElementType.METHOD)
	@Retention(RetentionPolicy.RUNTIME)
	@ScopedTransaction(readOnly = true)
	@interface ReadOnlyWork {

	}

	static class OnMeta {

		@ReadOnlyWork
		public String work() {
			return ActiveScope.current().name() + " readOnly="
					+ TransactionSynchronizationManager.isCurrentTransactionReadOnly();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableResilientMethods
	static class Resilient {

	}

	static class Retried {

		private final JdbcClient jdbc;

		private final List<String> outcomes = new ArrayList<>();

		private int attempts;

		Retried(JdbcClient jdbc) {
			this.jdbc = jdbc;
			jdbc.sql("create table t (id int primary key)").update();
		}

		List<String> outcomes() {
			return this.outcomes;
		}

		@Retryable(maxRetries = 3, delay = 1)
		@ScopedTransaction(propagation = ScopePropagation.OUTERMOST)
		public void placeAtThirdAttempt() {
			ActiveScope.current().afterCommit(() -> this.outcomes.add("committed"));
			ActiveScope.current().afterRollback(() -> this.outcomes.add("rolled back"));
			this.jdbc.sql("insert into t values (1)").update();
			if (++this.attempts < 3) {
				throw new IllegalStateException("attempt " + this.attempts);
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync
	static class AsyncEnabled {

	}

	static class AsyncOrders {

		private final JdbcClient jdbc;

		AsyncOrders(JdbcClient jdbc, Orders orders) {
			this.jdbc = jdbc;
		}

		@Async
		@ScopedTransaction
		public CompletableFuture<String> insert(int id) {
			this.jdbc.sql("insert into t values (?)").param(id).update();
			return CompletableFuture.completedFuture(ActiveScope.current().name());
		}

		@Async
		@ScopedTransaction
		public CompletableFuture<String> insertAndFail(int id) {
			this.jdbc.sql("insert into t values (?)").param(id).update();
			return CompletableFuture.failedFuture(new IOException("no paper"));
		}

		@Async
		@ScopedTransaction
		public CompletableFuture<String> insertLater(int id) {
			this.jdbc.sql("insert into t values (?)").param(id).update();
			return new CompletableFuture<>();
		}

	}

	interface Store<T> {

		@ScopedTransaction
		String save(T value);

	}

	static class Texts implements Store<String> {

		@Override
		public String save(String value) {
			return ActiveScope.current().name();
		}

	}

	static class ScopedFactory implements FactoryBean<String> {

		@ScopedTransaction
		public String refresh() {
			return ActiveScope.current().name();
		}

		@Override
		public String getObject() {
			return "made";
		}

		@Override
		public Class<?> getObjectType() {
			return String.class;
		}

	}

	/** As those of clients and repositories are. */
	static class ClientFactory implements FactoryBean<Contract> {

		@Override
		public Contract getObject() {
			return (Contract) Proxy.newProxyInstance(Contract.class.getClassLoader(), new Class<?>[] { Contract.class },
					(proxy, method, args) -> ActiveScope.current().name());
		}

		@Override
		public Class<?> getObjectType() {
			return Contract.class;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Factories {

		@Bean
		static FactoryBean<OnClass> made() {
			return new AbstractFactoryBean<>() {

				@Override
				protected OnClass createInstance() {
					return new OnClass();
				}

				@Override
				public Class<?> getObjectType() {
					return OnClass.class;
				}

			};
		}

		@Bean
		static ProxyFactoryBean madeByInterface() {
			ProxyFactoryBean factory = new ProxyFactoryBean();
			factory.setTarget(new OnInterface());
			factory.setInterfaces(Contract.class);
			return factory;
		}

		@Bean
		static ClientFactory client() {
			return new ClientFactory();
		}

		@Bean
		static Contract lambda() {
			return () -> ActiveScope.current().name();
		}

		@Bean
		static ScopedFactory scopedFactory() {
			return new ScopedFactory();
		}

		@Bean
		static @Nullable OnClass nothing() {
			return null;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class BeanScopes {

		@Bean
		@Scope(scopeName = "prototype", proxyMode = ScopedProxyMode.TARGET_CLASS)
		static OnClass byClass() {
			return new OnClass();
		}

		@Bean
		@Scope(scopeName = "prototype", proxyMode = ScopedProxyMode.INTERFACES)
		static OnInterface byInterface() {
			return new OnInterface();
		}

	}

}
