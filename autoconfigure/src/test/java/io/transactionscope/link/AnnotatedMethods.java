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

package io.transactionscope.link;

import io.transactionscope.ActiveScope;
import io.transactionscope.TransactionScope;
import io.transactionscope.annotation.ScopedTransaction;
import io.transactionscope.annotation.ScopedTransactionAdvisor;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionManager;
import org.springframework.transaction.annotation.AnnotationTransactionAttributeSource;
import org.springframework.transaction.annotation.Isolation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.interceptor.TransactionInterceptor;

/**
 * Methods that are blocks, each with a deadline.
 */
interface AnnotatedMethods {

	/** With a deadline of {@link Moment#DEADLINE}. */
	void run(Work.Body body) throws Throwable;

	/** With one of {@link Moment#LATER_DEADLINE}. */
	void runLonger(Work.Body body) throws Throwable;

	static AnnotatedMethods scoped(TransactionScope scope) {
		DefaultListableBeanFactory beans = new DefaultListableBeanFactory();
		beans.registerSingleton("transactionScope", scope);
		ProxyFactory proxy = new ProxyFactory(new Scoped());
		proxy.addAdvisor(new ScopedTransactionAdvisor(beans));
		return (AnnotatedMethods) proxy.getProxy();
	}

	static AnnotatedMethods plain(PlatformTransactionManager manager) {
		ProxyFactory proxy = new ProxyFactory(new Plain(manager));
		proxy.addAdvice(
				new TransactionInterceptor((TransactionManager) manager, new AnnotationTransactionAttributeSource()));
		return (AnnotatedMethods) proxy.getProxy();
	}

	/**
	 * Those that the starter knows.
	 */
	class Scoped implements AnnotatedMethods {

		@Override
		@ScopedTransaction(name = "orders", isolation = Isolation.SERIALIZABLE, timeout = "1s")
		public void run(Work.Body body) throws Throwable {
			body.run(Work.of(ActiveScope.current()));
		}

		@Override
		@ScopedTransaction(name = "orders", isolation = Isolation.SERIALIZABLE, timeout = "3s")
		public void runLonger(Work.Body body) throws Throwable {
			body.run(Work.of(ActiveScope.current()));
		}

	}

	/**
	 * Those that Spring knows.
	 */
	class Plain implements AnnotatedMethods {

		private final PlatformTransactionManager manager;

		Plain(PlatformTransactionManager manager) {
			this.manager = manager;
		}

		@Override
		@Transactional(isolation = Isolation.SERIALIZABLE, timeout = 1)
		public void run(Work.Body body) throws Throwable {
			body.run(Work.plain(this.manager));
		}

		@Override
		@Transactional(isolation = Isolation.SERIALIZABLE, timeout = 3)
		public void runLonger(Work.Body body) throws Throwable {
			body.run(Work.plain(this.manager));
		}

	}

}
