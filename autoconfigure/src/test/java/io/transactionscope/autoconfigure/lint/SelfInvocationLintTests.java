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

package io.transactionscope.autoconfigure.lint;

import java.util.Objects;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.beans.factory.support.BeanDefinitionBuilder;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.core.OverridingClassLoader;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.annotation.Transactional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

/**
 * Applications with calls past the proxy.
 */
@ExtendWith(OutputCaptureExtension.class)
class SelfInvocationLintTests {

	private static final String KEY = "transaction-scope.lint.self-invocation";

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, TransactionAutoConfiguration.class,
				SelfInvocationLintAutoConfiguration.class))
		.withBean(PlatformTransactionManager.class, () -> mock(PlatformTransactionManager.class))
		.withBean("orders", Orders.class, Orders::new, (definition) -> definition.setLazyInit(true));

	@Test
	void doesNotLookUnlessAsked() {
		this.contextRunner
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(SelfInvocationLint.class));
		this.contextRunner.withPropertyValues(KEY + "=off").run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void warnsWithWhatToChange(CapturedOutput output) {
		this.contextRunner.withPropertyValues(KEY + "=warn").run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBeanFactory().containsSingleton("orders")).isFalse();
			assertThat(output).containsOnlyOnce("Orders.all() calls its own save() past the proxy")
				.contains("Move Orders.save() to another bean, or run it by TransactionScope where it is called.");
		});
	}

	@Test
	void failsTheStartIfToldTo() {
		this.contextRunner.withPropertyValues(KEY + "=fail").run((context) -> {
			assertThat(context).getFailure().isInstanceOf(SelfInvocationException.class);
			FailureAnalysis analysis = Objects.requireNonNull(
					new SelfInvocationFailureAnalyzer().analyze(Objects.requireNonNull(context.getStartupFailure())));
			assertThat(analysis.getDescription()).startsWith("Orders.all() calls its own save() past the proxy, at ");
			assertThat(analysis.getAction()).contains("Move Orders.save() to another bean", KEY + "=warn");
		});
	}

	@Test
	void doesNotLookWhereAllIsSwitchedOff() {
		this.contextRunner.withPropertyValues(KEY + "=fail", "transaction-scope.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void passesOverAClassOfALibraryThatIsThereOnlyInPart(CapturedOutput output) throws Exception {
		Class<?> partial = new OverridingClassLoader(new FilteredClassLoader(Missing.class)) {

			@Override
			protected boolean isEligibleForOverriding(String className) {
				return className.equals(Partial.class.getName());
			}

		}.loadClass(Partial.class.getName());
		this.contextRunner
			.withInitializer((context) -> ((BeanDefinitionRegistry) context).registerBeanDefinition("partial",
					BeanDefinitionBuilder.rootBeanDefinition(partial).setLazyInit(true).getBeanDefinition()))
			.withPropertyValues(KEY + "=warn")
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).containsOnlyOnce("Orders.all() calls its own save() past the proxy");
	}

	static class Missing {

	}

	static class Partial {

		public void use(Missing missing) {
		}

	}

	static class Orders {

		public void all() {
			save();
		}

		@Transactional
		public void save() {
			all();
		}

	}

}
