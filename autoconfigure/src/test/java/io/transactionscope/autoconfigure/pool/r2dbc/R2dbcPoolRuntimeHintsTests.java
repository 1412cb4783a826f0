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

package io.transactionscope.autoconfigure.pool.r2dbc;

import io.r2dbc.pool.ConnectionPool;
import org.junit.jupiter.api.Test;

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.r2dbc.connection.lookup.AbstractRoutingConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;

class R2dbcPoolRuntimeHintsTests {

	private final RuntimeHints hints = new RuntimeHints();

	@Test
	void nativeImageKnowsHowLongAPoolLetsEverybodyWaitAndWhatARouterLeadsTo() throws Exception {
		new R2dbcPoolRuntimeHints().registerHints(this.hints, getClass().getClassLoader());
		assertKnown(ConnectionPool.class, "maxAcquireTime");
		assertKnown(AbstractRoutingConnectionFactory.class, "resolvedConnectionFactories");
		assertKnown(AbstractRoutingConnectionFactory.class, "resolvedDefaultConnectionFactory");
	}

	private void assertKnown(Class<?> type, String field) throws NoSuchFieldException {
		assertThat(RuntimeHintsPredicates.reflection().onFieldAccess(type.getDeclaredField(field))).accepts(this.hints);
	}

}
