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

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

import com.example.payments.Payments;
import io.transactionscope.ActiveScope;
import io.transactionscope.autoconfigure.ScopedTransactionVerifierAutoConfiguration;
import io.transactionscope.autoconfigure.WithResourceAutoConfiguration;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import kotlinx.coroutines.Deferred;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Publisher;

import org.springframework.beans.BeanUtils;
import org.springframework.beans.BeansException;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.support.AbstractAutowireCapableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.core.OverridingClassLoader;
import org.springframework.core.PriorityOrdered;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.Mockito.mock;

/**
 * Where an annotated method would run without its scope, or outlast it, the application
 * does not start.
 */
class ScopedTransactionStartTests {

	private final ApplicationContextRunner contextRunner = ScopedTransactionTests.application();

	@ParameterizedTest
	@ValueSource(classes = { PrivateMethod.class, StaticMethod.class, FinalMethod.class, FinalMethodOfClass.class,
			ReturnsFuture.class, ReturnsBoundFuture.class, ReturnsStream.class, ReturnsCallable.class,
			ReturnsSupplier.class, ReturnsPublisher.class, BadTimeout.class, NegativeTimeout.class,
			UnknownManager.class, AtTheStart.class, AtTheEnd.class })
	void failsTheStartWhereItCannotBe(Class<?> type) {
		failsTheStart(type, (failure) -> {
			assertThat(failure).hasMessageContaining(type.getName() + ".work() is annotated with @ScopedTransaction");
			assertThat(failure.action()).isNotBlank();
		});
	}

	@Test
	void failsTheStartWithWhatToChange() {
		failsTheStart(FinalMethod.class, (failure) -> {
			assertThat(failure).hasMessageEndingWith("is final: no proxy can run it in its scope");
			assertThat(failure.action())
				.isEqualTo("Drop 'final' from the method, or use TransactionScope.call inside it.");
		});
		failsTheStart(ReturnsFuture.class, (failure) -> {
			assertThat(failure)
				.hasMessageContaining("returns CompletableFuture: the scope would end before the work is done");
			assertThat(failure.action()).contains("TransactionScope.async(executor)", "in place of @ScopedTransaction");
		});
		failsTheStart(BadTimeout.class, (failure) -> assertThat(failure).hasMessageContaining("its timeout 'soon'"));
	}

	@Test
	void failsTheStartWhereAClassIsFinalWithWhatToChange() {
		failsTheCreation(FinalClass.class, "its class is final: no proxy can run it in its scope",
				"Drop 'final' from the class, or use TransactionScope.call inside the method.");
		failsTheCreation(OfRecord.class, "its class is final: no proxy can run it in its scope",
				"Make a class of the record, or use TransactionScope.call inside the method.");
		failsTheCreation(FinalWithResource.class, "its class is final: no proxy can run it with its resources",
				"Drop 'final' from the class, or use ResourceScope.call inside the method.");
	}

