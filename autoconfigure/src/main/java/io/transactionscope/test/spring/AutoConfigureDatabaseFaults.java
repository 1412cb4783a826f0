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
 * Lets a test make the application's own database fail on purpose. To be put on a test
 * class whose application context is made by Spring's TestContext framework; the context
 * then has a {@link io.transactionscope.test.DatabaseFaults} to be injected into the
 * test, and the configuration of the application stays as it is.
 *
 * <pre class="code">
 * &#064;SpringBootTest
 * &#064;AutoConfigureDatabaseFaults
 * class OrdersTests {
 *
 *     &#064;Autowired
 *     OrderService orders;
 *
 *     &#064;Autowired
 *     DatabaseFaults faults;
 *
 *     &#064;Test
 *     void saysThatAnOrderIsInDoubt() {
 *         this.faults.at(Phase.COMMIT).lostLinkAfterwards();
 *         assertThatExceptionOfType(CommitFailedException.class).isThrownBy(() -&gt; this.orders.place(new NewOrder("pen")))
 *             .returns(TransactionOutcome.UNKNOWN, CommitFailedException::outcome);
 *     }
 *
 * }
 * </pre>
 *
 * <p>
 * Works with each data source that is a bean, by the bean's name, and with what one that
 * delegates leads to. The faults are beneath a pool of HikariCP's, however that gets at
 * its database, so that the pool has to do with them; with another pool they are in front
 * of it, where the physical connections end the same, but the pool does not hear of it
 * and never connects in vain. One of a class that is final, as C3P0's is, can then be
 * injected by its interfaces only. Data sources that one that routes has made for itself
 * are left alone.
 *
 * <p>
 * After each test, nothing fails any more, before the test's own transaction is rolled
 * back. If something that was to happen never did, that fails the test, unless it was
 * {@linkplain io.transactionscope.test.DatabaseFaultPoint#lenient() lenient}.
 *
 * @since 0.1.0
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface AutoConfigureDatabaseFaults {

}
