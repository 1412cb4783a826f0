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

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;

import io.transactionscope.autoconfigure.ScopedTransactionVerifierAutoConfiguration;
import io.transactionscope.autoconfigure.WithResourceAutoConfiguration;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.Resources;
import jakarta.annotation.PostConstruct;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

/**
 * Where a method would run without its resources, or outlast them, the application does
 * not start.
 */
@Tag("once")
class WithResourceStartTests {

	private final ApplicationContextRunner contextRunner = WithResourceTests.application()
		.withUserConfiguration(Beans.class);

	@ParameterizedTest
	@ValueSource(classes = { PrivateMethod.class, StaticMethod.class, FinalMethod.class, FinalMethodOfClass.class,
			ReturnsFuture.class, ReturnsStream.class, AtTheStart.class, NoSuchBean.class, NoResource.class,
			NoName.class, BlankName.class })
	void failsTheStartWhereItCannotBe(Class<?> type) {
		failsTheStart(type, (failure) -> {
			assertThat(failure).hasMessageContaining(type.getName() + ".work() is annotated with @WithResource, but ");
			assertThat(failure.action()).isNotBlank();
		});
	}

	@Test
	void failsTheStartWithWhatToChange() {
		failsTheStart(FinalMethod.class, (failure) -> {
			assertThat(failure).hasMessageEndingWith("is final: no proxy can run it with its resources");
			assertThat(failure.action())
				.isEqualTo("Drop 'final' from the method, or use ResourceScope.call inside it.");
		});
		failsTheStart(ReturnsFuture.class, (failure) -> {
			assertThat(failure).hasMessageEndingWith(
					"returns CompletableFuture: the resources would be released before the work is done");
			assertThat(failure.action()).isEqualTo("Return the value itself, or use AsyncResourceScope, "
					+ "or TransactionScope.async(executor) for blocking work, in place of @WithResource.");
		});
		failsTheStart(NoSuchBean.class, (failure) -> {
			assertThat(failure)
				.hasMessageEndingWith("there is no bean 'lokc' (beans that could be meant: [lock, lazy])");
			assertThat(failure.action()).contains("Declare it, or name another bean", "import the configuration");
		});
		failsTheStart(NoResource.class, (failure) -> {
			assertThat(failure)
				.hasMessageEndingWith("bean 'text' is neither a Resource nor an Around, but of type java.lang.String");
			assertThat(failure.action()).contains("Resource.of(() -> open())");
		});
	}

	@Test
	void failsTheStartWhereTheTransactionWouldBeOutside() {
		this.contextRunner.withUserConfiguration(TransactionsFirst.class)
			.withBean(Ordered.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOfSatisfying(InvalidAnnotatedMethodException.class, (failure) -> {
					assertThat(failure)
						.hasMessageContaining("its transaction would begin before its resources are acquired");
					assertThat(failure.action()).contains("make it at least 2147483647",
							"set transaction-scope.advisor.order");
				}));
	}

	@Test
	void startsWhereItsOrderIsLikewiseThatOfTheTransaction() {
		this.contextRunner.withPropertyValues("transaction-scope.advisor.order=0")
			.withUserConfiguration(TransactionsFirst.class)
			.withBean(Ordered.class)
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@ParameterizedTest
	@ValueSource(strings = { "prototype", "lazy" })
	void failsTheStartWhereTheTransactionOfABeanThatIsCreatedLaterWouldBeOutside(String when) {
		this.contextRunner.withUserConfiguration(TransactionsFirst.class)
			.withBean(Ordered.class, Ordered::new, (definition) -> {
				definition.setLazyInit(when.equals("lazy"));
				definition.setScope(when.equals("lazy") ? "singleton" : when);
			})
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(InvalidAnnotatedMethodException.class)
				.hasMessageContaining("its transaction would begin before its resources are acquired"));
	}

