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

package io.transactionscope.pool.diagnosis;

import java.util.Objects;

import io.transactionscope.pool.snapshot.PoolKind;

/**
 * The pool has been closed.
 *
 * @since 0.1.0
 */
public record Closed() implements Diagnosis {

	@Override
	public String summary() {
		return "The pool has been closed and lends no connection any more.";
	}

	@Override
	public String advice() {
		return "Do not keep a DataSource longer than its application context; close a pool only when nobody needs it.";
	}

	@Override
	public String advice(PoolKind kind) {
		Objects.requireNonNull(kind, "kind must not be null");
		return advice().replace("DataSource", (kind == PoolKind.JDBC) ? "DataSource" : "ConnectionFactory");
	}

}
