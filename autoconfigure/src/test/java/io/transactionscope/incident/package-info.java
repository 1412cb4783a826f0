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
 * Incidents, provoked for real in a running service, and what is read of each: what the
 * exception, the health, the page and the meters say has to be the same true cause.
 * Beside each stands its near miss, of which it must not be said.
 *
 * <table>
 * <caption>Which class provokes what</caption>
 * <tr>
 * <th>incident</th>
 * <th>near miss</th>
 * <th>class</th>
 * </tr>
 * <tr>
 * <td>a remote call between statements</td>
 * <td>statements that last</td>
 * <td>{@link HeldButIdleIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a loop of remote calls, seen in a statement</td>
 * <td>a loop of statements, seen between two</td>
 * <td>{@link TimeSpentIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a listener for Spring's {@code AFTER_COMMIT} that takes long</td>
 * <td>a holder that goes on by itself after its commit</td>
 * <td>{@link TimeSpentIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a call that connections are held for, with JdbcTemplate and in a plain transaction
 * of JPA</td>
 * <td>a short call before something else; a call that may go on beside its caller; calls
 * without a connection</td>
 * <td>{@link RemoteCallIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a call that must not be made, in the tests of an application</td>
 * <td>calls before a lazy connection is fetched, and after the commit</td>
 * <td>{@link ForbiddenCallIncidentTests}</td>
 * </tr>
 * </table>
 */
@NullMarked
package io.transactionscope.incident;

import org.jspecify.annotations.NullMarked;
