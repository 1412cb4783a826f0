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

package io.transactionscope.pool.snapshot;

import java.time.Duration;
import java.util.Locale;
import java.util.Objects;

import io.transactionscope.text.Printable;
import org.jspecify.annotations.Nullable;

/**
 * Numbers and names as people read them.
 *
 * @since 0.1.0
 */
public final class Words {

	/**
	 * What stands for a scope where none has most of what is told of.
	 */
	public static final String SEVERAL_SCOPES = "several scopes";

	private Words() {
	}

	/**
	 * {@return a duration in the unit that suits it, as {@code 250 ms} or {@code 12.5 s}}
	 * @param duration the duration, zero or positive
	 */
	public static String of(Duration duration) {
		long millis = duration.toMillis();
		if (millis < 1) {
			return duration.toNanos() / 1000 + " µs";
		}
		if (millis < 10_000) {
			return millis + " ms";
		}
		if (millis < 600_000) {
			return String.format(Locale.ROOT, "%.1f s", millis / 1000.0);
		}
		return duration.toMinutes() + " min";
	}

	/**
	 * {@return a number with one decimal if it is less than ten, and none otherwise}
	 * @param number the number, zero or positive
	 */
	public static String of(double number) {
		return String.format(Locale.ROOT, (number < 10) ? "%.1f" : "%.0f", number);
	}

	/**
	 * {@return how many there are, to be followed by what they are or do: as
	 * {@code 2 threads are}}
	 * @param count how many
	 * @param noun what they are, in the singular
	 */
	public static String count(long count, String noun) {
		Objects.requireNonNull(noun, "noun must not be null");
		return count + " " + noun + ((count == 1) ? " is" : "s are");
	}

	/**
	 * {@return a scope in words, to be used within a sentence}
	 * @param scope the name of the scope, or {@code null} outside of any
	 */
	public static String ofScope(@Nullable String scope) {
		if (SEVERAL_SCOPES.equals(scope)) {
			return SEVERAL_SCOPES;
		}
		return (scope != null) ? "scope '" + withoutPackage(scope) + "'" : "code outside of any scope";
	}

	/**
	 * {@return in words which scope most of something are of}
	 * @param scope the name of the scope, {@code null} outside of any, or
	 * {@link #SEVERAL_SCOPES}
	 */
	public static String mostOf(@Nullable String scope) {
		return SEVERAL_SCOPES.equals(scope) ? "of " + SEVERAL_SCOPES : ofScope(scope) + " most of them";
	}

	/**
	 * {@return the scope of somebody who waits or holds, at the head of a line}
	 * @param scope the name of the scope, or {@code null} outside of any
	 */
	public static String ofHolder(@Nullable String scope) {
		return (scope != null) ? "'" + Printable.of(scope) + "'" : "outside of scopes";
	}

	/**
	 * {@return a name as it may be shown, that of a method without its package, as
	 * {@code OrderService.place}}
	 * @param name the name, of a method or anything else
	 */
	public static String withoutPackage(String name) {
		int method = name.lastIndexOf('.');
		int type = name.lastIndexOf('.', method - 1);
		boolean qualified = type > 0 && Character.isUpperCase(name.charAt(type + 1)) && name.indexOf('/') < 0;
		return Printable.of(qualified ? name.substring(type + 1) : name);
	}

}
