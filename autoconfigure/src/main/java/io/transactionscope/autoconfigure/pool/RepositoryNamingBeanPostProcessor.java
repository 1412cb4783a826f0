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

import io.transactionscope.pool.naming.RepositoryCalls;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.data.repository.core.support.RepositoryFactorySupport;
import org.springframework.data.repository.core.support.TransactionalRepositoryFactoryBeanSupport;

/**
 * Has the repositories of Spring Data tell the ledger of their calls, from outside of
 * their transactions. They stay what they are.
 */
class RepositoryNamingBeanPostProcessor implements BeanPostProcessor {

	@Override
	public Object postProcessBeforeInitialization(Object bean, String beanName) {
		if (bean instanceof TransactionalRepositoryFactoryBeanSupport<?, ?, ?> factory) {
			factory.addRepositoryFactoryCustomizer(RepositoryNamingBeanPostProcessor::tellOfCalls);
		}
		return bean;
	}

	private static void tellOfCalls(RepositoryFactorySupport repositories) {
		repositories.addRepositoryProxyPostProcessor(
				(proxy, repository) -> proxy.addAdvice(0, new RepositoryCalls(repository.getRepositoryInterface())));
	}

}
