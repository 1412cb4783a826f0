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

package io.transactionscope.sample.reactive;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Import;

/**
 * The demo on PostgreSQL.
 */
@Tag("once")
@Import(PostgresServer.class)
class PostgresReactiveDemoTests extends ReactiveDemoTests {

	/** H2's driver has no event loops of its own. */
	@Test
	void namesTheCodeThatBlocksEventLoops() {
		for (int i = 0; i < 5; i++) {
			call("/demo/blocked?seconds=6");
		}
		awaitDiagnosis("BlockedEventLoop", "BlockedDemo.printLabel(BlockedDemo.java:");
	}

}
