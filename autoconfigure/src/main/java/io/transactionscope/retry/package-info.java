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
 * Blocks that are repeated when they fail because of others.
 *
 * <pre>
 * Repetition       the attempts of one block, by Spring's RetryTemplate
 *   Place            refuses one inside of a transaction
 *   FailureReading   what a failure says about a repetition
 *   CallsMade        what an attempt has called that is not rolled back with it
 *   Repeating        tells observers of it
 * </pre>
 *
 * <p>
 * This is for the other packages of this library, and not for applications, which have
 * {@link io.transactionscope.TransactionScope#retry}. Its types may change with each
 * release.
 *
 * <h2>Decisions</h2>
 * <ul>
 * <li><b>The loop is Spring's</b>, with its policies and back-offs, which applications
 * know from {@code @Retryable}. What is added is what only the scope knows: the outcome,
 * the deadline, the place, and who has cancelled it.</li>
 * <li><b>It is the outcome that decides</b>, before any policy is asked: what is not
 * known to be rolled back is not repeated. What the policy would say of the exception
 * comes after that.</li>
 * <li><b>Only the outermost block is repeated.</b> A failed statement has ended the whole
 * transaction on most databases, and a new snapshot is what makes an attempt succeed that
 * could not be serialized. A block inside could repeat neither, and would hold the outer
 * connection while it waits.</li>
 * <li><b>A policy that accepts anything adds nothing.</b> To repeat each failure is
 * hardly what {@code RetryPolicy.withMaxRetries(3)} is meant for here: the bug in the
 * body would be run four times.</li>
 * </ul>
 */
@NullMarked
package io.transactionscope.retry;

import org.jspecify.annotations.NullMarked;
