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

import org.springframework.aot.hint.annotation.Reflective;

/**
 * Hold resources around a method, or around each method of a class or interface: beans
 * that are a {@link io.transactionscope.resource.Resource Resource} or an
 * {@link io.transactionscope.resource.Around Around}.
 *
 * <pre class="code">
 * &#064;Bean
 * Resource&lt;Lock&gt; importLock() {
 *     return LockResources.lock("import", new ReentrantLock(), Duration.ofSeconds(2));
 * }
 *
 * &#064;WithResource("importLock")
 * &#064;ScopedTransaction
 * public void importOrders(List&lt;NewOrder&gt; delivery) {
 *     delivery.forEach(this.orders::insert);
 * }
 * </pre>
 *
 * <p>
 * They are outside of the method's transaction, be it of {@link ScopedTransaction} or
 * {@code @Transactional}: acquired before it has a connection, and released after its
 * commit or rollback. They are inside of {@code @Retryable} and {@code @Async}, and
 * outside of {@code @Cacheable}, unless that is given an order of its own. A method that
 * joins a transaction that is active already has none of its own: there, the resources
 * are released when the method returns, before that transaction ends. Annotate the method
 * that begins it, or enter them in its scope. What needs the method's own transaction, as
 * advisory locks do, is entered in its scope, too.
 *
 * <p>
 * The outcome that they see is the method's: a failure where it throws, and unknown where
 * it throws a {@link io.transactionscope.transaction.CommitFailedException} that is in
 * doubt, or has one as a cause. A method whose failure is suppressed returns normally if
 * it returns nothing, and throws an {@link IllegalStateException} with that failure as
 * the cause otherwise. What cannot be acquired fails the call; a checked exception that
 * the method does not declare arrives as an
 * {@link java.lang.reflect.UndeclaredThrowableException}, as with any proxy.
 *
 * <p>
 * As with {@link ScopedTransaction}, it is the Spring bean's proxy that acts. What no
 * proxy can advise, a method whose work would go on after it, and a bean that is not
 * there or is neither of the two fail the start of the application. A bean that a test
 * has mocked holds nothing, unless it is told to. An annotation on a method takes
 * precedence over one on its class; it can be used as a meta-annotation.
 *
 * @since 0.1.0
 */
@Target({ ElementType.TYPE, ElementType.METHOD })
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Documented
@Reflective
public @interface WithResource {

	/**
	 * The names of the beans, at least one. The first is acquired first and released
	 * last. Placeholders are resolved. Beans that are no singletons are looked up at each
	 * call.
	 * @return the names
	 */
	String[] value();

}
