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
 * Scopes written as annotations: {@link io.transactionscope.annotation.ScopedTransaction
 * ScopedTransaction}, {@link io.transactionscope.annotation.WithResource WithResource}
 * and what puts them to work.
 *
 * <p>
 * The interceptor of the first does nothing but build a {@code TransactionScope} of the
 * annotation, or a {@code ReactiveTransactionScope}, and call it, so that an annotated
 * method and a lambda cannot differ. Each annotated method is looked up once, at the
 * start: what is wrong with it is found then, and an invocation does not search for its
 * transaction manager.
 *
 * <pre>
 * a call -&gt; ScopedTransactionAdvisor -&gt; ScopedTransactions (what the annotation says) -&gt; TransactionScope.call
 *                                     where it returns a publisher -&gt; PublisherMethod -&gt; ReactiveTransactionScope
 * a call -&gt; WithResourceAdvisor -&gt; MethodResources (what the annotation names) -&gt; Inside
 * the start -&gt; ScopedTransactionVerifier -&gt; AnnotatedMethodVerifier, one for each annotation
 *                                        -&gt; InvalidAnnotatedMethodException, if a call would not come that way
 * </pre>
 *
 * @serial exclude
 */
@NullMarked
package io.transactionscope.annotation;

import org.jspecify.annotations.NullMarked;
