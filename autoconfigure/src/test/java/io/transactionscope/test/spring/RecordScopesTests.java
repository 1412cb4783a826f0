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

import java.lang.reflect.Method;

import io.transactionscope.TransactionScope;
import io.transactionscope.test.scope.RecordedScope;
import io.transactionscope.test.scope.ScopeRecords;
import io.transactionscope.test.scope.TransactionScopes;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.context.TestContextManager;
import org.springframework.test.context.junit.jupiter.SpringJUnitConfig;

import static io.transactionscope.test.assertj.ScopeRecordsAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Records of scopes where nobody else asks for the application context before the test
 * gets its dependencies, as where there is no web.
 */
@SpringJUnitConfig
@RecordScopes
@SuppressWarnings("NullAway.Init")
class RecordScopesTests {

	@Autowired
	ScopeRecords scopes;

	@Autowired
	TransactionScope scope;

	@Test
	void areInjectedIntoTheFirstTestOfAnApplication() {
		this.scope.named("sell").run(() -> {
		});
		assertThat(this.scopes).committed("sell");
	}

	@Test
	void areNotLostWhereAnotherTestRunsMeanwhile() throws Exception {
		this.scope.named("sell").run(() -> {
		});
		TestContextManager manager = new TestContextManager(RecordScopesTests.class);
		RecordScopesTests another = new RecordScopesTests();
		Method method = RecordScopesTests.class.getDeclaredMethod("areInjectedIntoTheFirstTestOfAnApplication");
		manager.prepareTestInstance(another);
		manager.beforeTestMethod(another, method);
		another.areInjectedIntoTheFirstTestOfAnApplication();
		manager.afterTestMethod(another, method, null);
		this.scope.named("buy").run(() -> {
		});
		assertThat(this.scopes.all()).extracting(RecordedScope::name).containsExactly("sell", "sell", "buy");
	}

	@Configuration(proxyBeanMethods = false)
	static class Application {

		@Bean
		TransactionScope scope() {
			return TransactionScopes.withoutDatabase();
		}

	}

}
