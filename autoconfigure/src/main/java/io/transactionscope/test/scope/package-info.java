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
 * What tests of services ask of the scopes that these work in.
 *
 * <pre>
 * AfterCommitCallbacks     what waits for a commit that a test's transaction never has
 *   Captured                 one of them, a scope's or Spring's
 *   Registrations            how much there was before
 * TransactionScopes        scopes for unit tests, without database
 * ScopeDeadlines           lets time pass for them
 * ScopeRecords             which scopes have run
 *   RecordedScope            what became of one
 *   RecordedBlock            follows it while it runs
 * </pre>
 *
 * <p>
 * Any test framework and any library of assertions will do.
 */
@NullMarked
package io.transactionscope.test.scope;

import org.jspecify.annotations.NullMarked;
