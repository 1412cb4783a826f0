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

import java.util.Map;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * What a map has for a key, which may be nothing.
 *
 * @param <V> the type of the value
 * @param isPresent whether it has an entry
 * @param value the value, which may be {@code null} in an entry, too
 */
record MapEntry<V extends @Nullable Object>(boolean isPresent, @Nullable V value) {

	static <V extends @Nullable Object> MapEntry<V> of(Map<?, V> map, @Nullable Object key) {
		V value = map.get(key);
		return new MapEntry<>(value != null || map.containsKey(key), value);
	}

	@SuppressWarnings("NullAway") // A value of null was in the map, or was given for it
	<K extends @Nullable Object> void put(Map<K, V> map, K key) {
		if (this.isPresent) {
			map.put(key, this.value);
		}
		else {
			map.remove(key);
		}
	}

	/**
	 * Which entry of which map. Maps with the same content are different ones.
	 */
	record Key(Map<?, ?> map, @Nullable Object key) {

		@Override
		public boolean equals(@Nullable Object other) {
			return other instanceof Key that && this.map == that.map && Objects.equals(this.key, that.key);
		}

		@Override
		public int hashCode() {
			return 31 * System.identityHashCode(this.map) + Objects.hashCode(this.key);
		}

	}

}
