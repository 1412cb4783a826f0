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

import java.io.IOException;
import java.util.Collections;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.context.i18n.LocaleContextHolder;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * Tests for {@link SpringResources}.
 */
class SpringResourcesTests {

	private final MockEnvironment environment = new MockEnvironment().withProperty("mail.host", "before");

	@AfterEach
	void reset() {
		LocaleContextHolder.resetLocaleContext();
	}

	@Test
	void propertyIsSetAndRestored() {
		ResourceScope.run((scope) -> {
			assertThat(scope.enter(SpringResources.property(this.environment, "mail.host", "inside")))
				.isEqualTo("inside");
			assertThat(host()).isEqualTo("inside");
		});
		assertThat(host()).isEqualTo("before");
	}

	@Test
	void propertyIsRestoredNestedAndAfterAFailure() {
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((outer) -> {
			outer.enter(SpringResources.property(this.environment, "mail.host", "outer"));
			ResourceScope.run((inner) -> {
				inner.enter(SpringResources.property(this.environment, "mail.host", "inner"));
				assertThat(host()).isEqualTo("inner");
			});
			assertThat(host()).isEqualTo("outer");
			throw new IOException("body");
		}));
		assertThat(host()).isEqualTo("before");
	}

	@Test
	void propertyMayBeEnteredAgainInside() {
		var override = SpringResources.property(this.environment, "mail.port", 2525);
		ResourceScope.run((scope) -> {
			scope.enter(override);
			ResourceScope.run((inner) -> inner.enter(override));
			assertThat(this.environment.getProperty("mail.port", Integer.class)).isEqualTo(2525);
		});
		assertThat(this.environment.containsProperty("mail.port")).isFalse();
	}

	@Test
	void propertyOverridesASystemProperty() {
		StandardEnvironment standard = new StandardEnvironment();
		int sources = standard.getPropertySources().size();
		ResourceScope.run((scope) -> {
			scope.enter(SpringResources.property(standard, "java.version", "inside"));
			assertThat(standard.getProperty("java.version")).isEqualTo("inside");
		});
		assertThat(standard.getProperty("java.version")).isEqualTo(System.getProperty("java.version"));
		assertThat(standard.getPropertySources()).hasSize(sources);
	}

	@Test
	void propertiesAreSetAtOnceAndRemovedAtOnce() {
		Map<String, Object> given = new HashMap<>(Map.of("mail.host", "inside", "mail.port", 2525));
		Resource<Map<String, Object>> override = SpringResources.properties(this.environment, given);
		given.put("mail.host", "changed later");
		int sources = this.environment.getPropertySources().size();
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			assertThat(scope.enter(override)).isEqualTo(Map.of("mail.host", "inside", "mail.port", 2525));
			assertThat(host()).isEqualTo("inside");
			assertThat(this.environment.getProperty("mail.port", Integer.class)).isEqualTo(2525);
			assertThat(this.environment.getPropertySources()).hasSize(sources + 1);
			throw new IOException("body");
		}));
		assertThat(host()).isEqualTo("before");
		assertThat(this.environment.containsProperty("mail.port")).isFalse();
	}

	@Test
	void propertiesMayEndInAnyOrder() {
		ResourceScope one = ResourceScope.open();
		one.enter(SpringResources.properties(this.environment, Map.of("mail.host", "one")));
		ResourceScope two = ResourceScope.open();
		two.enter(SpringResources.properties(this.environment, Map.of("mail.host", "two")));
		one.close();
		assertThat(host()).isEqualTo("two");
		two.close();
		assertThat(host()).isEqualTo("before");
	}

	@Test
	void propertyOfAnEnvironmentCannotBeRemoved() {
		assertThatNullPointerException()
			.isThrownBy(() -> SpringResources.properties(this.environment, Collections.singletonMap("mail.host", null)))
			.withMessage("The property 'mail.host' must not be null:"
					+ " an environment can have a property overridden, and not removed");
	}

	@Test
	void propertyOfAnEnvironmentHasAName() {
		assertThatIllegalArgumentException().isThrownBy(() -> SpringResources.property(this.environment, "", "value"))
			.withMessage("Invalid name of a property (''): it must not be empty");
	}

	@Test
	void localeIsThatOfTheThread() {
		Locale before = Locale.getDefault();
		LocaleContextHolder.setLocale(Locale.GERMANY);
		ResourceScope.run((scope) -> {
			assertThat(scope.enter(SpringResources.locale(Locale.ITALY))).isEqualTo(Locale.ITALY);
			assertThat(LocaleContextHolder.getLocale()).isEqualTo(Locale.ITALY);
			assertThat(Locale.getDefault()).isEqualTo(before);
		});
		assertThat(LocaleContextHolder.getLocale()).isEqualTo(Locale.GERMANY);
	}

	@Test
	void localeIsUnsetIfThereWasNone() {
		ResourceScope.run((scope) -> scope.enter(SpringResources.locale(Locale.ITALY)));
		assertThat(LocaleContextHolder.getLocaleContext()).isNull();
	}

	private String host() {
		return this.environment.getRequiredProperty("mail.host");
	}

}
