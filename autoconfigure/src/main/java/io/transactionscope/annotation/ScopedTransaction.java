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

package io.transactionscope.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import io.transactionscope.transaction.ScopePropagation;

import org.springframework.aot.hint.annotation.Reflective;
import org.springframework.core.annotation.AliasFor;
import org.springframework.transaction.annotation.Isolation;

/**
 * Run a method, or each method of a class or interface, in a
 * {@link io.transactionscope.TransactionScope TransactionScope}: with the same options,
 * the same guarantees and the same exceptions. In particular it rolls back on
 * <em>every</em> exception, checked ones included.
 *
 * <pre class="code">
 * &#064;ScopedTransaction(timeout = "2s")
 * public Order place(NewOrder request) throws OutOfStockException {
 *     Order order = this.orders.insert(request);
 *     this.stock.take(request);
 *     ActiveScope.current().afterCommit(() -&gt; this.mail.confirm(order));
 *     return order;
 * }
 * </pre>
 *
 * <p>
 * The method reaches its scope's handle with
 * {@link io.transactionscope.ActiveScope#current()}.
 *
 * <p>
 * A method that returns a {@code Mono}, a {@code Flux} or another publisher that Spring
 * adapts runs in a {@link io.transactionscope.reactive.ReactiveTransactionScope
 * ReactiveTransactionScope} instead: it is called when what it returned is subscribed to,
 * once for each subscription, and its items come after the commit. It reaches its scope's
 * handle with {@code ReactiveActiveScope.current()}.
 *
 * <p>
 * As with {@code @Transactional}, it is the Spring bean's proxy that opens the scope: a
 * call from within the same object does not. What no proxy can advise (a private, static
 * or final method), what would end the scope before the work is done (a method that
 * returns a {@code Future} or {@code CompletionStage}, or that suspends), and a publisher
 * where there is no {@code ReactiveTransactionManager} fails the start of the
 * application.
 *
 * <p>
 * An annotation on a method takes precedence over one on its class. On a class it is
 * about the methods that the class itself declares, other than private and static ones.
 * It can be used as a meta-annotation. Where a method is
 * {@link org.springframework.resilience.annotation.Retryable Retryable} as well, each
 * attempt is a new scope; {@link #retryPolicy} knows more of what may be repeated. Other
 * aspects come before the scope, too, unless their order is higher than
 * {@code transaction-scope.advisor.order}.
 *
 * @since 0.1.0
 */
@Target({ ElementType.TYPE, ElementType.METHOD })
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Documented
@Reflective
public @interface ScopedTransaction {

	/**
	 * Alias for {@link #name}.
	 * @return the name of the scope
	 */
	@AliasFor("name")
	String value() default "";

	/**
	 * The name of the scope. Default is {@code Class.method}. Placeholders are resolved.
	 * @return the name of the scope
	 */
	@AliasFor("value")
	String name() default "";

	/**
	 * The transaction manager to use: its bean name or qualifier. Default is the one that
	 * {@link io.transactionscope.TransactionScope TransactionScope} is injected for
	 * without a qualifier, or {@code ReactiveTransactionScope} where the method returns a
	 * publisher. Placeholders are resolved.
	 * @return the qualifier of the transaction manager
	 */
	String transactionManager() default "";

	/**
	 * How the scope relates to a transaction that is active already.
	 * @return the propagation
	 */
	ScopePropagation propagation() default ScopePropagation.REQUIRED;

	/**
	 * The isolation level of a transaction that the scope begins.
	 * @return the isolation level
	 */
	Isolation isolation() default Isolation.DEFAULT;

	/**
	 * Whether the scope only reads.
	 * @return {@code true} to hint so to the database and to JPA
	 */
	boolean readOnly() default false;

	/**
	 * The deadline for the wait for the connection, the statements and the commit, as a
	 * duration such as {@code "2s"}, {@code "500ms"} or {@code "PT2S"}. Default is none.
	 * Placeholders are resolved.
	 * @return the duration, at least a millisecond
	 * @see io.transactionscope.TransactionScope#timeout(java.time.Duration)
	 */
	String timeout() default "";

	/**
	 * The exceptions on which to commit all the same, subclasses included.
	 * @return the exception types
	 * @see io.transactionscope.TransactionScope#commitOn
	 */
	Class<? extends Throwable>[] commitOn() default {};

	/**
	 * The {@link org.springframework.core.retry.RetryPolicy} by which the method is
	 * called again, each time in a new scope, when it fails because of others: its bean
	 * name. Default is none. Placeholders are resolved. Inside of a transaction, the
	 * method cannot be called then. One that returns a publisher fails the start with it,
	 * as does a name that no such bean has.
	 * @return the name of the bean
	 * @see io.transactionscope.TransactionScope#retry
	 */
	String retryPolicy() default "";

	/**
	 * Whether the items of a {@code Flux} come as soon as they are there, when nothing of
	 * what they tell is committed yet, and not after the commit. Its completion comes
	 * after the commit either way. A method that returns no publisher of several items
	 * fails the start with it.
	 * @return {@code true} to stream
	 * @see io.transactionscope.reactive.ReactiveTransactionScope#streamUncommitted
	 */
	boolean streamUncommitted() default false;

}
