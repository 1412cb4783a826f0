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

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import io.transactionscope.resource.Held;
import io.transactionscope.resource.Resource;
import org.jspecify.annotations.Nullable;

/**
 * One of several overrides of a setting that the whole process shares. They may end in
 * any order, as those of several threads do: the last one of them restores what was
 * before the first.
 *
 * @param <T> the type of the setting
 */
final class ProcessOverride<T extends @Nullable Object> {

	/**
	 * All that have not ended, of all settings, in the order of their begin.
	 */
	private static final List<ProcessOverride<?>> overrides = new ArrayList<>();

	private final Setting<T> setting;

	private final T value;

	private T previous;

	private ProcessOverride(Setting<T> setting, T value) {
		this.setting = setting;
		this.value = value;
		this.previous = setting.current().get();
	}

	/**
	 * Return a resource that changes a setting.
	 * @param setting which it is
	 * @param value what it is to be
	 */
	static <T extends @Nullable Object> Resource<T> of(Setting<T> setting, T value) {
		return () -> {
			ProcessOverride<T> override = begin(setting, value);
			return Held.of(value, (outcome) -> override.end());
		};
	}

	/**
	 * Return a resource that replaces a stream, both of which are flushed.
	 */
	static Resource<PrintStream> redirection(Setting<PrintStream> stream, PrintStream target) {
		Resource<PrintStream> flushed = Resource.of(() -> {
			stream.current().get().flush();
			return target;
		}, (value, outcome) -> value.flush());
		return flushed.and(of(stream, target));
	}

	static <T extends @Nullable Object> ProcessOverride<T> begin(Setting<T> setting, T value) {
		synchronized (overrides) {
			ProcessOverride<T> override = new ProcessOverride<>(setting, value);
			setting.change().accept(value);
			overrides.add(override);
			return override;
		}
	}

	void end() {
		synchronized (overrides) {
			// Most end in reverse order.
			int index = overrides.lastIndexOf(this);
			ProcessOverride<T> next = next(index);
			overrides.remove(index);
			if (next == null) {
				this.setting.change().accept(this.previous);
			}
			else if (Objects.equals(next.previous, this.value)) {
				next.previous = this.previous;
			}
		}
	}

	@SuppressWarnings("unchecked")
	private @Nullable ProcessOverride<T> next(int index) {
		for (ProcessOverride<?> each : overrides.subList(index + 1, overrides.size())) {
			if (each.setting.key().equals(this.setting.key())) {
				return (ProcessOverride<T>) each;
			}
		}
		return null;
	}

}
