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

package io.transactionscope.autoconfigure;

import java.time.Duration;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * What the values of properties must be. Each refusal names the property, its value, and
 * the rule, and may say what to do instead.
 *
 * @param prefix what the properties begin with
 * @since 0.1.0
 */
public record PropertyRules(String prefix) {

	private static final Duration LONGEST = Duration.ofDays(365);

	/**
	 * Rules for the properties that begin with the given prefix.
	 * @param prefix the prefix, without a dot at its end
	 */
	public PropertyRules {
		Objects.requireNonNull(prefix, "prefix must not be null");
	}

	/**
	 * Require that a duration is more than zero.
	 * @param key the rest of the property's name
	 * @param value its value
	 * @param instead what to do instead, if anything can be said
	 */
	public void requirePositive(String key, Duration value, @Nullable String instead) {
		Objects.requireNonNull(key, "key must not be null");
		Objects.requireNonNull(value, "value must not be null");
		if (value.isZero() || value.isNegative()) {
			throw refusal(key, value, "It must be positive", instead);
		}
		requireNotNegative(key, value, instead);
	}

	/**
	 * Require that a duration is zero or more.
	 * @param key the rest of the property's name
	 * @param value its value
	 * @param instead what to do instead, if anything can be said
	 */
	public void requireNotNegative(String key, Duration value, @Nullable String instead) {
		Objects.requireNonNull(key, "key must not be null");
		Objects.requireNonNull(value, "value must not be null");
		if (value.isNegative()) {
			throw refusal(key, value, "It must be positive or zero", instead);
		}
		if (value.compareTo(LONGEST) > 0) {
			throw refusal(key, value, "It must be at most %s".formatted(LONGEST), instead);
		}
	}

	/**
	 * Require that a number is 1 or more.
	 * @param key the rest of the property's name
	 * @param value its value
	 * @param instead what to do instead, if anything can be said
	 */
	public void requireAtLeastOne(String key, int value, @Nullable String instead) {
		Objects.requireNonNull(key, "key must not be null");
		if (value < 1) {
			throw refusal(key, value, "It must be at least 1", instead);
		}
	}

	/**
	 * Return the refusal of a value.
	 * @param key the rest of the property's name
	 * @param value its value
	 * @param rule what it must be
	 * @param instead what to do instead, if anything can be said
	 * @return the exception to be thrown
	 */
	public RuntimeException refusal(String key, @Nullable Object value, String rule, @Nullable String instead) {
		Objects.requireNonNull(key, "key must not be null");
		Objects.requireNonNull(rule, "rule must not be null");
		return new InvalidConfigurationPropertyValueException(this.prefix + "." + key, value,
				rule + ((instead != null) ? "; " + instead : "") + ".");
	}

}
