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

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import io.transactionscope.text.Printable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.origin.Origin;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * Warns of each property that begins like ours and that nobody reads, because its name is
 * misspelled: it would do nothing, and nothing would say so.
 */
class MisspelledProperties implements BeanFactoryPostProcessor {

	private static final Logger logger = LoggerFactory.getLogger(MisspelledProperties.class);

	private static final ConfigurationPropertyName PREFIX = ConfigurationPropertyName.of("transaction-scope");

	private static final ConfigurationPropertyName TEST = PREFIX.append("test");

	/** All there are. What begins with one of them is its element or entry. */
	private static final List<ConfigurationPropertyName> KNOWN = Stream
		.of("enabled", "slow-threshold", "commit.resolve", "pool.enabled", "pool.deadlock", "pool.deadlock-grace",
				"pool.leak-threshold", "pool.long-lived", "pool.capture-borrow-site", "pool.remote-calls",
				"pool.max-waiting", "pool.wait-target", "pool.wait-interval", "pool.reports", "pool.scopes",
				"pool.sampling", "pool.inquiry", "health.replace-db", "health.degraded-wait",
				"health.out-of-service-wait", "health.out-of-service-after", "health.recovery", "lint.mode",
				"lint.threads", "lint.connections-per-thread", "lint.instances", "lint.self-invocation",
				"advisor.order", "transactional.rollback-on", "test.held-connections", "test.managed-transaction")
		.map(PREFIX::append)
		.toList();

	private final ConfigurableEnvironment environment;

	MisspelledProperties(ConfigurableEnvironment environment) {
		this.environment = environment;
	}

	@Override
	public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
		unknown().forEach((name, origin) -> logger.warn("There is no property {}{}, so that it does nothing.{}",
				Printable.of(name.toString()),
				origin.map((place) -> " (" + Printable.of(place.toString()) + ")").orElse(""),
				nearest(name).map((known) -> " Did you mean " + known + "?").orElse("")));
	}

	private Map<ConfigurationPropertyName, Optional<Origin>> unknown() {
		Map<ConfigurationPropertyName, Optional<Origin>> unknown = new LinkedHashMap<>();
		for (ConfigurationPropertySource source : ConfigurationPropertySources.get(this.environment)) {
			if (source instanceof IterableConfigurationPropertySource iterable) {
				iterable.stream()
					.filter(PREFIX::isAncestorOf)
					.filter((name) -> isUnknown(name) && !isEmptySection(name, source.getConfigurationProperty(name)))
					.forEach((name) -> unknown.putIfAbsent(name,
							Optional.ofNullable(Origin.from(source.getConfigurationProperty(name)))));
			}
		}
		return unknown;
	}

	/** As the binder sees it, for which dashes and upper case make no difference. */
	private static boolean isUnknown(ConfigurationPropertyName name) {
		return KNOWN.stream().noneMatch((known) -> known.equals(name) || known.isAncestorOf(name)) && !isOfTests(name);
	}

	/** What is like none of ours there is what tests say to each other. */
	private static boolean isOfTests(ConfigurationPropertyName name) {
		return TEST.isAncestorOf(name) && nearest(name).filter(TEST::isAncestorOf).isEmpty();
	}

	/** What YAML says where all that belongs there is a comment. */
	private static boolean isEmptySection(ConfigurationPropertyName name, @Nullable ConfigurationProperty property) {
		return property != null && "".equals(property.getValue()) && KNOWN.stream().anyMatch(name::isAncestorOf);
	}

	/** Only what a slip of the pen makes: no more than two fifths of it are others. */
	private static Optional<ConfigurationPropertyName> nearest(ConfigurationPropertyName name) {
		String written = uniform(name);
		return KNOWN.stream()
			.filter((known) -> distance(written, uniform(known)) * 5 <= written.length() * 2)
			.min(Comparator.comparing((ConfigurationPropertyName known) -> !last(known).equals(last(name)))
				.thenComparingInt((known) -> distance(written, uniform(known))));
	}

	private static String last(ConfigurationPropertyName name) {
		return name.getLastElement(Form.UNIFORM);
	}

	private static String uniform(ConfigurationPropertyName name) {
		StringBuilder uniform = new StringBuilder();
		for (int i = PREFIX.getNumberOfElements(); i < name.getNumberOfElements(); i++) {
			uniform.append('.').append(name.getElement(i, Form.UNIFORM));
		}
		return uniform.toString();
	}

	/**
	 * Return how many characters have to be inserted, removed or replaced to make one
	 * text of the other.
	 */
	private static int distance(String from, String to) {
		int[] distances = new int[to.length() + 1];
		for (int j = 0; j <= to.length(); j++) {
			distances[j] = j;
		}
		for (int i = 1; i <= from.length(); i++) {
			int diagonal = distances[0];
			distances[0] = i;
			for (int j = 1; j <= to.length(); j++) {
				int replaced = diagonal + ((from.charAt(i - 1) == to.charAt(j - 1)) ? 0 : 1);
				diagonal = distances[j];
				distances[j] = Math.min(replaced, Math.min(distances[j], distances[j - 1]) + 1);
			}
		}
		return distances[to.length()];
	}

}
