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

/**
 * The wiring of the ledgers of R2DBC pools. {@link R2dbcPoolAutoConfiguration} has one
 * kept of each that a bean is or leads to, and says which those are. A bean is never
 * asked for a connection for that, and told nothing: what it leads to is what it unwraps
 * to.
 *
 * <p>
 * Something in front of a pool that does not say what it wraps has no ledger, unless that
 * is a bean itself, which then is what has been wrapped.
 *
 * @serial exclude
 */
@NullMarked
package io.transactionscope.autoconfigure.pool.r2dbc;

import org.jspecify.annotations.NullMarked;
