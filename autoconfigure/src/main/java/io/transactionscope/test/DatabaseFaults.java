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
package io.transactionscope.test;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

import javax.sql.DataSource;

/**
 * Makes a database fail on purpose in a test: when a connection is borrowed, at a
 * statement, at COMMIT or ROLLBACK, or anywhere else in the life of a connection.
 *
 * <pre class="code">
 * faults.at(Phase.COMMIT).lostLinkAfterwards();
 *
 * assertThatExceptionOfType(CommitFailedException.class).isThrownBy(() -&gt; orders.place(order))
 *     .returns(TransactionOutcome.UNKNOWN, CommitFailedException::outcome);
 * </pre>
 *
 * <p>
 * The faults are as in earnest: a link that is lost after COMMIT has been applied leaves
 * the data committed and the physical connection closed. One that is lost before leaves
 * the transaction rolled back. All else goes to the driver as it is, and the driver's own
 * connection can be unwrapped.
 *
 * <p>
 * In tests of Spring applications, let
 * {@link io.transactionscope.test.spring.AutoConfigureDatabaseFaults} put them beneath
 * and in front of the application's own pools. Elsewhere: <pre class="code">
 * pool.setDataSource(faults.beneath("orders", driver));
 * DataSource dataSource = faults.inFrontOf("orders", pool);
 * </pre>
 *
 * <p>
 * May be used by several threads at once, and strikes whichever thread comes by. Keep one
 * for each test, or {@link #clear()} it after each.
 *
 * @since 0.1.0
 */
public final class DatabaseFaults {

	private final ArmedFaults faults = new ArmedFaults();

	private final Set<String> watched = ConcurrentHashMap.newKeySet();

	/**
	 * Create faults for the data sources that are going to be watched.
	 */
	public DatabaseFaults() {
	}

	/**
	 * Return a data source whose connections can be made to fail, to be put beneath a
	 * pool, or used without one.
	 * @param pool the name of the pool
	 * @param driver what opens its physical connections
	 * @return what opens the same connections, for all phases but {@link Phase#BORROW};
	 * if it was that already, itself
	 */
	public DataSource beneath(String pool, DataSource driver) {
		Objects.requireNonNull(driver, "driver must not be null");
		return watch(pool, driver, Phase.CONNECT);
	}

	/**
	 * Return a data source that can be made to refuse connections, to be asked in place
	 * of a pool.
	 * @param pool the name of the pool
	 * @param dataSource the pool
	 * @return what lends the same connections, for {@link Phase#BORROW} alone
	 */
	public DataSource inFrontOf(String pool, DataSource dataSource) {
		Objects.requireNonNull(dataSource, "dataSource must not be null");
		return watch(pool, dataSource, Phase.BORROW);
	}

	private DataSource watch(String pool, DataSource dataSource, Phase phase) {
		Objects.requireNonNull(pool, "pool must not be null");
		if (dataSource instanceof FaultyDataSource faulty && faulty.phase() == phase) {
			return dataSource;
		}
		this.watched.add(pool);
		return new FaultyDataSource(this.faults, pool, dataSource, phase);
	}

	/**
	 * Choose where something is to happen.
	 * @param phase the phase
	 * @return the point, which can be narrowed down, and at which to say what happens
	 */
	public DatabaseFaultPoint at(Phase phase) {
		Objects.requireNonNull(phase, "phase must not be null");
		return new DatabaseFaultPoint(this.faults::add, phase);
	}

	/**
	 * Return what was to happen and has not happened so far, except for what is
	 * {@linkplain DatabaseFaultPoint#lenient() lenient}: a test that ends like this has
	 * not tested what it says.
	 * @return a copy, in the order in which it was said
	 */
	public List<DatabaseFault> missed() {
		return this.faults.all().stream().filter(DatabaseFault::isMissed).toList();
	}

	/**
	 * Return the names of the data sources that can be made to fail.
	 * @return a copy, in alphabetical order
	 */
	public Set<String> watched() {
		return new TreeSet<>(this.watched);
	}

	/**
	 * Have nothing fail any more, and let go on what stalls.
	 */
	public void clear() {
		this.faults.removeAll(this.faults.all());
	}

}
