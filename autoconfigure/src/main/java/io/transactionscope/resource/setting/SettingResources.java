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
import java.math.MathContext;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.transactionscope.resource.Resource;
import org.jspecify.annotations.Nullable;

/**
 * Settings that are changed, and are what they were before at the end: of the process, or
 * of the current thread.
 *
 * <pre class="code">
 * ResourceScope.run((scope) -&gt; {
 *     scope.enter(SettingResources.mdc("order", "42"));
 *     scope.enter(SettingResources.systemProperty("user.timezone", "UTC"));
 *     print();
 * });
 * </pre>
 *
 * <p>
 * What is made here may be kept in a field and shared between threads.
 *
 * @since 0.1.0
 */
public final class SettingResources {

	private SettingResources() {
	}

	/**
	 * Change a setting, such as a property of a bean, and restore what it was before at
	 * the end. All who share what it is a setting of see it meanwhile. Overrides of one
	 * setting must end in reverse order, also where several threads share it.
	 * <p>
	 * Several become one resource with {@link Resource#and(Resource)}. If one of them
	 * fails, those before it are taken back: <pre class="code">
	 * override(mail::getHost, mail::setHost, "localhost").and(override(mail::getPort, mail::setPort, 2525))
	 * </pre>
	 * @param <T> the type of the setting
	 * @param current returns the setting
	 * @param change changes it
	 * @param value what it is to be
	 * @return a resource whose value is the given one
	 */
	public static <T extends @Nullable Object> Resource<T> override(Supplier<? extends T> current,
			Consumer<? super T> change, T value) {
		return new Setting<T>("setting", current, change).override(value);
	}

	/**
	 * Put entries into a map, and restore what it had for their keys at the end: those
	 * that were not there are removed then. All who share the map see them meanwhile. The
	 * last of several overrides of a key wins, and the last one to end restores what was
	 * before the first.
	 * <p>
	 * If the map refuses one of the entries, those before it are taken back; if it
	 * refuses to have one restored, the others are nevertheless.
	 * @param <K> the type of the keys
	 * @param <V> the type of the values
	 * @param map what to change
	 * @param entries what to put into it; values may be {@code null} if the map allows it
	 * @return a resource whose value are the given entries
	 */
	public static <K extends @Nullable Object, V extends @Nullable Object> Resource<Map<K, V>> override(Map<K, V> map,
			Map<? extends K, ? extends V> entries) {
		Objects.requireNonNull(map, "map must not be null");
		Map<K, V> given = SeveralOverrides.copy("entries", entries);
		return SeveralOverrides.of(given,
				(key, value) -> ProcessOverride.of(Setting.entry(map, key), new MapEntry<>(true, value)));
	}

	/**
	 * Change a setting of the current thread, and restore what it was before at the end.
	 * The scope must end on the same thread: on another one the release fails with an
	 * {@link IllegalStateException} and changes nothing.
	 * @param <T> the type of the setting
	 * @param current returns the current thread's setting
	 * @param change changes it
	 * @param value what it is to be
	 * @return a resource whose value is the given one
	 */
	public static <T extends @Nullable Object> Resource<T> overrideForThread(Supplier<? extends T> current,
			Consumer<? super T> change, T value) {
		return new Setting<T>("setting", current, change).overrideForThread(value);
	}

	/**
	 * Set a thread-local for the current thread, and restore its value at the end. One
	 * that had none is removed then; one that makes its own first value has it from the
	 * entry on, as after any other look at it. The scope must end on the same thread.
	 * @param <T> the type of the value
	 * @param threadLocal the thread-local
	 * @param value what it is to be
	 * @return a resource whose value is the given one
	 */
	public static <T extends @Nullable Object> Resource<T> threadLocal(ThreadLocal<T> threadLocal, T value) {
		Objects.requireNonNull(threadLocal, "threadLocal must not be null");
		return Setting.of(threadLocal).overrideForThread(value);
	}

	/**
	 * Put an entry into the logging context (MDC) of the current thread, and restore what
	 * was there at the end. The scope must end on the same thread.
	 * @param key the key
	 * @param value the value, or {@code null} to remove the entry
	 * @return a resource whose value is the given one
	 */
	@SuppressWarnings("NullAway") // Sees no @Nullable type arguments
	public static Resource<@Nullable String> mdc(String key, @Nullable String value) {
		Objects.requireNonNull(key, "key must not be null");
		return Setting.mdc(key).overrideForThread(value);
	}

	/**
	 * Set a system property, and restore what it was at the end. Every thread of the
	 * process sees it meanwhile. The last of several overrides wins, and the last one to
	 * end restores what was before the first.
	 * @param name the name
	 * @param value the value, or {@code null} to clear the property
	 * @return a resource whose value is the given one
	 */
	@SuppressWarnings("NullAway") // Sees no @Nullable type arguments
	public static Resource<@Nullable String> systemProperty(String name, @Nullable String value) {
		checkName(name);
		return ProcessOverride.of(Setting.systemProperty(name), value);
	}

