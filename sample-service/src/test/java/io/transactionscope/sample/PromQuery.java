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

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An expression in Prometheus' language, as far as the dashboard and the alert rules use
 * it: whatever else it has is an error.
 */
final class PromQuery {

	private static final Set<String> AGGREGATIONS = Set.of("sum", "max", "min", "avg", "count");

	private static final Set<String> FUNCTIONS = Set.of("rate", "increase", "avg_over_time", "max_over_time",
			"histogram_quantile");

	private static final Set<String> SET_OPERATORS = Set.of("and", "or", "unless");

	private static final Pattern TOKEN = Pattern.compile("\\s*(?:(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)"
			+ "|(?<number>\\d+(?:\\.\\d+)?)|(?<text>\"[^\"\\\\]*\")|(?<range>\\[(?:\\d+[smhd]|\\$__rate_interval)])"
			+ "|(?<sign>=~|!~|==|!=|>=|<=|[=<>+*/(){},-]))");

	private final List<String> tokens = new ArrayList<>();

	private final List<Selector> selectors = new ArrayList<>();

	private final Set<String> labels = new LinkedHashSet<>();

	private int position;

	private PromQuery(String text) {
		Matcher matcher = TOKEN.matcher(text.strip());
		int end = 0;
		while (matcher.lookingAt()) {
			this.tokens.add(matcher.group().strip());
			end = matcher.end();
			matcher.region(end, text.strip().length());
		}
		if (end < text.strip().length()) {
			throw new IllegalArgumentException("'%s' is not understood from character %d on".formatted(text, end));
		}
	}

	static PromQuery parse(String text) {
		PromQuery query = new PromQuery(text);
		query.expression();
		if (!query.next().isEmpty()) {
			throw new IllegalArgumentException("'%s' goes on with '%s'".formatted(text, query.next()));
		}
		return query;
	}

	/** What is read from the meters. */
	List<Selector> selectors() {
		return this.selectors;
	}

	/** The labels by which results are grouped or matched. */
	Set<String> labels() {
		return this.labels;
	}

	private void expression() {
		operand();
		while (true) {
			if (SET_OPERATORS.contains(next())) {
				take();
				if (next().equals("on")) {
					take();
					this.labels.addAll(labelNames());
				}
			}
			else if (List.of("+", "-", "*", "/", "==", "!=", ">", "<", ">=", "<=").contains(next())) {
				take();
			}
			else {
				return;
			}
			operand();
		}
	}

	private void operand() {
		String token = take();
		if (token.equals("(")) {
			expression();
			expect(")");
		}
		else if (AGGREGATIONS.contains(token)) {
			expect("by");
			this.labels.addAll(labelNames());
			arguments();
		}
		else if (FUNCTIONS.contains(token)) {
			arguments();
		}
		else if (!Character.isDigit(token.charAt(0))) {
			selector(token);
		}
	}

	private void arguments() {
		expect("(");
		expression();
		while (next().equals(",")) {
			take();
			expression();
		}
		expect(")");
	}

	private void selector(String metric) {
		requireName(metric);
		List<Match> matches = new ArrayList<>();
		if (next().equals("{")) {
			do {
				take();
				String label = requireName(take());
				String operator = take();
				if (!List.of("=", "!=", "=~", "!~").contains(operator)) {
					throw new IllegalArgumentException("No such match: " + operator);
				}
				String value = take();
				if (!value.startsWith("\"")) {
					throw new IllegalArgumentException("Not a value: " + value);
				}
				matches.add(new Match(label, operator, value.substring(1, value.length() - 1)));
			}
			while (next().equals(","));
			expect("}");
		}
		if (next().startsWith("[")) {
			take();
		}
		this.selectors.add(new Selector(metric, matches));
	}

	private Set<String> labelNames() {
		Set<String> names = new LinkedHashSet<>();
		do {
			// An opening bracket at first
			expect(names.isEmpty() ? "(" : ",");
			names.add(requireName(take()));
		}
		while (next().equals(","));
		expect(")");
		return names;
	}

	private static String requireName(String token) {
		if (!token.matches("[a-zA-Z_:][a-zA-Z0-9_:]*")) {
			throw new IllegalArgumentException("Not a name: " + token);
		}
		return token;
	}

	private void expect(String token) {
		String taken = take();
		if (!taken.equals(token)) {
			throw new IllegalArgumentException("'%s' instead of '%s' in %s".formatted(taken, token, this.tokens));
		}
	}

	private String next() {
		return (this.position < this.tokens.size()) ? this.tokens.get(this.position) : "";
	}

	private String take() {
		String token = next();
		if (token.isEmpty()) {
			throw new IllegalArgumentException("Ends too early: " + this.tokens);
		}
		this.position++;
		return token;
	}

	/**
	 * Some series.
	 *
	 * @param metric their name
	 * @param matches what their labels have to be
	 */
	record Selector(String metric, List<Match> matches) {
	}

	/**
	 * What a label has to be, or not to be.
	 *
	 * @param label the name of the label
	 * @param operator how it is compared
	 * @param value its value, a pattern, or a variable
	 */
	record Match(String label, String operator, String value) {

		/** The values that are named, of which a pattern may have several. */
		List<String> values() {
			return this.value.startsWith("$") ? List.of() : List.of(this.value.split("\\|"));
		}

	}

}
