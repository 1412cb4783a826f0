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

package io.transactionscope.resource.setting;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;

import io.transactionscope.resource.Resource;
import io.transactionscope.resource.Resources;
import org.jspecify.annotations.Nullable;

/**
 * Overrides of several settings as one: made one after another, all or none, and taken
 * back in reverse order, each whatever becomes of the others.
 */
final class SeveralOverrides {

	private SeveralOverrides() {
	}

	/**
	 * Return one resource for all.
	 * @param settings the values by what they are of
	 * @param override makes the override of one of them
	 * @return a resource whose value are the given ones
	 */
	static <K extends @Nullable Object, V extends @Nullable Object> Resource<Map<K, V>> of(Map<K, V> settings,
			BiFunction<? super K, ? super V, ? extends Resource<?>> override) {
		Resource<Map<K, V>> all = Resources.none(settings);
		for (Map.Entry<K, V> each : settings.entrySet()) {
			all = all.and(override.apply(each.getKey(), each.getValue()), (before, other) -> before);
		}
		return all;
	}

	/** That nobody changes while the settings are overridden. */
	static <K extends @Nullable Object, V extends @Nullable Object> Map<K, V> copy(String name,
			Map<? extends K, ? extends V> settings) {
		Objects.requireNonNull(settings, () -> name + " must not be null");
		return Collections.unmodifiableMap(new LinkedHashMap<>(settings));
	}

}
