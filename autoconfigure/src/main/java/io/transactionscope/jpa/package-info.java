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
 * Transactions of JPA, through Spring's manager for them.
 *
 * <pre>
 * ScopedJpaTransactionManager    ends them, and tells what became of them
 *   SavepointJpaDialect            adds savepoints
 * JpaTransactions                what blocks see of those of any JPA manager
 *   JpaCommit                      how far a commit got that failed
 *   OpenSession                    the connection of a session that outlives them
 * </pre>
 *
 * <p>
 * For applications there is the manager; what else is public is for our other packages.
 * Nothing outside of this one needs JPA on the class path, and nothing in here is loaded
 * without it.
 *
 * @serial exclude
 */
@NullMarked
package io.transactionscope.jpa;

import org.jspecify.annotations.NullMarked;
