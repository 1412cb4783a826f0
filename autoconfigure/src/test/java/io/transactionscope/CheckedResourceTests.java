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

package io.transactionscope;

import java.io.IOException;

import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import org.junit.jupiter.api.Test;

import org.springframework.transaction.PlatformTransactionManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.mockito.Mockito.mock;

/**
 * Resources that throw checked exceptions, around which these are caught by their type.
 */
class CheckedResourceTests {

	private final IOException failure = new IOException("no such file");

	private final Resource<String> resource = () -> {
		throw this.failure;
	};

	private final TransactionScope transactions = TransactionScope.create(mock(PlatformTransactionManager.class));

	@Test
	void isCaughtAroundAResourceScope() {
		try {
			ResourceScope.<IOException>run((scope) -> scope.enter(this.resource));
			fail();
		}
		catch (IOException ex) {
			assertThat(ex).isSameAs(this.failure);
		}
		try {
			fail(ResourceScope.<String, IOException>call((scope) -> scope.enter(this.resource)));
		}
		catch (IOException ex) {
			assertThat(ex).isSameAs(this.failure);
		}
	}

	@Test
	void isCaughtAroundATransaction() {
		try {
			this.transactions.<IOException>run((tx) -> tx.enter(this.resource));
			fail();
		}
		catch (IOException ex) {
			assertThat(ex).isSameAs(this.failure);
		}
		try {
			fail(this.transactions.<String, IOException>call((tx) -> tx.enter(this.resource)));
		}
		catch (IOException ex) {
			assertThat(ex).isSameAs(this.failure);
		}
	}

	@Test
	void isCaughtAroundTryWithResources() {
		try (ResourceScope scope = ResourceScope.open()) {
			fail(scope.enter(this.resource));
		}
		catch (Exception ex) {
			assertThat(ex).isSameAs(this.failure);
		}
	}

}
