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
 * Everything's wiring: auto-configuration, properties and failure analyzers. Here are
 * managers, scopes and annotated methods; what is there of one feature or of one optional
 * library has a package of its own below, which may know this one. Nothing else in the
 * library imports any of them.
 *
 * <pre>
 * data source -&gt; {@link ScopedTransactionManagerAutoConfiguration transaction manager}
 *             -&gt; {@link TransactionScopeAutoConfiguration scopes}
 *             -&gt; {@link ScopedTransactionAutoConfiguration annotated methods}
 * </pre>
 *
 * <p>
 * Boot's transaction managers are replaced <em>after</em> Boot has defined them, under
 * the same bean name and with the same customizers: an application that defines a
 * {@code TransactionManager} of its own keeps it, one that has excluded Boot's has none,
 * and one that switches the starter off gets Boot's.
 *
 * <h2>Decisions</h2>
 * <ul>
 * <li><b>A configuration class for each thing that can be left out</b>, though to read
 * and judge them and to make what they define is most of what an application takes longer
 * to start. Fewer, or beans registered by hand, would start faster; but then neither the
 * condition report nor {@code spring.autoconfigure.exclude} would know them by name. Of
 * our own code the look for annotated methods, the ledgers and the rehearsal of a failing
 * block's end take most: each bean is to be looked at before it is used, and what is not
 * loaded before a thread runs out of stack cannot be loaded then.</li>
 * </ul>
 */
@NullMarked
package io.transactionscope.autoconfigure;

import org.jspecify.annotations.NullMarked;
