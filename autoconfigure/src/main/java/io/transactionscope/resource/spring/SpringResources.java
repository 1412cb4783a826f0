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

package io.transactionscope.resource.spring;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

import io.transactionscope.resource.Held;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.setting.SettingResources;
import org.jspecify.annotations.Nullable;

import org.springframework.context.i18n.LocaleContext;
import org.springframework.context.i18n.LocaleContextHolder;
import org.springframework.context.i18n.SimpleLocaleContext;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * Resources that need Spring, in addition to the catalogue in
 * {@link io.transactionscope.resource.Resources}.
 *
 * <pre class="code">
 * ResourceScope.run((scope) -&gt; {
 *     scope.enter(SpringResources.property(environment, "app.mode", "maintenance"));
 *     migration.run();
 * });
 * </pre>
 *
 * @since 0.1.0
 */
public final class SpringResources {

	private static final AtomicLong overrides = new AtomicLong();

	private SpringResources() {
	}

	/**
	 * Set a property of an environment, above all its other sources, until the end. The
	 * innermost of nested overrides wins. All that asks the environment sees it
	 * meanwhile, on any thread; what was bound or injected before does not.
	 * @param environment the environment
	 * @param name the name of the property, not empty
	 * @param value the value; it is converted to what is asked for, as any property is
	 * @return a resource whose value is the given one
	 */
	public static Resource<Object> property(ConfigurableEnvironment environment, String name, Object value) {
		Objects.requireNonNull(name, "name must not be null");
		Objects.requireNonNull(value, "value must not be null");
		return properties(environment, Map.of(name, value)).map((properties) -> value);
	}

	/**
	 * Set properties of an environment, above all its other sources, until the end: all
	 * of them at once, and all of them gone at once. The innermost of nested overrides
	 * wins. All that asks the environment sees them meanwhile, on any thread; what was
	 * bound or injected before does not.
	 * @param environment the environment
	 * @param properties the values by their names, none of which may be {@code null}: an
	 * environment can have a property overridden, and not removed
	 * @return a resource whose value are the given ones
	 */
	public static Resource<Map<String, Object>> properties(ConfigurableEnvironment environment,
			Map<String, ?> properties) {
		Objects.requireNonNull(environment, "environment must not be null");
		Objects.requireNonNull(properties, "properties must not be null");
		Map<String, Object> given = new LinkedHashMap<>();
		properties.forEach((name, value) -> {
			Objects.requireNonNull(name, "The name of a property must not be null");
			if (name.isEmpty()) {
				throw new IllegalArgumentException("Invalid name of a property (''): it must not be empty");
			}
			given.put(name, Objects.requireNonNull(value, () -> "The property '" + name + "' must not be null"
					+ ": an environment can have a property overridden, and not removed"));
		});
		Map<String, Object> unmodifiable = Collections.unmodifiableMap(given);
		return () -> {
			String source = "scopedOverride-" + overrides.incrementAndGet();
			environment.getPropertySources().addFirst(new MapPropertySource(source, unmodifiable));
			return Held.of(unmodifiable, (outcome) -> environment.getPropertySources().remove(source));
		};
	}

	/**
	 * Set the locale of the current thread, as {@link LocaleContextHolder} knows it, and
	 * restore what was there at the end. The scope must end on the same thread. For the
	 * default of the whole process see {@link SettingResources#locale(Locale)}.
	 * @param locale the locale
	 * @return a resource whose value it is
	 */
	public static Resource<Locale> locale(Locale locale) {
		Objects.requireNonNull(locale, "locale must not be null");
		return SettingResources
			.<@Nullable LocaleContext>overrideForThread(LocaleContextHolder::getLocaleContext,
					LocaleContextHolder::setLocaleContext, new SimpleLocaleContext(locale))
			.map((context) -> locale);
	}

}
