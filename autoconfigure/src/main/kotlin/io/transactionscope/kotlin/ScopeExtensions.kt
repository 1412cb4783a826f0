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
 * The scopes in Kotlin. What takes a lambda in Java has a name of its own here: Kotlin
 * prefers members to extensions, and cannot call these members with a lambda, as it
 * neither tells apart overloads by the lambda's parameters nor infers the type of an
 * exception that nothing throws. More overloads, or annotations on them, would not change
 * that, and Java needs them as they are.
 *
 * Bodies are inlined into classes of their caller, so that a scope without a name is called
 * after the method that it stands in. They are `crossinline`: a body can neither suspend,
 * which would leave its transaction on a thread that has gone on, nor `return` past the
 * COMMIT. A handle is the receiver. There is no `DslMarker`, since an outer handle is of
 * use in an inner block of another kind.
 */
package io.transactionscope.kotlin

import io.transactionscope.ActiveScope
import io.transactionscope.TransactionScope
import io.transactionscope.resource.Decorator
import io.transactionscope.resource.ResourceScope
import io.transactionscope.resource.async.BlockFuture
import kotlin.time.Duration
import kotlin.time.toJavaDuration

/**
 * Run the body in this scope and return its value.
 * @see TransactionScope.call
 * @since 0.1.0
 */
@JvmSynthetic
public inline fun <T> TransactionScope.execute(crossinline body: ActiveScope.() -> T): T =
	call(TransactionScope.Call<T, Throwable> { it.body() })

/**
 * Run the body in this scope on another thread.
 * @see TransactionScope.Async.call
 * @since 0.1.0
 */
@JvmSynthetic
public inline fun <T> TransactionScope.Async.execute(crossinline body: ActiveScope.() -> T): BlockFuture<T> =
	call(TransactionScope.Call<T, Throwable> { it.body() })

/**
 * Run the body from a savepoint and return its value.
 * @see ActiveScope.callInSavepoint
 * @since 0.1.0
 */
@JvmSynthetic
public inline fun <T> ActiveScope.inSavepoint(crossinline body: ActiveScope.() -> T): T =
	callInSavepoint(TransactionScope.Call<T, Throwable> { it.body() })

/**
 * Set the deadline.
 * @see TransactionScope.timeout
 * @since 0.1.0
 */
@JvmSynthetic
public fun TransactionScope.timeout(timeout: Duration): TransactionScope = timeout(timeout.toJavaDuration())

/**
 * Commit also when the body throws an [X]; this replaces earlier types.
 * @see TransactionScope.commitOn
 * @since 0.1.0
 */
@JvmSynthetic
public inline fun <reified X : Throwable> TransactionScope.commitOn(): TransactionScope = commitOn(X::class.java)

/**
 * Run the body in a [ResourceScope] of its own and return its value. Where its failure may
 * be suppressed, there is nothing to return: use [runResourceScope].
 * @see ResourceScope.call
 * @since 0.1.0
 */
@JvmSynthetic
public inline fun <T> resourceScope(crossinline body: ResourceScope.() -> T): T =
	ResourceScope.call(ResourceScope.Call<T, Throwable> { it.body() })

/**
 * Run the body in a [ResourceScope] of its own.
 * @see ResourceScope.run
 * @since 0.1.0
 */
@JvmSynthetic
public inline fun runResourceScope(crossinline body: ResourceScope.() -> Unit): Unit =
	ResourceScope.run(ResourceScope.Block<Throwable> { it.body() })

/**
 * Run the body inside of a resource, or of what has been made around bodies, and return
 * its value.
 * @see Decorator.callInside
 * @since 0.1.0
 */
@JvmSynthetic
public inline fun <T> Decorator.inside(crossinline body: () -> T): T =
	callInside(Decorator.CheckedSupplier<T, Throwable> { body() })