	@Test
	void startsWhereTheTransactionOfABeanThatIsCreatedLaterIsInside() {
		this.contextRunner.withBean(Ordered.class, Ordered::new, (definition) -> definition.setLazyInit(true))
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void transactionThatIsOutsideOfAnotherMethodIsNoneOfItsBusiness() {
		this.contextRunner.withUserConfiguration(TransactionsFirst.class)
			.withBean(Apart.class)
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void failsTheStartWhenSwitchedOff() {
		this.contextRunner.withPropertyValues("transaction-scope.enabled=false")
			.withBean(Fine.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(InvalidAnnotatedMethodException.class)
				.hasMessageEndingWith("it would run without its resources: transaction-scope.enabled is false"));
	}

	@Test
	void failsTheStartWithoutItsAutoConfiguration() {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(ScopedTransactionVerifierAutoConfiguration.class))
			.withUserConfiguration(Beans.class)
			.withBean(Fine.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOfSatisfying(InvalidAnnotatedMethodException.class, (failure) -> {
					assertThat(failure)
						.hasMessageEndingWith("WithResourceAutoConfiguration is excluded, or not part of this test");
					assertThat(failure.action())
						.contains("io.transactionscope.autoconfigure.WithResourceAutoConfiguration");
				}));
	}

	@Test
	void failsTheStartWhereNothingMakesProxies() {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(WithResourceAutoConfiguration.class,
					ScopedTransactionVerifierAutoConfiguration.class))
			.withUserConfiguration(Beans.class)
			.withBean(Fine.class)
			.run((context) -> assertThat(context).getFailure().isInstanceOf(InvalidAnnotatedMethodException.class));
	}

	@Test
	void startsWithoutADatabase() {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, WithResourceAutoConfiguration.class,
					ScopedTransactionVerifierAutoConfiguration.class))
			.withUserConfiguration(Beans.class)
			.withBean(Fine.class)
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void startsWithAMockOfTheAnnotatedBeanAndNoResource() {
		this.contextRunner.withBean(NoSuchBean.class, () -> mock(NoSuchBean.class))
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void lazyResourceIsNotCreatedAtTheStart() {
		this.contextRunner.withBean(NamesALazyBean.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBeanFactory().containsSingleton("lazy")).isFalse();
			context.getBean(NamesALazyBean.class).work();
			assertThat(context.getBeanFactory().containsSingleton("lazy")).isTrue();
		});
	}

	private void failsTheStart(Class<?> type, Consumer<InvalidAnnotatedMethodException> check) {
		this.contextRunner.withBean(type)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOfSatisfying(InvalidAnnotatedMethodException.class, check));
	}

	@Configuration(proxyBeanMethods = false)
	static class Beans {

		@Bean
		Resource<String> lock() {
			return Resources.none("lock");
		}

		@Bean
		@Lazy
		Resource<String> lazy() {
			return Resources.none("lazy");
		}

		@Bean
		String text() {
			return "text";
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableTransactionManagement(order = 0)
	static class TransactionsFirst {

	}

	static class Ordered {

		@Transactional
		@WithResource("lock")
		public void work() {
		}

	}

	static class Apart {

		@Transactional
		public void inTransaction() {
		}

		@WithResource("lock")
		public void work() {
		}

	}

	static class Fine {

		@WithResource("lock")
		public void work() {
		}

	}

	static class PrivateMethod {

		@WithResource("lock")
		@SuppressWarnings("unused")
		private void work() {
		}

	}

	static class StaticMethod {

		@WithResource("lock")
		static void work() {
		}

	}

	static class FinalMethod {

		@WithResource("lock")
		public final void work() {
		}

	}

	@WithResource("lock")
	static class FinalMethodOfClass {

		public final void work() {
		}

	}

	static class ReturnsFuture {

		@WithResource("lock")
		public CompletableFuture<String> work() {
			return CompletableFuture.completedFuture("done");
		}

	}

	static class ReturnsStream {

		@WithResource("lock")
		public Stream<String> work() {
			return Stream.of("done");
		}

	}

	static class AtTheStart {

		@PostConstruct
		@WithResource("lock")
		public void work() {
		}

	}

	static class NoSuchBean {

		@WithResource({ "lock", "lokc" })
		public void work() {
		}

	}

	static class NoResource {

		@WithResource("text")
		public void work() {
		}

	}

	static class NoName {

		@WithResource({})
		public void work() {
		}

	}

	static class BlankName {

		@WithResource("")
		public void work() {
		}

	}

	static class NamesALazyBean {

		@WithResource("lazy")
		public void work() {
		}

	}

}
