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
 * Twelve incidents, provoked for real in a running service on WebFlux and R2DBC, and what
 * is read of each, as in {@link io.transactionscope.incident}: the log, the exception,
 * the health, the page and the meters have to say the same true cause. Beside each stands
 * its near miss, of which it must not be said.
 *
 * <table>
 * <caption>Which class provokes what</caption>
 * <tr>
 * <th>incident</th>
 * <th>near miss</th>
 * <th>class</th>
 * </tr>
 * <tr>
 * <td>blocks inside of blocks, one after the other or zipped</td>
 * <td>one connection more; blocks that are zipped side by side</td>
 * <td>{@link DeadlockIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a remote call in a block, or in a transactional method</td>
 * <td>the call before the block</td>
 * <td>{@link HeldButIdleIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a block that never ends</td>
 * <td>one that gives up in time</td>
 * <td>{@link HeldButIdleIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a client that hangs up while code holds a connection that it has borrowed by
 * hand</td>
 * <td>the same in a block</td>
 * <td>{@link LeakIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a connection that is kept outside, or forgotten</td>
 * <td>one that is held for long, and used</td>
 * <td>{@link LeakIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>code that blocks an event loop</td>
 * <td>the same code where it may block</td>
 * <td>{@link BlockedEventLoopIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>slow statements</td>
 * <td>statements that are not slow enough</td>
 * <td>{@link StatementIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a row lock, of a holder or of a session outside</td>
 * <td>slow statements beside a lock</td>
 * <td>{@link StatementIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a database that answers nobody any more</td>
 * <td>slow answers</td>
 * <td>{@link StatementIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a server that is down</td>
 * <td>one attempt that fails</td>
 * <td>{@link CannotConnectIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a wrong password</td>
 * <td>the right one, after that</td>
 * <td>{@link CannotConnectIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a load that is too much for the pool</td>
 * <td>a burst; a pool that is large enough</td>
 * <td>{@link LoadIncidentTests}</td>
 * </tr>
 * </table>
 */
@NullMarked
package io.transactionscope.incident.reactive;

import org.jspecify.annotations.NullMarked;
