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

import java.util.ArrayList;
import java.util.List;

import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.jpa.ScopedJpaTransactionManager;
import io.transactionscope.pool.TransactionNaming;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.transaction.ConfigurableTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.util.ClassUtils;

/**
 * Adds {@link TransactionNaming} to the transaction managers that do not name the
 * borrower of a connection themselves.
 *
 * <p>
 * A {@code TransactionExecutionListener} bean would do less and more: Boot adds it to the
 * managers that it configures, but not to those of the application, and also to ours,
 * whose transactions it would slow down for nothing.
 */
class TransactionNamingBeanPostProcessor implements BeanPostProcessor {

	private static final boolean JPA_PRESENT = ClassUtils.isPresent("org.springframework.orm.jpa.JpaTransactionManager",
			TransactionNamingBeanPostProcessor.class.getClassLoader());

	private final TransactionNaming naming = new TransactionNaming();

	@Override
	public Object postProcessBeforeInitialization(Object bean, String beanName) {
		if (bean instanceof PlatformTransactionManager && bean instanceof ConfigurableTransactionManager manager
				&& !namesBorrowers(bean)) {
			// The application may have set some that nothing can be added to.
			List<TransactionExecutionListener> listeners = new ArrayList<>(manager.getTransactionExecutionListeners());
			listeners.add(this.naming);
			manager.setTransactionExecutionListeners(listeners);
		}
		return bean;
	}

	private static boolean namesBorrowers(Object manager) {
		return manager instanceof ScopedJdbcTransactionManager
				|| (JPA_PRESENT && manager instanceof ScopedJpaTransactionManager);
	}

}