	@Test
	void t9FailsWhereALazyBeanIsOfAFinalClass() {
		this.contextRunner.withBean(FinalClass.class, FinalClass::new, (definition) -> definition.setLazyInit(true))
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThatExceptionOfType(BeansException.class).isThrownBy(() -> context.getBean(FinalClass.class))
					.havingRootCause()
					.isInstanceOf(InvalidScopedTransactionException.class)
					.withMessageContaining("its class is final");
			});
	}

	@Test
	void startsWhereAFinalClassIsProxiedByItsInterface() {
		this.contextRunner.withPropertyValues("spring.aop.proxy-target-class=false")
			.withBean("work", FinalWork.class)
			.run((context) -> assertThat(context.getBean(Work.class).work()).isEqualTo("FinalWork.work"));
		this.contextRunner.withBean("work", Work.class, () -> () -> ActiveScope.current().name())
			.run((context) -> assertThat(context.getBean(Work.class).work()).endsWith(".work"));
	}

	@Test
	void startsWhereAFinalClassHasNothingToDoWithIt() {
		this.contextRunner.withBean(Unrelated.class).run((context) -> assertThat(context).hasNotFailed());
	}

	private void failsTheCreation(Class<?> type, String problem, String action) {
		this.contextRunner.withConfiguration(AutoConfigurations.of(WithResourceAutoConfiguration.class))
			.withBean(type)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOfSatisfying(InvalidAnnotatedMethodException.class, (failure) -> {
					assertThat(failure).hasMessageStartingWith(type.getName() + ".work() is annotated with @")
						.hasMessageEndingWith(", but " + problem);
					assertThat(failure.action()).isEqualTo(action);
				}));
	}

	@Test
	void t9FailsTheStartWhereKotlinWouldGoOnAfterTheScope() {
		failsTheStart(ReturnsDeferred.class, (failure) -> assertThat(failure).hasMessageContaining("returns Deferred"));
	}

	@Test
	void failsTheStartWhereABeanIsNotProxied() {
		this.contextRunner.withUserConfiguration(TooEarly.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(InvalidScopedTransactionException.class)
				.hasMessageContaining("bean 'onClass' is not proxied"));
	}

	@Test
	void failsTheStartWhereAnInterfaceProxyHidesTheMethod() {
		this.contextRunner.withPropertyValues("spring.aop.proxy-target-class=false")
			.withBean(BesideTheInterface.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(InvalidScopedTransactionException.class)
				.hasMessageContaining("is proxied by its interfaces, of which none has that method"));
	}

	@Test
	void t9FailsTheStartWhereABeanOfAnotherScopeCannotBe() {
		this.contextRunner.withUserConfiguration(BadBeanScope.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(InvalidScopedTransactionException.class)
				.hasMessageContaining("ReturnsFuture.work()"));
	}

	@Test
	void t9FailsTheStartWhereAMethodIsVisibleInAnotherPackageOnly() {
		this.contextRunner.withBean(LocalPayments.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(InvalidScopedTransactionException.class)
				.hasMessageContaining("LocalPayments.pay() is annotated with @ScopedTransaction, but is visible in the "
						+ "package of com.example.payments.Payments only"));
	}

	@Test
	void t9FailsTheStartWhereASingletonWasRegisteredAsItIs() {
		this.contextRunner.withInitializer(
				(context) -> context.getBeanFactory().registerSingleton("manual", new ScopedTransactionTests.OnClass()))
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(InvalidScopedTransactionException.class)
				.hasMessageContaining("bean 'manual' is not proxied"));
	}

	@Test
	void startsWhereTheMethodsOfASingletonCannotBeRead() throws ClassNotFoundException {
		Object singleton = BeanUtils.instantiateClass(new Incomplete().loadClass(NeedsMissing.class.getName()));
		this.contextRunner.withInitializer((context) -> context.getBeanFactory().registerSingleton("manual", singleton))
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void t9FailsTheStartOfAChildContextThatMakesNoProxies() {
		this.contextRunner.run((parent) -> {
			try (AnnotationConfigApplicationContext child = new AnnotationConfigApplicationContext()) {
				child.setParent(parent);
				child.register(ScopedTransactionVerifierAutoConfiguration.class, ScopedTransactionTests.OnClass.class);
				assertThatExceptionOfType(InvalidScopedTransactionException.class).isThrownBy(child::refresh)
					.withMessageContaining("is not proxied");
			}
		});
	}

	@Test
	void t9FailsWhereALazyBeanTurnsOutToBeWhatCannotBe() {
		this.contextRunner.withUserConfiguration(Wide.class).run((context) -> {
			assertThat(context).hasNotFailed();
			for (String name : new String[] { "lazyFinal", "prototypeFinal", "lazyFactory", "lazyFinal" }) {
				assertThatExceptionOfType(BeansException.class).isThrownBy(() -> context.getBean(name))
					.havingRootCause()
					.isInstanceOf(InvalidScopedTransactionException.class)
					.withMessageContaining("FinalMethod.work() is annotated with @ScopedTransaction, but is final");
			}
			assertThat(((ScopedTransactionTests.OnClass) context.getBean("lazyOnClass")).work())
				.isEqualTo("OnClass.work");
			assertThat(context.getBean("lazyMock")).isInstanceOf(FinalMethod.class);
		});
	}

	@Test
	void startsWhereALazyBeanIsPartOfACircle() {
		this.contextRunner
			.withInitializer((context) -> ((AbstractAutowireCapableBeanFactory) context.getBeanFactory())
				.setAllowCircularReferences(true))
			.withUserConfiguration(Circle.class)
			.run((context) -> assertThat(((InCircle) context.getBean("one")).work()).isEqualTo("InCircle.work"));
	}

	private void failsTheStart(Class<?> type, Consumer<InvalidScopedTransactionException> check) {
		this.contextRunner.withBean(type)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOfSatisfying(InvalidScopedTransactionException.class, check));
	}

	static class AtTheStart {

		@PostConstruct
		@ScopedTransaction
		public void work() {
		}

	}

	static class AtTheEnd {

		@PreDestroy
		@ScopedTransaction
		public void work() {
		}

	}

	static class PrivateMethod {

		@ScopedTransaction
		@SuppressWarnings("unused")
		private void work() {
		}

	}

	static class StaticMethod {

		@ScopedTransaction
		static void work() {
		}

	}

	static class FinalMethod {

		@ScopedTransaction
		public final void work() {
		}

	}

	static final class FinalClass {

		@ScopedTransaction
		public void work() {
		}

	}

	record OfRecord() {

		@ScopedTransaction
		public void work() {
		}

	}

	static final class FinalWithResource {

		@WithResource("anything")
		public void work() {
		}

	}

	interface Work {

		@ScopedTransaction
		String work();

	}

	static final class FinalWork implements Work {

		@Override
		public String work() {
			return ActiveScope.current().name();
		}

	}

	static final class Unrelated {

	}

	@ScopedTransaction
	static class FinalMethodOfClass {

		public final void work() {
		}

	}

	static class ReturnsFuture {

		@ScopedTransaction
		public CompletableFuture<String> work() {
			return CompletableFuture.completedFuture("too late");
		}

	}

	static class Generic<T> {

		@ScopedTransaction
		public @Nullable T work() {
			return null;
		}

	}

	static class ReturnsBoundFuture extends Generic<CompletableFuture<String>> {

	}

	static class ReturnsStream {

		@ScopedTransaction
		public Stream<String> work() {
			return Stream.of("too late");
		}

	}

	static class ReturnsCallable {

		@ScopedTransaction
		public Callable<String> work() {
			return () -> "too late";
		}

	}

	static class ReturnsSupplier {

		@ScopedTransaction
		public Supplier<String> work() {
			return () -> "too late";
		}

	}

	static class ReturnsDeferred {

		@ScopedTransaction
		public @Nullable Deferred<String> work() {
			return null;
		}

	}

	static class ReturnsPublisher {

		@ScopedTransaction
		public Publisher<String> work() {
			return (subscriber) -> {
			};
		}

	}

	static class BadTimeout {

		@ScopedTransaction(timeout = "soon")
		public void work() {
		}

	}

	static class NegativeTimeout {

		@ScopedTransaction(timeout = "-2s")
		public void work() {
		}

	}

	static class UnknownManager {

		@ScopedTransaction(transactionManager = "nobody")
		public void work() {
		}

	}

	interface Named {

		String name();

	}

	static class BesideTheInterface implements Named {

		@Override
		public String name() {
			return "";
		}

		@ScopedTransaction
		public void work() {
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Wide {

		@Bean
		@Lazy
		static Object lazyFinal() {
			return new FinalMethod();
		}

		@Bean
		@Scope("prototype")
		static Object prototypeFinal() {
			return new FinalMethod();
		}

		@Bean
		@Lazy
		static FactoryBean<Object> lazyFactory() {
			return new FactoryBean<>() {

				@Override
				public Object getObject() {
					return new FinalMethod();
				}

				@Override
				public Class<?> getObjectType() {
					return Object.class;
				}

			};
		}

		@Bean
		@Lazy
		static Object lazyOnClass() {
			return new ScopedTransactionTests.OnClass();
		}

		@Bean
		@Lazy
		static Object lazyMock() {
			return mock(FinalMethod.class);
		}

	}

	static class InCircle {

		@Autowired
		@Qualifier("other")
		@SuppressWarnings("unused")
		private @Nullable Object other;

		@ScopedTransaction
		public String work() {
			return ActiveScope.current().name();
		}

	}

	static class Other {

		@Autowired
		@Qualifier("one")
		@SuppressWarnings("unused")
		private @Nullable Object one;

	}

	@Configuration(proxyBeanMethods = false)
	static class Circle {

		@Bean
		@Lazy
		static Object one() {
			return new InCircle();
		}

		@Bean
		@Lazy
		static Object other() {
			return new Other();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class TooEarly {

		@Bean
		static Needy needy(ScopedTransactionTests.OnClass needed) {
			return new Needy();
		}

		@Bean
		static ScopedTransactionTests.OnClass onClass() {
			return new ScopedTransactionTests.OnClass();
		}

	}

	static class Needy implements BeanPostProcessor, PriorityOrdered {

		@Override
		public int getOrder() {
			return 0;
		}

	}

	static class LocalPayments extends Payments {

	}

	@Configuration(proxyBeanMethods = false)
	static class BadBeanScope {

		@Bean
		@Scope(scopeName = "prototype", proxyMode = ScopedProxyMode.TARGET_CLASS)
		static ReturnsFuture returnsFuture() {
			return new ReturnsFuture();
		}

	}

	static class Missing {

	}

	static class NeedsMissing {

		public void take(Missing missing) {
		}

	}

	/** As where an optional dependency is not there. */
	static class Incomplete extends OverridingClassLoader {

		Incomplete() {
			super(ScopedTransactionStartTests.class.getClassLoader());
		}

		@Override
		protected boolean isEligibleForOverriding(String className) {
			return className.equals(NeedsMissing.class.getName());
		}

		@Override
		protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
			if (name.equals(Missing.class.getName())) {
				throw new ClassNotFoundException(name);
			}
			return super.loadClass(name, resolve);
		}

	}

}
