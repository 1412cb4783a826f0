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

package io.transactionscope.pool.naming;

import java.util.List;
import java.util.Objects;

import io.transactionscope.pool.Borrower;
import org.jspecify.annotations.Nullable;

/**
 * Asks one after the other until one has a name.
 *
 * @since 0.1.0
 */
public final class Occasions implements Borrower.Occasion {

	private final List<Borrower.Occasion> occasions;

	/**
	 * Ask those given.
	 * @param occasions whom to ask, in order
	 */
	public Occasions(List<? extends Borrower.Occasion> occasions) {
		this.occasions = List.copyOf(Objects.requireNonNull(occasions, "occasions must not be null"));
	}

	@Override
	public @Nullable String name() {
		for (Borrower.Occasion each : this.occasions) {
			String name = each.name();
			if (name != null && !name.isBlank()) {
				return name;
			}
		}
		return null;
	}

}
