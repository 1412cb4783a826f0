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

import java.util.Collection;
import java.util.List;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.config.MeterFilterReply;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;

/**
 * Of which timers somebody wants more than a count and a sum, by what the filters of the
 * registries say.
 */
final class Histograms {

	private final List<MeterFilter> filters;

	Histograms(Collection<MeterFilter> filters) {
		this.filters = List.copyOf(filters);
	}

	/**
	 * Return whether somebody wants to have a histogram or percentiles of a timer.
	 */
	boolean areAskedFor(PoolMeterDocumentation meter, Tags tags) {
		Meter.Id id = new Meter.Id(meter.getName(), tags, null, null, Meter.Type.TIMER);
		// In the order of a registry: it maps, accepts and configures.
		for (MeterFilter filter : this.filters) {
			id = filter.map(id);
		}
		return isAccepted(id) && isDistributed(id);
	}

	private boolean isAccepted(Meter.Id id) {
		for (MeterFilter filter : this.filters) {
			MeterFilterReply reply = filter.accept(id);
			if (reply != MeterFilterReply.NEUTRAL) {
				return reply == MeterFilterReply.ACCEPT;
			}
		}
		return true;
	}

	private boolean isDistributed(Meter.Id id) {
		DistributionStatisticConfig config = DistributionStatisticConfig.NONE;
		for (MeterFilter filter : this.filters) {
			DistributionStatisticConfig configured = filter.configure(id, config);
			config = (configured != null) ? configured : config;
		}
		return config.isPublishingHistogram() || config.isPublishingPercentiles();
	}

}
