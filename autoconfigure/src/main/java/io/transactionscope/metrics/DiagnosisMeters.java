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

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.transactionscope.metrics.PoolMeterDocumentation.DiagnosisKeys;
import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.diagnosis.TurnedAway;
import org.jspecify.annotations.Nullable;

/**
 * What is the matter with one pool: a gauge for each kind of diagnosis that there is,
 * which is one while that is the diagnosis, and zero otherwise.
 */
final class DiagnosisMeters {

	private static final List<Class<? extends Diagnosis>> KINDS = Stream.of(Diagnosis.class.getPermittedSubclasses())
		.<Class<? extends Diagnosis>>map((kind) -> kind.asSubclass(Diagnosis.class))
		.toList();

	private final Runnable look;

	/** Those that are the matter, {@code null} if that could not be told. */
	private volatile @Nullable Set<Class<? extends Diagnosis>> current;

	/**
	 * Create the meters of a pool.
	 * @param look tells what there is to be told, if that was not done just now
	 */
	DiagnosisMeters(Runnable look) {
		this.look = look;
	}

	/**
	 * Tell what is the matter. Where borrowers were turned away, this is one thing, and
	 * the reason for it another.
	 */
	void tell(Diagnosis diagnosis) {
		this.current = (diagnosis instanceof TurnedAway past) ? Set.of(TurnedAway.class, past.reason().getClass())
				: Set.of(diagnosis.getClass());
	}

	void failToTell() {
		this.current = null;
	}

	/**
	 * Return whether this is the matter, by what was told last.
	 */
	boolean tells(Class<? extends Diagnosis> kind) {
		Set<Class<? extends Diagnosis>> current = this.current;
		return current != null && current.contains(kind);
	}

	List<Meter> bindTo(MeterRegistry registry, Tags pool) {
		return KINDS.stream().map((kind) -> gauge(registry, pool, kind)).toList();
	}

	private Meter gauge(MeterRegistry registry, Tags pool, Class<? extends Diagnosis> kind) {
		return Gauge.builder(PoolMeterDocumentation.DIAGNOSIS.getName(), this, (meters) -> meters.latest(kind))
			.tags(pool.and(DiagnosisKeys.KIND.asString(), kind.getSimpleName()))
			.description("Whether this is the matter with the pool")
			.register(registry);
	}

	private double latest(Class<? extends Diagnosis> kind) {
		this.look.run();
		Set<Class<? extends Diagnosis>> current = this.current;
		if (current == null) {
			return Double.NaN;
		}
		return current.contains(kind) ? 1 : 0;
	}

}
