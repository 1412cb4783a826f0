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
 * Thirty incidents, provoked for real in a running service, and what is read of each:
 * what the log, the exception, the health, the page and the meters say has to be the same
 * true cause. Where one has nothing to say, as no exception has if nobody was turned
 * away, that is looked at, too. Beside each stands its near miss, of which it must not be
 * said.
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
 * <td>code outside of any scope that holds on after its commit</td>
 * <td>a listener that Spring calls</td>
 * <td>{@link TimeSpentIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a call that connections are held for, with JdbcTemplate</td>
 * <td>a short call before something else; calls without a connection</td>
 * <td>{@link RemoteCallIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>the same in a plain transaction of JPA</td>
 * <td>a call that may go on beside its caller</td>
 * <td>{@link RemoteCallIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a call that must not be made, in the tests of an application</td>
 * <td>calls before a lazy connection is fetched, and after the commit</td>
 * <td>{@link ForbiddenCallIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a session of JPA that is open for the view</td>
 * <td>a transaction of the request; one that renders itself</td>
 * <td>{@link JpaIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a slow flush at the commit</td>
 * <td>a quick one after long thought</td>
 * <td>{@link JpaIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a password that was changed</td>
 * <td>the pool is dry for another reason after that; the process stands still
 * meanwhile</td>
 * <td>{@link CannotConnectIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a server without room</td>
 * <td>a pool that grows slowly</td>
 * <td>{@link CannotConnectIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a link that is cut</td>
 * <td>a server that is down</td>
 * <td>{@link CannotConnectIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a server that is down</td>
 * <td>a link that is cut</td>
 * <td>{@link CannotConnectIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a host without address, before the pool was ever started</td>
 * <td>a pool that grows slowly</td>
 * <td>{@link CannotConnectIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>connections that requests leak</td>
 * <td>a batch that lasts</td>
 * <td>{@link LeakIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>the same, on a thread that goes on with other work</td>
 * <td>a batch that lasts</td>
 * <td>{@link LeakIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>connections that another thread uses than has borrowed them</td>
 * <td>a parent that hands its connections on</td>
 * <td>{@link HandOverIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>futures that are joined and need a connection</td>
 * <td>futures that need none</td>
 * <td>{@link JoinIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>requests that are failed by deadlocks, again and again</td>
 * <td>inner work in the same transaction</td>
 * <td>{@link DeadlockIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a deadlock that is complete once the pool is resumed</td>
 * <td>threads that still find a connection</td>
 * <td>{@link ResumedPoolIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a load that is too much for the pool</td>
 * <td>a burst; short waits</td>
 * <td>{@link LoadIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a machine without CPU</td>
 * <td>a load that waits for the database</td>
 * <td>{@link LoadIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a scope that was the matter and has gone</td>
 * <td>the one that is now</td>
 * <td>{@link FiguresIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a storm of borrowers who are turned away</td>
 * <td>two causes after one another</td>
 * <td>{@link StormIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a pool that runs dry before anybody knows why</td>
 * <td>a cause that is known at once</td>
 * <td>{@link StormIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>two pools, of which one is in trouble</td>
 * <td>its neighbour; threads that hold one and wait for the other</td>
 * <td>{@link TwoPoolsIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a pool that is suspended or closed</td>
 * <td>one that is resumed at once</td>
 * <td>{@link OperatedPoolIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a process that stands still</td>
 * <td>one that stood still before anybody waited</td>
 * <td>{@link StalledProcessIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>statements that wait for the lock of a transaction that is idle</td>
 * <td>statements that are slow by themselves</td>
 * <td>{@link BlockedByLockIncidentTests}</td>
 * </tr>
 * <tr>
 * <td>a database that answers nobody any more</td>
 * <td>a slow statement; a pool that cannot connect</td>
 * <td>{@link SilentDatabaseIncidentTests}</td>
 * </tr>
 * </table>
 */
@NullMarked
package io.transactionscope.incident;

import org.jspecify.annotations.NullMarked;
