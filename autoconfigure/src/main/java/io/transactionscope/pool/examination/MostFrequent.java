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

package io.transactionscope.pool.examination;

import java.util.List;
import java.util.Objects;
import java.util.function.Function;

import io.transactionscope.pool.snapshot.Holder;
import io.transactionscope.pool.snapshot.Words;
import org.jspecify.annotations.Nullable;

/**
 * What most of some holders have in common.
 */
final class MostFrequent {

	private MostFrequent() {
	}

	static @Nullable String scope(List<Holder> holders) {
		return of(holders, (holder) -> holder.lease().scope());
	}

	/**
	 * Return the scope that more than half belong to, {@link Words#SEVERAL_SCOPES} if
	 * there is none: nobody is named for what others do as well.
	 */
	static @Nullable String scopeOfMost(List<Holder> holders) {
		String scope = scope(holders);
		long count = holders.stream().filter((holder) -> Objects.equals(holder.lease().scope(), scope)).count();
		return (count * 2 > holders.size()) ? scope : Words.SEVERAL_SCOPES;
	}

	/**
	 * Return the property that most have, of two that as many have the one of the first
	 * holder.
	 */
	static <T> @Nullable T of(List<Holder> holders, Function<Holder, @Nullable T> property) {
		T mostFrequent = null;
		long highest = 0;
		for (Holder holder : holders) {
			T value = property.apply(holder);
			long count = holders.stream().filter((other) -> Objects.equals(property.apply(other), value)).count();
			if (count > highest) {
				mostFrequent = value;
				highest = count;
			}
		}
		return mostFrequent;
	}

}
