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
 * Names those who borrow connections as people know them, where no scope does: by the
 * repository that is called, the code that has begun a transaction, the web request, the
 * job, or what is observed.
 *
 * <pre>
 * RepositoryCalls      tells of each call of a repository of Spring Data
 * QuartzJobs           tells of each job of Quartz
 * Occasions            asks one after the other:
 *   TransactionAtHand    the transaction that nobody has named
 *   StepAtHand           the step of Spring Batch
 *   CallAtHand           the call that one of the above has told of
 *   RequestAtHand        the web request of Spring MVC
 *   QuartzAtHand         the store of Quartz
 *   ObservationAtHand    what Micrometer observes
 * </pre>
 *
 * <p>
 * Nothing outside of a type needs the library that the type is about, and all of it is
 * asked only by who has no name.
 */
@NullMarked
package io.transactionscope.pool.naming;

import org.jspecify.annotations.NullMarked;