	private static void checkName(String name) {
		Objects.requireNonNull(name, "The name of a system property must not be null");
		if (name.isEmpty()) {
			throw new IllegalArgumentException("Invalid name of a system property (''): it must not be empty");
		}
	}

	/**
	 * Set several system properties, and restore what they were at the end, each as with
	 * {@link #systemProperty}. Every thread of the process sees them meanwhile. If one
	 * cannot be set, those before it are taken back; if one cannot be restored, the
	 * others are nevertheless.
	 * @param properties the values by their names; {@code null} clears a property
	 * @return a resource whose value are the given ones
	 */
	@SuppressWarnings("NullAway") // Sees no @Nullable type arguments
	public static Resource<Map<String, @Nullable String>> systemProperties(
			Map<String, ? extends @Nullable String> properties) {
		Map<String, @Nullable String> given = SeveralOverrides.copy("properties", properties);
		given.keySet().forEach(SettingResources::checkName);
		return SeveralOverrides.of(given, SettingResources::systemProperty);
	}

	/**
	 * Set the default locale for display and formatting, and restore what both were at
	 * the end. Every thread of the process sees it meanwhile. The last of several
	 * overrides wins, and the last one to end restores what was before the first.
	 * @param locale the locale
	 * @return a resource whose value it is
	 */
	public static Resource<Locale> locale(Locale locale) {
		Objects.requireNonNull(locale, "locale must not be null");
		return ProcessOverride.of(Setting.locales(), Setting.Locales.all(locale)).map(Setting.Locales::base);
	}

	/**
	 * Set the precision and rounding that {@link MathContextHolder#get()} returns to the
	 * current thread, and restore what it was at the end. The scope must end on the same
	 * thread.
	 * @param context the precision and rounding
	 * @return a resource whose value they are
	 */
	@SuppressWarnings("NullAway") // Sees no @Nullable type arguments
	public static Resource<MathContext> mathContext(MathContext context) {
		Objects.requireNonNull(context, "context must not be null");
		return SettingResources.<@Nullable MathContext>threadLocal(MathContextHolder.current, context)
			.map((set) -> context);
	}

	/**
	 * Send what is written to {@link System#out} elsewhere, until the end. Every thread
	 * of the process is affected. The last of several overrides wins, and the last one to
	 * end restores what was before the first.
	 * @param target where to; it is flushed at the end, and not closed
	 * @return a resource whose value it is
	 */
	public static Resource<PrintStream> standardOutput(PrintStream target) {
		Objects.requireNonNull(target, "target must not be null");
		return ProcessOverride.redirection(Setting.standardOutput(), target);
	}

	/**
	 * Send what is written to {@link System#err} elsewhere, until the end. Every thread
	 * of the process is affected. The last of several overrides wins, and the last one to
	 * end restores what was before the first.
	 * @param target where to; it is flushed at the end, and not closed
	 * @return a resource whose value it is
	 */
	public static Resource<PrintStream> standardError(PrintStream target) {
		Objects.requireNonNull(target, "target must not be null");
		return ProcessOverride.redirection(Setting.standardError(), target);
	}

	/**
	 * Capture as a string what is written to {@link System#out}, until the end. Every
	 * thread of the process is affected. Captures and other overrides of the stream may
	 * end in any order; the last that was entered has what is written.
	 * <p>
	 * Who has kept the stream from before writes there still: Log4j's console appender
	 * does so, Logback's does not. Who keeps the one from inside writes to the one from
	 * before as soon as this has ended.
	 * @return a resource whose value has what was written, inside and after the end
	 * @see #standardOutput(PrintStream)
	 */
	public static Resource<Captured> capturedOutput() {
		return StandardStream.OUTPUT.captured();
	}

	/**
	 * Capture as a string what is written to {@link System#err}, until the end, as
	 * {@link #capturedOutput()} does for the standard output. Every thread of the process
	 * is affected.
	 * @return a resource whose value has what was written, inside and after the end
	 * @see #standardError(PrintStream)
	 */
	public static Resource<Captured> capturedError() {
		return StandardStream.ERROR.captured();
	}

	/**
	 * Capture as a string what the current thread writes to {@link System#out}, until the
	 * end. What all others write goes where it did before, also that of threads which are
	 * started inside. Captures of several threads may end in any order; of one thread,
	 * the last that was entered has what it writes.
	 * <p>
	 * Who has kept the stream from before writes there still, see
	 * {@link #capturedOutput()}. The scope must end on the same thread: on another one
	 * the release fails with an {@link IllegalStateException}, though nothing more is
	 * captured then.
	 * @return a resource whose value has what was written, inside and after the end
	 */
	public static Resource<Captured> capturedOutputForThread() {
		return StandardStream.OUTPUT.capturedForThread();
	}

	/**
	 * Capture as a string what the current thread writes to {@link System#err}, until the
	 * end, as {@link #capturedOutputForThread()} does for the standard output.
	 * @return a resource whose value has what was written, inside and after the end
	 */
	public static Resource<Captured> capturedErrorForThread() {
		return StandardStream.ERROR.capturedForThread();
	}

}
