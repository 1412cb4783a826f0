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
import java.util.Map;
import java.util.stream.Stream;

import io.transactionscope.pool.PoolLedger;
import org.jspecify.annotations.Nullable;

/**
 * The pools of one kind in an application: what leads to them, and which of them have a
 * ledger.
 *
 * @param <T> the type of the beans that are a pool or lead to one
 * @since 0.1.0
 */
public interface KindOfPools<T> {

	/**
	 * {@return the type of the beans that are a pool or lead to one}
	 */
	Class<T> type();

	/**
	 * {@return the words before a list of those with a ledger}
	 */
	String with();

	/**
	 * {@return the words before a list of those without}
	 */
	String without();

	/**
	 * {@return where a walk from a bean to what it leads to ends; at least one}
	 * @param source a bean, or what one leads to
	 */
	List<T> ends(T source);

	/**
	 * Return the ledger of a pool.
	 * @param end where a walk has ended
	 * @return the ledger, or {@code null} if it has none
	 */
	@Nullable PoolLedger ledger(T end);

	/**
	 * {@return why there is no ledger}
	 * @param end where a walk has ended
	 */
	String reason(T end);

	/**
	 * {@return whether it is a pool that has just not been met yet}
	 * @param end where a walk has ended
	 */
	boolean isPool(T end);

	/**
	 * {@return whether a bean of that name has been made since there are ledgers}
	 * @param beanName the name
	 */
	boolean hasMade(String beanName);

	/**
	 * Return the ledgers of pools that beans of the context are, or lead to, but for
	 * those that are lazy and that nobody has needed yet.
	 * @return each of them once, by the name of its first bean
	 */
	Map<String, PoolLedger> ledgersByBeanName();

	/**
	 * {@return the ledgers of all pools of the context, also of those that are no beans}
	 */
	Stream<PoolLedger> ledgers();

	/**
	 * {@return whether there may be other pools later on than there are now, as those
	 * that a router is given, or of beans that are lazy}
	 */
	boolean mayComeToBeMore();

}
