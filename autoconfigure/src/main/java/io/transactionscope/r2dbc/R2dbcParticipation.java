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

package io.transactionscope.r2dbc;

import io.r2dbc.spi.Connection;
import io.transactionscope.reactive.engine.ReactiveParticipation;
import io.transactionscope.reactive.engine.ReactiveTransactionState;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/**
 * A block's part in a transaction on an R2DBC connection.
 */
interface R2dbcParticipation extends ReactiveParticipation {

	R2dbcTransaction active();

	@Override
	default ReactiveTransactionState transaction() {
		return active().shared();
	}

	@Override
	default Context context(Context outer) {
		return outer;
	}

	@Override
	default boolean isRollbackOnly() {
		return active().isRollbackOnly();
	}

	@Override
	default Connection connection() {
		return active().getConnection();
	}

	@Override
	default Mono<Void> interrupt() {
		return active().interrupt();
	}

}
