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

package io.transactionscope.pool.diagnosis;

import io.transactionscope.pool.snapshot.Words;

/**
 * The connections come and go as they should, and are not enough.
 *
 * @param needed how many are needed for the present load, by Little's law
 * @param neededWithoutIdle how many would do if none was held idle
 * @param maximum how many the pool may have
 * @since 0.1.0
 */
public record Undersized(double needed, double neededWithoutIdle, int maximum) implements Diagnosis {

	@Override
	public String summary() {
		return "The load needs %s connections, the pool may have %d; without idle holds, %s would do."
			.formatted(Words.of(this.needed), this.maximum, Words.of(this.neededWithoutIdle));
	}

	@Override
	public String advice() {
		return (this.neededWithoutIdle <= this.maximum) ? "Hold connections for their statements only."
				: "Make statements faster or fewer, or set spring.datasource.hikari.maximum-pool-size to %d if the "
					.formatted((long) Math.ceil(this.needed)) + "database has room for it.";
	}

}
