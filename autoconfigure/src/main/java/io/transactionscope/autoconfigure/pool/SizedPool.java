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

package io.transactionscope.autoconfigure.pool;

import java.util.List;
import java.util.Objects;

import io.transactionscope.pool.PoolLedger;
import org.jspecify.annotations.Nullable;

/**
 * A pool of whatever kind, as its size is checked.
 *
 * @since 0.1.0
 */
public interface SizedPool {

	/**
	 * {@return the ledger of the pool}
	 */
	PoolLedger ledger();

	/**
	 * {@return how many connections it may have}
	 */
	int maximum();

	/**
	 * {@return the property that says so}
	 */
	String maximumKey();

	/**
	 * {@return by what those who borrow from it are called, in the plural}
	 */
	String borrowers();

	/**
	 * Return where its connections lead to.
	 * @return the server, or {@code null} if it is not known
	 */
	@Nullable Server server();

	/**
	 * Ask the server something, over a connection of the pool.
	 * @param question a query for a number
	 * @return the number
	 * @throws Exception if there is no answer
	 */
	int ask(String question) throws Exception;

	/**
	 * A server, as who connects to it has it.
	 *
	 * @param database the kind of database, as drivers are called after it
	 * @param hosts the host, or several, each with its port if that is told
	 * @since 0.1.0
	 */
	record Server(String database, String hosts) {

		/**
		 * Create one from its facts.
		 * @param database the kind of database, as drivers are called after it
		 * @param hosts the host, or several, each with its port if that is told
		 */
		public Server {
			Objects.requireNonNull(database, "database must not be null");
			Objects.requireNonNull(hosts, "hosts must not be null");
		}

	}

	/**
	 * Finds the pools of one kind.
	 *
	 * @since 0.1.0
	 */
	@FunctionalInterface
	interface Source {

		/**
		 * {@return those that beans are, or lead to, but for those that are lazy and that
		 * nobody has needed yet}
		 */
		List<SizedPool> pools();

	}

}
