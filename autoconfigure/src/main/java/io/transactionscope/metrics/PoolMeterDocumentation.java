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

package io.transactionscope.metrics;

import io.micrometer.common.docs.KeyName;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.docs.MeterDocumentation;

/**
 * The meters of {@link PoolMetrics}. Waits and leases that are under way count with what
 * has come of them so far, except where a histogram or percentiles are asked for.
 *
 * @since 0.1.0
 */
public enum PoolMeterDocumentation implements MeterDocumentation {

	/**
	 * How long a scope waited for its connections, in vain too.
	 */
	WAIT("transaction.scope.pool.wait", Meter.Type.TIMER, ScopeKeys.values()),

	/**
	 * The longest wait of the last minute, of those turned away too.
	 */
	LONGEST_WAIT("transaction.scope.pool.wait.longest", Meter.Type.GAUGE, ScopeKeys.values()),

	/**
	 * How long a scope held its connections.
	 */
	HOLD("transaction.scope.pool.hold", Meter.Type.TIMER, ScopeKeys.values()),

	/**
	 * The longest hold of the last minute.
	 */
	LONGEST_HOLD("transaction.scope.pool.hold.longest", Meter.Type.GAUGE, ScopeKeys.values()),

	/**
	 * How much of the time that a scope held connections was work for the database.
	 */
	BUSY("transaction.scope.pool.busy", Meter.Type.TIMER, ScopeKeys.values()),

	/**
	 * How much of the time that a scope held connections was none, by the part of the
	 * hold.
	 */
	IDLE("transaction.scope.pool.idle", Meter.Type.TIMER, KeyName.merge(ScopeKeys.values(), IdleKeys.values())),

	/**
	 * How long the calls took that a scope made elsewhere while it held a connection,
	 * once they have ended.
	 */
	CALLS("transaction.scope.pool.calls", Meter.Type.TIMER, ScopeKeys.values()),

	/**
	 * What is the matter with a pool: one for the kind of its diagnosis, zero for all
	 * other kinds. Where borrowers were turned away lately, it is one for that and for
	 * the reason of it. No number where the diagnosis could not be told.
	 */
	DIAGNOSIS("transaction.scope.pool.diagnosis", Meter.Type.GAUGE,
			KeyName.merge(PoolKeys.values(), DiagnosisKeys.values())),

	/**
	 * How long ago the database is known to have answered. No number if it never has.
	 */
	SINCE_DATABASE_ANSWERED("transaction.scope.pool.since.database.answered", Meter.Type.GAUGE, PoolKeys.values()),

	/**
	 * How often a timeout or a deadline ended a wait for a connection. Deadlocks and
	 * borrowers that were turned away early have counters of their own.
	 */
	EXHAUSTIONS("transaction.scope.pool.exhaustions", Meter.Type.COUNTER, PoolKeys.values()),

	/**
	 * How often threads were found that waited for each other.
	 */
	DEADLOCKS("transaction.scope.pool.deadlocks", Meter.Type.COUNTER, PoolKeys.values()),

	/**
	 * How many leases were reported as leaks.
	 */
	LEAKS("transaction.scope.pool.leaks", Meter.Type.COUNTER, PoolKeys.values()),

	/**
	 * How many leases lasted long without being leaks.
	 */
	LONG_LEASES("transaction.scope.pool.long.leases", Meter.Type.COUNTER, PoolKeys.values()),

	/**
	 * How many borrowers were turned away to keep waits short.
	 */
	SHEDS("transaction.scope.pool.sheds", Meter.Type.COUNTER, PoolKeys.values());

	private final String name;

	private final Meter.Type type;

	@SuppressWarnings("ImmutableEnumChecker") // Handed out as copies only
	private final KeyName[] keys;

	PoolMeterDocumentation(String name, Meter.Type type, KeyName[] keys) {
		this.name = name;
		this.type = type;
		this.keys = keys;
	}

	@Override
	public String getName() {
		return this.name;
	}

	@Override
	public Meter.Type getType() {
		return this.type;
	}

	@Override
	public KeyName[] getKeyNames() {
		return this.keys.clone();
	}

	/**
	 * The keys of a pool's meters.
	 *
	 * @since 0.1.0
	 */
	public enum PoolKeys implements KeyName {

		/**
		 * The name of the pool, as HikariCP's own meters have it.
		 */
		POOL {

			@Override
			public String asString() {
				return "pool";
			}

		}

	}

	/**
	 * The keys of a pool's diagnosis besides its own.
	 *
	 * @since 0.1.0
	 */
	public enum DiagnosisKeys implements KeyName {

		/**
		 * The simple name of the type in {@code io.transactionscope.pool.diagnosis}, such
		 * as {@code HeldButIdle} or {@code Healthy}.
		 */
		KIND {

			@Override
			public String asString() {
				return "kind";
			}

		}

	}

	/**
	 * The keys of a scope's meters.
	 *
	 * @since 0.1.0
	 */
	public enum ScopeKeys implements KeyName {

		/**
		 * The name of the pool, as HikariCP's own meters have it.
		 */
		POOL {

			@Override
			public String asString() {
				return "pool";
			}

		},

		/**
		 * The name of the scope or transaction, or of what else has borrowed;
		 * {@code unnamed} if nothing is known of that, and {@code other} for those beyond
		 * the limit.
		 */
		SCOPE {

			@Override
			public String asString() {
				return "scope";
			}

		}

	}

	/**
	 * The keys of idle times besides those of the scope.
	 *
	 * @since 0.1.0
	 */
	public enum IdleKeys implements KeyName {

		/**
		 * {@code before_first_statement}, {@code between_statements} or
		 * {@code after_last_statement}.
		 */
		PART {

			@Override
			public String asString() {
				return "part";
			}

		}

	}

}
