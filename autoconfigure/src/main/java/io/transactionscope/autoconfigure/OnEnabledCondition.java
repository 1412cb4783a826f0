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

import java.util.Locale;

import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * Checks {@link ConditionalOnEnabled}.
 */
@Order(Ordered.HIGHEST_PRECEDENCE + 40)
class OnEnabledCondition extends SpringBootCondition {

	@Override
	public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
		ConditionMessage.Builder message = ConditionMessage.forCondition(ConditionalOnEnabled.class);
		for (String name : metadata.getAnnotations().get(ConditionalOnEnabled.class).getStringArray("value")) {
			if (!isEnabled(context.getEnvironment(), name)) {
				return ConditionOutcome.noMatch(message.because(name + " is false"));
			}
		}
		return ConditionOutcome.match(message.because("nothing is switched off"));
	}

	/**
	 * Return whether a property is true or missing.
	 * @throws InvalidConfigurationPropertyValueException if its value is no boolean
	 */
	static boolean isEnabled(Environment environment, String name) {
		String value = Binder.get(environment).bind(name, String.class).orElse("true");
		return switch (value.strip().toLowerCase(Locale.ROOT)) {
			case "true", "on", "yes", "1" -> true;
			case "false", "off", "no", "0" -> false;
			default -> throw new InvalidConfigurationPropertyValueException(name, value,
					"It is neither true (true, on, yes, 1) nor false (false, off, no, 0). Leave it out for true.");
		};
	}

}
