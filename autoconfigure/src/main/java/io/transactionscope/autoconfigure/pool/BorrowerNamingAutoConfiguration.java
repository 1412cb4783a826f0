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

package io.transactionscope.autoconfigure.pool;

import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.autoconfigure.ConditionalOnEnabled;
import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.naming.CallAtHand;
import io.transactionscope.pool.naming.ObservationAtHand;
import io.transactionscope.pool.naming.QuartzAtHand;
import io.transactionscope.pool.naming.RequestAtHand;
import io.transactionscope.pool.naming.StepAtHand;
import io.transactionscope.pool.naming.TransactionAtHand;
import jakarta.servlet.http.HttpServletRequest;
import org.quartz.Scheduler;

import org.springframework.batch.core.scope.context.StepSynchronizationManager;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Role;
import org.springframework.core.annotation.Order;
import org.springframework.data.repository.core.support.TransactionalRepositoryFactoryBeanSupport;
import org.springframework.scheduling.quartz.SchedulerFactoryBean;
import org.springframework.web.servlet.HandlerMapping;

/**
 * Auto-configuration of what names those who borrow outside of named scopes and
 * transactions. A {@link Borrower.Occasion} of the application is asked in its order,
 * after all of these if it has none.
 *
 * @since 0.1.0
 */
@AutoConfiguration(before = PoolAutoConfiguration.class)
@Conditional(PoolAutoConfiguration.OnPools.class)
@ConditionalOnEnabled({ "transaction-scope.enabled", "transaction-scope.pool.enabled" })
public final class BorrowerNamingAutoConfiguration {

	private static final int TRANSACTION = 100;

	private static final int STEP = 200;

	private static final int OPEN_SESSION = 300;

	private static final int CALL = 400;

	private static final int REQUEST = 500;

	private static final int QUARTZ = 600;

	private static final int OBSERVATION = 700;

	BorrowerNamingAutoConfiguration() {
	}

	@Bean
	@Order(TRANSACTION)
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static Borrower.Occasion transactionAtHand() {
		return new TransactionAtHand();
	}

	@Bean
	@Order(CALL)
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static Borrower.Occasion callAtHand() {
		return new CallAtHand();
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ HandlerMapping.class, HttpServletRequest.class })
	static class OfRequests {

		@Bean
		@Order(OPEN_SESSION)
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static Borrower.Occasion openSessionAtHand() {
			return new RequestAtHand()::nameOfOpenSession;
		}

		@Bean
		@Order(REQUEST)
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static Borrower.Occasion requestAtHand() {
			return new RequestAtHand();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(TransactionalRepositoryFactoryBeanSupport.class)
	static class OfRepositories {

		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static RepositoryNamingBeanPostProcessor repositoryNamingBeanPostProcessor() {
			return new RepositoryNamingBeanPostProcessor();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(StepSynchronizationManager.class)
	static class OfSteps {

		@Bean
		@Order(STEP)
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static Borrower.Occasion stepAtHand() {
			return new StepAtHand();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ SchedulerFactoryBean.class, Scheduler.class })
	static class OfQuartz {

		@Bean
		@Order(QUARTZ)
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static Borrower.Occasion quartzAtHand() {
			return new QuartzAtHand();
		}

		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static QuartzNamingBeanPostProcessor quartzNamingBeanPostProcessor() {
			return new QuartzNamingBeanPostProcessor();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(ObservationRegistry.class)
	static class OfObservations {

		@Bean
		@Order(OBSERVATION)
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static ObservationAtHand observationAtHand() {
			return new ObservationAtHand();
		}

		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static ObservationNamingBeanPostProcessor observationNamingBeanPostProcessor(ObservationAtHand observation) {
			return new ObservationNamingBeanPostProcessor(observation);
		}

	}

}
