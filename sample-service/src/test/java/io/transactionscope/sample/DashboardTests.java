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

package io.transactionscope.sample;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.transactionscope.TransactionScope;
import io.transactionscope.sample.PromQuery.Match;
import io.transactionscope.sample.PromQuery.Selector;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.resttestclient.autoconfigure.AutoConfigureRestTestClient;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.context.ActiveProfiles;
import org.springframework.test.web.servlet.client.RestTestClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

/**
 * The dashboard and the alert rules of the library, against what Prometheus gets from a
 * service.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
		properties = "management.prometheus.metrics.export.enabled=true")
@AutoConfigureRestTestClient
@ActiveProfiles("demo")
@Tag("once")
class DashboardTests {

	private static final String FOLDER = "META-INF/transaction-scope/";

	private static final JsonMapper JSON = JsonMapper.builder()
		.enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
		.build();

	private static final Pattern LABEL_VALUES = Pattern.compile("label_values\\((.+), ([a-z]+)\\)");

	private static final Pattern TEMPLATE = Pattern.compile("\\{\\{(.*?)}}");

	private static final Pattern LABEL = Pattern.compile("\\s*(?:\\$labels\\.)?([a-z_]+)\\s*");

	private static final Pattern VALUE = Pattern.compile(" \\$value \\| (humanizeDuration|printf \"%\\.0f\") ");

	private static final Pattern DURATION = Pattern.compile("\\d+[smhd]");

	private static final Pattern VARIABLE = Pattern.compile("\\$\\{?([a-zA-Z_]+)");

	@Autowired
	RestTestClient client;

	@Autowired
	TransactionScope transactions;

	@Autowired
	JdbcClient jdbc;

	private Scrape scrape = new Scrape("");

	@BeforeEach
	void scrape() {
		this.transactions.named("look").run(() -> this.jdbc.sql("select 1").query(Integer.class).single());
		// The meters of a new scope appear within seconds.
		await().atMost(Duration.ofSeconds(30)).until(() -> {
			this.scrape = new Scrape(text());
			return this.scrape.has("transaction_scope_pool_idle_seconds_count", "scope", "look");
		});
	}

	private String text() {
		return Objects.requireNonNull(this.client.get()
			.uri("/actuator/prometheus")
			.header("Accept", "text/plain")
			.exchange()
			.expectBody(String.class)
			.returnResult()
			.getResponseBody());
	}

	@Test
	void dashboardAsksForWhatThereIs() throws IOException {
		JsonNode dashboard = dashboard();
		List<JsonNode> targets = new ArrayList<>();
		dashboard.get("panels").forEach((panel) -> panel.path("targets").forEach(targets::add));
		assertThat(targets).hasSizeGreaterThan(20).allSatisfy((target) -> {
			PromQuery query = PromQuery.parse(target.get("expr").stringValue());
			assertThat(missing(query)).isEmpty();
			assertThat(missingInTemplates(target.get("legendFormat").stringValue(), query)).isEmpty();
		});
		assertThat(targets.toString()).contains("transaction_scope_pool_hold_seconds_bucket");
	}

	@Test
	void dashboardHasTheVariablesThatItUses() throws IOException {
		JsonNode dashboard = dashboard();
		Set<String> declared = new TreeSet<>();
		for (JsonNode variable : dashboard.at("/templating/list")) {
			declared.add(variable.get("name").stringValue());
			if (variable.get("type").stringValue().equals("query")) {
				Matcher values = LABEL_VALUES.matcher(variable.get("query").get("query").stringValue());
				assertThat(values.matches()).isTrue();
				PromQuery query = PromQuery.parse(values.group(1));
				assertThat(missing(query)).isEmpty();
				assertThat(this.scrape.has(query.selectors().get(0).metric(), values.group(2))).isTrue();
			}
		}
		Set<String> used = new TreeSet<>();
		VARIABLE.matcher(dashboard.toString()).results().map((variable) -> variable.group(1)).forEach(used::add);
		used.removeIf((name) -> name.startsWith("__"));
		assertThat(declared).containsExactlyInAnyOrder("datasource", "application", "instance", "pool");
		assertThat(used).isEqualTo(declared);
	}

	@Test
	void panelsOfTheDashboardDoNotOverlap() throws IOException {
		Set<String> taken = new TreeSet<>();
		Set<Integer> ids = new TreeSet<>();
		for (JsonNode panel : dashboard().get("panels")) {
			assertThat(ids.add(panel.get("id").intValue())).isTrue();
			JsonNode place = panel.get("gridPos");
			for (int x = place.get("x").intValue(); x < place.get("x").intValue() + place.get("w").intValue(); x++) {
				assertThat(x).isLessThan(24);
				for (int y = place.get("y").intValue(); y < place.get("y").intValue()
						+ place.get("h").intValue(); y++) {
					assertThat(taken.add(x + "," + y)).as(panel.get("title").stringValue()).isTrue();
				}
			}
		}
	}

	@Test
	void alertsAskForWhatThereIs() throws IOException {
		JsonNode rules = rules();
		assertThat(rules).extracting((rule) -> rule.at("/alert").stringValue())
			.doesNotHaveDuplicates()
			.contains("ConnectionPoolDry", "ConnectionLeak", "ConnectionDeadlock", "CannotConnectToDatabase",
					"DatabaseDoesNotAnswer", "LongWaitForConnection", "ConnectionPoolUndersized");
		assertThat(rules).allSatisfy((rule) -> {
			assertThat(rule.propertyNames()).containsExactlyInAnyOrder("alert", "expr", "for", "labels", "annotations");
			PromQuery query = PromQuery.parse(rule.at("/expr").stringValue());
			assertThat(missing(query)).isEmpty();
			assertThat(rule.at("/for").stringValue()).matches(DURATION);
			assertThat(rule.at("/labels/severity").stringValue()).isIn("critical", "warning");
			assertThat(rule.at("/annotations").propertyNames()).containsExactlyInAnyOrder("summary", "description");
			assertThat(rule.at("/annotations/summary").stringValue()).contains("{{ $labels.pool }}",
					"{{ $labels.instance }}");
			rule.at("/annotations")
				.forEach((text) -> assertThat(missingInTemplates(text.stringValue(), query)).isEmpty());
		});
	}

	/**
	 * An alert counts its time anew for each series: those of another kind would be
	 * another.
	 */
	@Test
	void alertsGoOnWhileTheDiagnosisChanges() throws IOException {
		assertThat(rules()).allSatisfy((rule) -> {
			Selector first = PromQuery.parse(rule.at("/expr").stringValue()).selectors().get(0);
			if (this.scrape.has(first.metric(), "kind")) {
				assertThat(first.matches()).anySatisfy((match) -> {
					assertThat(match.label()).isEqualTo("kind");
					assertThat(match.operator()).isEqualTo("=");
				});
			}
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "rate(x[5m]", "rate(x[5])", "sum(x)", "sum by () (x)", "x{a=b}", "x{a==\"b\"}", "x y",
			"nonsense(x)", "x{a=\"b\"", "x and", "1 >", "x;", "sum by (a b) (x)" })
	void whatIsNoQueryIsRefused(String text) {
		assertThatIllegalArgumentException().isThrownBy(() -> PromQuery.parse(text));
	}

	@ParameterizedTest
	@ValueSource(strings = { "transaction_scope_pool_hold_seconds",
			"sum by (holder) (transaction_scope_pool_hold_seconds_sum)",
			"transaction_scope_pool_diagnosis{kind=\"NoSuchKind\"}", "transaction_scope_pool_diagnosis{sort=\"Leak\"}",
			"transaction_scope_pool_diagnosis{kind=~\"Leak|NoSuchKind\"}",
			"hikaricp_connections_active and on (job, scope) hikaricp_connections_max" })
	void whatTheServiceHasNotIsMissed(String text) {
		assertThat(missing(PromQuery.parse(text))).isNotEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "{{ $labels.holder }}", "{{ $labels.scope }}", "{{holder}}", "{{ $value | nonsense }}" })
	void whatTheResultHasNotIsMissed(String text) {
		PromQuery query = PromQuery.parse("sum by (pool) (transaction_scope_pool_hold_seconds_sum)");
		assertThat(missingInTemplates(text, query)).isNotEmpty();
	}

	/** What a query uses and the service has not. */
	private List<String> missing(PromQuery query) {
		List<String> missing = new ArrayList<>();
		for (Selector selector : query.selectors()) {
			if (!this.scrape.has(selector.metric())) {
				missing.add(selector.metric());
			}
			for (Match match : selector.matches()) {
				if (!this.scrape.has(selector.metric(), match.label())) {
					missing.add(selector.metric() + "{" + match.label() + "}");
				}
				match.values()
					.stream()
					.filter((value) -> !this.scrape.has(selector.metric(), match.label(), value))
					.forEach((value) -> missing.add(selector.metric() + "{" + match.label() + "=" + value + "}"));
			}
			query.labels()
				.stream()
				.filter((label) -> !this.scrape.has(selector.metric(), label))
				.forEach((label) -> missing.add(selector.metric() + "{" + label + "}"));
		}
		return missing;
	}

	/** What a text tells of the results of a query and these have not. */
	private List<String> missingInTemplates(String text, PromQuery query) {
		return TEMPLATE.matcher(text).results().map((template) -> template.group(1)).filter((template) -> {
			Matcher label = LABEL.matcher(template);
			return label.matches() ? !isInResult(label.group(1), query) : !VALUE.matcher(template).matches();
		}).toList();
	}

	/** The results of what is not grouped have the labels of its first operand. */
	private boolean isInResult(String label, PromQuery query) {
		boolean grouped = !query.labels().isEmpty() && !query.labels().contains("job");
		return grouped ? query.labels().contains(label) : this.scrape.has(query.selectors().get(0).metric(), label);
	}

	private static JsonNode dashboard() throws IOException {
		try (InputStream file = new ClassPathResource(FOLDER + "grafana-dashboard.json").getInputStream()) {
			return JSON.readTree(file);
		}
	}

	private static JsonNode rules() throws IOException {
		LoaderOptions strict = new LoaderOptions();
		strict.setAllowDuplicateKeys(false);
		try (InputStream file = new ClassPathResource(FOLDER + "prometheus-alerts.yaml").getInputStream()) {
			JsonNode content = JSON.valueToTree(new Yaml(new SafeConstructor(strict)).load(file));
			assertThat(content.propertyNames()).containsExactly("groups");
			assertThat(content.get("groups")).hasSize(1);
			assertThat(content.at("/groups/0").propertyNames()).containsExactlyInAnyOrder("name", "rules");
			return content.at("/groups/0/rules");
		}
	}

}
