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

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * Overrides of several settings at once.
 */
class SeveralOverridesTests {

	private final Map<String, Object> map = new ConcurrentHashMap<>(Map.of("timeout", 5));

	@BeforeEach
	void set() {
		System.setProperty("scope.old", "before");
	}

	@AfterEach
	void clear() {
		System.clearProperty("scope.old");
		System.clearProperty("scope.new");
	}

	@Test
	void systemPropertiesAreSetAndRestoredAndNewOnesRemoved() {
		Map<String, @Nullable String> given = new HashMap<>(Map.of("scope.new", "inside"));
		given.put("scope.old", null);
		Resource<Map<String, @Nullable String>> override = SettingResources.systemProperties(given);
		given.put("scope.new", "changed later");
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			assertThat(scope.enter(override)).hasSize(2)
				.containsEntry("scope.new", "inside")
				.containsEntry("scope.old", null);
			assertThat(System.getProperty("scope.old")).isNull();
			assertThat(System.getProperty("scope.new")).isEqualTo("inside");
			throw new IOException("body");
		}));
		assertThat(System.getProperty("scope.old")).isEqualTo("before");
		assertThat(System.getProperties()).doesNotContainKey("scope.new");
	}

	@Test
	void systemPropertiesThatOverlapMayEndInAnyOrder() {
		ResourceScope one = ResourceScope.open();
		one.enter(SettingResources.systemProperties(Map.of("scope.old", "one", "scope.new", "one")));
		ResourceScope two = ResourceScope.open();
		two.enter(SettingResources.systemProperties(Map.of("scope.old", "two")));
		ResourceScope three = ResourceScope.open();
		three.enter(SettingResources.systemProperty("scope.new", "three"));
		one.close();
		assertThat(System.getProperty("scope.old")).isEqualTo("two");
		assertThat(System.getProperty("scope.new")).isEqualTo("three");
		two.close();
		assertThat(System.getProperty("scope.old")).isEqualTo("before");
		three.close();
		assertThat(System.getProperty("scope.new")).isNull();
	}

	@Test
	void systemPropertiesNeedNames() {
		assertThatIllegalArgumentException().isThrownBy(() -> SettingResources.systemProperties(Map.of("", "value")))
			.withMessage("Invalid name of a system property (''): it must not be empty");
		assertThatNullPointerException()
			.isThrownBy(() -> SettingResources.systemProperties(Collections.singletonMap(null, "value")))
			.withMessage("The name of a system property must not be null");
	}

	@Test
	void entriesOfAMapAreSetAndRestoredAndNewOnesRemoved() {
		ResourceScope.run((scope) -> {
			assertThat(scope.enter(SettingResources.override(this.map, Map.of("timeout", 1, "mode", "test"))))
				.isEqualTo(Map.of("timeout", 1, "mode", "test"));
			assertThat(this.map).isEqualTo(Map.of("timeout", 1, "mode", "test"));
			this.map.put("other", "of the body");
			this.map.remove("mode");
		});
		assertThat(this.map).isEqualTo(Map.of("timeout", 5, "other", "of the body"));
	}

	@Test
	void entriesOfAMapMayEndInAnyOrder() {
		ResourceScope one = ResourceScope.open();
		one.enter(SettingResources.override(this.map, Map.of("timeout", 1, "mode", "one")));
		ResourceScope two = ResourceScope.open();
		two.enter(SettingResources.override(this.map, Map.of("timeout", 2, "mode", "two")));
		one.close();
		assertThat(this.map).isEqualTo(Map.of("timeout", 2, "mode", "two"));
		two.close();
		assertThat(this.map).isEqualTo(Map.of("timeout", 5));
	}

	@Test
	void entriesOfMapsWithTheSameContentAreNotMistaken() {
		Map<String, Object> other = new ConcurrentHashMap<>(this.map);
		ResourceScope one = ResourceScope.open();
		one.enter(SettingResources.override(this.map, Map.of("timeout", 1)));
		ResourceScope two = ResourceScope.open();
		two.enter(SettingResources.override(other, Map.of("timeout", 1)));
		one.close();
		assertThat(this.map).isEqualTo(Map.of("timeout", 5));
		two.close();
		assertThat(other).isEqualTo(Map.of("timeout", 5));
	}

	@Test
	void entriesWithoutAValueAreRestored() {
		Map<@Nullable String, @Nullable String> nullable = new HashMap<>();
		nullable.put("null", null);
		nullable.put(null, "of null");
		Map<@Nullable String, @Nullable String> before = new HashMap<>(nullable);
		Map<@Nullable String, @Nullable String> entries = new HashMap<>();
		entries.put("null", "inside");
		entries.put("new", null);
		entries.put(null, "inside");
		ResourceScope.run((scope) -> {
			scope.enter(SettingResources.override(nullable, entries));
			assertThat(nullable).isEqualTo(entries);
		});
		assertThat(nullable).isEqualTo(before);
	}

	@Test
	void entriesAreTakenBackIfTheMapRefusesOneOfThem() {
		Map<String, @Nullable Object> entries = new LinkedHashMap<>();
		entries.put("mode", "test");
		entries.put("timeout", 1);
		entries.put("refused", null);
		entries.put("never", "reached");
		assertThatNullPointerException()
			.isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(SettingResources.override(this.map, entries))));
		assertThat(this.map).isEqualTo(Map.of("timeout", 5));
	}

	@Test
	void entriesAreRestoredThoughTheMapRefusesOneOfThem() {
		Stubborn stubborn = new Stubborn(Map.of("a", "before", "b", "before", "c", "before"));
		Map<String, String> entries = new TreeMap<>(Map.of("a", "inside", "b", "inside", "c", "inside", "d", "inside"));
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(SettingResources.override(stubborn, entries));
			stubborn.refused.addAll(List.of("a", "c"));
		}))
			.withMessage("c refused")
			.satisfies((ex) -> assertThat(ex.getSuppressed()).extracting(Throwable::getMessage)
				.containsExactly("a refused"));
		assertThat(stubborn).isEqualTo(Map.of("a", "inside", "b", "before", "c", "inside"));
		stubborn.refused.clear();
		ResourceScope.run((scope) -> scope.enter(SettingResources.override(stubborn, Map.of("a", "again"))));
		assertThat(stubborn).containsEntry("a", "inside");
	}

	@Test
	void entriesMayBeMoreThanTheStackIsDeep() {
		Map<Integer, Object> many = new HashMap<>();
		IntStream.range(0, 20_000).forEach((i) -> many.put(i, "inside"));
		Map<Integer, Object> target = new ConcurrentHashMap<>();
		ResourceScope.run((scope) -> {
			scope.enter(SettingResources.override(target, many));
			assertThat(target).hasSize(20_000);
		});
		assertThat(target).isEmpty();
	}

	@Test
	void restoresOnAnotherThread() throws InterruptedException {
		ResourceScope scope = ResourceScope.open();
		scope.enter(SettingResources.override(this.map, Map.of("timeout", 1)));
		scope.enter(SettingResources.systemProperties(Map.of("scope.new", "inside")));
		ResourceScope detached = scope.detach();
		List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
		Thread thread = new Thread(() -> failures.addAll(detached.end(Outcome.succeeded())));
		thread.start();
		thread.join();
		assertThat(failures).isEmpty();
		assertThat(this.map).isEqualTo(Map.of("timeout", 5));
		assertThat(System.getProperty("scope.new")).isNull();
	}

	@Test
	void propertiesOfABeanAreRestoredAlsoIfASetterFails() {
		Mail mail = new Mail();
		ResourceScope.run((scope) -> {
			scope.enter(SettingResources.override(mail::getHost, mail::setHost, "localhost")
				.and(SettingResources.override(mail::getPort, mail::setPort, 2525)));
			assertThat(mail).hasToString("localhost:2525");
		});
		assertThat(mail).hasToString("example.com:25");
		assertThatIllegalArgumentException().isThrownBy(() -> ResourceScope
			.run((scope) -> scope.enter(SettingResources.override(mail::getHost, mail::setHost, "localhost")
				.and(SettingResources.override(mail::getPort, mail::setPort, -1)))));
		assertThat(mail).hasToString("example.com:25");
	}

	/** Takes what it has refused to let go of for what it is. */
	private static final class Stubborn extends TreeMap<String, String> {

		private final List<String> refused = new ArrayList<>();

		private Stubborn(Map<String, String> content) {
			super(content);
		}

		@Override
		public @Nullable String put(String key, String value) {
			if (this.refused != null && this.refused.contains(key)) {
				throw new AssertionError(key + " refused");
			}
			return super.put(key, value);
		}

	}

	private static final class Mail {

		private String host = "example.com";

		private int port = 25;

		String getHost() {
			return this.host;
		}

		Mail setHost(String host) {
			this.host = Objects.requireNonNull(host);
			return this;
		}

		int getPort() {
			return this.port;
		}

		void setPort(int port) {
			if (port < 0) {
				throw new IllegalArgumentException("port");
			}
			this.port = port;
		}

		@Override
		public String toString() {
			return this.host + ":" + this.port;
		}

	}

}
