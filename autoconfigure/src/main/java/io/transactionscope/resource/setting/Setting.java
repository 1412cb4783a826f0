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
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.transactionscope.resource.Held;
import io.transactionscope.resource.Resource;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Something that can be changed and be restored.
 *
 * @param <T> the type of its values
 * @param key which it is: two that are equal are one
 * @param current returns its value
 * @param change changes it
 */
record Setting<T extends @Nullable Object>(Object key, Supplier<? extends T> current, Consumer<? super T> change) {

	Setting {
		Objects.requireNonNull(current, "current must not be null");
		Objects.requireNonNull(change, "change must not be null");
	}

	static <T extends @Nullable Object> Setting<T> of(ThreadLocal<T> threadLocal) {
		return new Setting<>("thread-local", threadLocal::get, (value) -> {
			if (value != null) {
				threadLocal.set(value);
			}
			else {
				threadLocal.remove();
			}
		});
	}

	@SuppressWarnings("NullAway") // Sees no @Nullable type arguments
	static Setting<@Nullable String> mdc(String key) {
		return new Setting<>("mdc " + key, () -> MDC.get(key), (value) -> {
			if (value != null) {
				MDC.put(key, value);
			}
			else {
				MDC.remove(key);
			}
		});
	}

	@SuppressWarnings("NullAway") // Sees no @Nullable type arguments
	static Setting<@Nullable String> systemProperty(String name) {
		return new Setting<>("property " + name, () -> System.getProperty(name), (value) -> {
			if (value != null) {
				System.setProperty(name, value);
			}
			else {
				System.clearProperty(name);
			}
		});
	}

	@SuppressWarnings("NullAway") // Sees no @Nullable type arguments
	static <K extends @Nullable Object, V extends @Nullable Object> Setting<MapEntry<V>> entry(Map<K, V> map, K key) {
		return new Setting<>(new MapEntry.Key(map, key), () -> MapEntry.of(map, key), (entry) -> entry.put(map, key));
	}

	static Setting<Locales> locales() {
		return new Setting<>("default locale", Locales::current, Locales::set);
	}

	static Setting<PrintStream> standardOutput() {
		return new Setting<>("standard output", () -> System.out, System::setOut);
	}

	static Setting<PrintStream> standardError() {
		return new Setting<>("standard error", () -> System.err, System::setErr);
	}

	/**
	 * Return a resource that changes this, for one thread after another.
	 */
	Resource<T> override(T value) {
		return () -> {
			T previous = this.current.get();
			this.change.accept(value);
			return Held.of(value, (outcome) -> this.change.accept(previous));
		};
	}

	/**
	 * Return a resource that changes this for the thread that enters it.
	 */
	Resource<T> overrideForThread(T value) {
		return () -> {
			Thread owner = Thread.currentThread();
			T previous = this.current.get();
			this.change.accept(value);
			return Held.threadBound(value, (outcome) -> {
				checkThread(owner);
				this.change.accept(previous);
			});
		};
	}

	static void checkThread(Thread owner) {
		if (Thread.currentThread() != owner) {
			throw new IllegalStateException("A setting of " + owner + " cannot be restored from "
					+ Thread.currentThread() + ": end the scope on the thread that entered it");
		}
	}

	/**
	 * The three locales that the JDK keeps as defaults.
	 */
	record Locales(Locale base, Locale display, Locale format) {

		static Locales all(Locale locale) {
			return new Locales(locale, locale, locale);
		}

		private static Locales current() {
			return new Locales(Locale.getDefault(), Locale.getDefault(Locale.Category.DISPLAY),
					Locale.getDefault(Locale.Category.FORMAT));
		}

		private void set() {
			Locale.setDefault(this.base);
			Locale.setDefault(Locale.Category.DISPLAY, this.display);
			Locale.setDefault(Locale.Category.FORMAT, this.format);
		}

	}

}
