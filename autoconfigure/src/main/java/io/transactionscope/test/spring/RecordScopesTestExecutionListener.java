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

package io.transactionscope.test.spring;

import java.util.Map;
import java.util.WeakHashMap;

import io.transactionscope.TransactionScope;
import io.transactionscope.engine.ScopeSettings;
import io.transactionscope.test.scope.ScopeRecords;

import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.test.context.TestContext;
import org.springframework.test.context.TestContextAnnotationUtils;
import org.springframework.test.context.support.AbstractTestExecutionListener;

/**
 * Records the scopes of an application in the tests of classes that are annotated with
 * {@link RecordScopes @RecordScopes}.
 *
 * @since 0.1.0
 */
public class RecordScopesTestExecutionListener extends AbstractTestExecutionListener {

	private static final String BEAN = ScopeRecords.class.getName();

	private static final String RECORDED = RecordScopesTestExecutionListener.class.getName() + ".recorded";

	/** How many tests each is for at this moment. */
	private static final Map<ScopeRecords, Integer> TESTS = new WeakHashMap<>();

	/**
	 * Create the listener, for Spring.
	 */
	public RecordScopesTestExecutionListener() {
	}

	/**
	 * Return the order: before the test's dependencies are injected.
	 */
	@Override
	public int getOrder() {
		return 1850;
	}

	@Override
	public void prepareTestInstance(TestContext testContext) {
		if (isRecorded(testContext)) {
			records(testContext);
		}
	}

	@Override
	public void beforeTestMethod(TestContext testContext) {
		if (isRecorded(testContext)) {
			ScopeRecords records = records(testContext);
			testContext.setAttribute(RECORDED, records);
			synchronized (TESTS) {
				if (TESTS.merge(records, 1, Integer::sum) == 1) {
					begin(records, testContext.getApplicationContext());
				}
			}
		}
	}

	private static void begin(ScopeRecords records, ApplicationContext context) {
		records.clear();
		BeanFactoryUtils.beansOfTypeIncludingAncestors(context, TransactionScope.class)
			.values()
			.stream()
			// No mocks
			.filter(ScopeSettings.Source.class::isInstance)
			.forEach(records::record);
	}

	@Override
	public void afterTestMethod(TestContext testContext) {
		if (testContext.removeAttribute(RECORDED) instanceof ScopeRecords records) {
			synchronized (TESTS) {
				if (TESTS.merge(records, -1, Integer::sum) == 0) {
					records.close();
				}
			}
		}
	}

	private static boolean isRecorded(TestContext testContext) {
		return TestContextAnnotationUtils.hasAnnotation(testContext.getTestClass(), RecordScopes.class);
	}

	/** One for each application context, as a test may get it for all its methods. */
	private static ScopeRecords records(TestContext testContext) {
		ApplicationContext context = testContext.getApplicationContext();
		ConfigurableListableBeanFactory beanFactory = ((ConfigurableApplicationContext) context).getBeanFactory();
		synchronized (beanFactory) {
			if (!beanFactory.containsSingleton(BEAN)) {
				beanFactory.registerSingleton(BEAN, new ScopeRecords());
			}
		}
		return context.getBean(BEAN, ScopeRecords.class);
	}

}
