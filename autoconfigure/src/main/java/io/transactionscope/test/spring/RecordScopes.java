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

package io.transactionscope.test.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Has the scopes of an application recorded in each test of a class, and the records
 * injected as {@link io.transactionscope.test.scope.ScopeRecords} into its fields and
 * methods, for which its constructor is too early:
 *
 * <pre class="code">
 * &#064;SpringBootTest
 * &#064;RecordScopes
 * class OrderServiceTests {
 *
 *     &#064;Autowired
 *     OrderService orders;
 *
 *     &#064;Autowired
 *     ScopeRecords scopes;
 *
 *     &#064;Test
 *     void takesFromStock() throws OutOfStockException {
 *         this.orders.place(new NewOrder("pen"));
 *         assertThat(this.scopes).committed("OrderService.place").joined("Stock.take");
 *     }
 *
 * }
 * </pre>
 *
 * <p>
 * Recorded are those of all beans of type {@code TransactionScope}, and thereby of
 * {@code @ScopedTransaction} methods, on all threads, from before a test's
 * {@code @BeforeEach} methods until after its {@code @AfterEach} methods. Tests that run
 * in parallel on one application context share the records, of which nothing is forgotten
 * while one of them runs.
 *
 * @since 0.1.0
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
public @interface RecordScopes {

}
