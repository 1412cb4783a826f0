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

package io.transactionscope.autoconfigure.health;

import java.util.Set;

import io.transactionscope.health.PoolHealthIndicator;

import org.springframework.boot.health.actuate.endpoint.StatusAggregator;
import org.springframework.boot.health.contributor.Status;

/**
 * Aggregates as Boot does, but does not lose {@code DEGRADED} where nothing else is
 * known. Boot leaves out each status that is not in its order, so that several degraded
 * pools would be unknown together.
 *
 * @param boots the aggregation with the order that is configured
 */
record DegradedStatusAggregator(StatusAggregator boots) implements StatusAggregator {

	@Override
	public Status getAggregateStatus(Set<Status> statuses) {
		Status status = this.boots.getAggregateStatus(statuses);
		boolean lost = status.equals(Status.UNKNOWN) && statuses.contains(PoolHealthIndicator.DEGRADED);
		return lost ? PoolHealthIndicator.DEGRADED : status;
	}

}
