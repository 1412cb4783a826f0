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

package io.transactionscope.incident;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.diagnosis.Healthy;
import io.transactionscope.pool.diagnosis.TurnedAway;
import org.assertj.core.api.AbstractStringAssert;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.core.ThrowingRunnable;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The five who tell of an incident: the log, the exception, the health, the page and the
 * meters. They are heard of what has happened since they were called, and all have to say
 * the same.
 */
public final class Witnesses {

	private static final List<String> FAILURES = List.of("exhaustions", "deadlocks", "sheds");

	private static final List<String> EVENTS = Stream.concat(FAILURES.stream(), Stream.of("leaks")).toList();

	private final ServiceLog log;

	private final ServiceEndpoints endpoints;

	private final String pool;

	private final int logged;

	private final int reported;

	private final Map<String, Double> counted = new HashMap<>();

	private Witnesses(ServiceLog log, ServiceEndpoints endpoints, String pool, int logged, int reported) {
		this.log = log;
		this.endpoints = endpoints;
		this.pool = pool;
		this.logged = logged;
		this.reported = reported;
	}

	/** Those who have been there since a service began to start. */
	public static Witnesses sinceStart(ServiceLog log, ServiceEndpoints endpoints, String pool) {
		return new Witnesses(log, endpoints, pool, 0, 0);
	}

	/** Those who are called at this moment, to tell of a pool. */
	public static Witnesses fromNow(ServiceLog log, ServiceEndpoints endpoints, String pool) {
		Witnesses witnesses = new Witnesses(log, endpoints, pool, log.events().size(),
				endpoints.page(pool).at("/reports").size());
		Stream.concat(EVENTS.stream(), Stream.of("long.leases"))
			.forEach((name) -> witnesses.counted.put(name, witnesses.meter(name)));
		return witnesses;
	}

	/**
	 * Ask them about what is the matter.
	 * @param kind of the diagnosis
	 * @param parts of its summary
	 */
	public Statement of(Class<? extends Diagnosis> kind, String... parts) {
		return new Statement(kind.getSimpleName(), parts);
	}

	/** See that nobody says that anything is the matter, and that nobody was failed. */
	public void areSilent() {
		assertThat(ofOurs("WARN", "ERROR")).as("log").isEmpty();
		EVENTS.forEach((name) -> assertThat(since(name)).as(name).isZero());
		JsonNode health = healthOfPool();
		assertThat(health.at("/status").asString()).as("health").isEqualTo("UP");
		for (JsonNode diagnosis : List.of(health.at("/details/diagnosis"), pageOfPool().at("/diagnosis"))) {
			assertThat(diagnosis.at("/kind").asString()).isEqualTo(Healthy.class.getSimpleName());
		}
		assertThat(pageOfPool().at("/reports")).as("reports").hasSize(this.reported);
	}

	/** What has been logged since then, by us, with one of those levels. */
	public List<String> ofOurs(String... levels) {
		List<String> events = this.log.events();
		return events.subList(this.logged, events.size())
			.stream()
			.filter((event) -> Stream.of(levels).anyMatch((level) -> event.startsWith(level + " io.transactionscope")))
			.toList();
	}

	/** How often something has been counted since then. */
	public double since(String meter) {
		return meter(meter) - this.counted.getOrDefault(meter, 0.0);
	}

	/** What a counter says, which says nothing of a pool that was never started. */
	private double meter(String name, String... tags) {
		return this.endpoints.isMetered(this.pool)
				? this.endpoints.meter(this.pool, "transaction.scope.pool." + name, tags) : 0;
	}

	private JsonNode healthOfPool() {
		return this.endpoints.health(this.pool);
	}

	private JsonNode pageOfPool() {
		return this.endpoints.page(this.pool);
	}

	/** What they say first may tell more than what they say once all is over. */
	private static void soon(ThrowingRunnable assertion) {
		AtomicReference<@Nullable AssertionError> first = new AtomicReference<>();
		try {
			await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
				try {
					assertion.run();
				}
				catch (AssertionError ex) {
					first.compareAndSet(null, ex);
					throw ex;
				}
			});
		}
		catch (ConditionTimeoutException ex) {
			Stream.ofNullable(first.get()).forEach(ex::addSuppressed);
			throw ex;
		}
	}

	/**
	 * What all of them have to say.
	 */
	public final class Statement {

		private final String kind;

		private final String[] parts;

		private String[] wrong = {};

		private Statement(String kind, String... parts) {
			this.kind = kind;
			this.parts = parts;
		}

		/** What none of them may say. */
		public Statement butNot(String... wrong) {
			this.wrong = wrong;
			return this;
		}

		/** Read the message of who was turned away, and what more is in it. */
		public Statement exception(Throwable failure, String... more) {
			Throwable told = failure;
			while (told.getCause() != null && !told.getClass().getName().startsWith("io.transactionscope.pool")) {
				told = told.getCause();
			}
			is(assertThat(told).message().as("exception"), more);
			return this;
		}

		/** See that nobody was turned away: there is no exception to read. */
		public Statement nobodyFails() {
			FAILURES.forEach((name) -> assertThat(since(name)).as(name).isZero());
			assertThat(pageOfPool().at("/reports")).as("reports").hasSize(Witnesses.this.reported);
			return this;
		}

		/** Read one event of the log, a warning. */
		public Statement log(String... more) {
			return logAt("WARN", more);
		}

		public Statement logAt(String level, String... more) {
			soon(() -> assertThat(ofOurs(level)).as("log").anySatisfy((event) -> is(assertThat(event), more)));
			return this;
		}

		/** Read the health of the pool: its status and its diagnosis. */
		public Statement health(String status) {
			soon(() -> {
				JsonNode health = healthOfPool();
				assertThat(health.at("/status").asString()).as("health").isEqualTo(status);
				JsonNode diagnosis = health.at("/details/diagnosis");
				assertThat(diagnosis.at("/kind").asString()).as("health")
					.isIn(this.kind, TurnedAway.class.getSimpleName());
				is(assertThat(textOf(diagnosis)).as("health"));
			});
			return this;
		}

		/**
		 * Read the page: what is the matter now or, if nobody waits any more, was when
		 * the latest was turned away.
		 */
		public Statement page() {
			soon(() -> is(assertThat(textOf(diagnosis())).as("page")));
			return this;
		}

		private JsonNode diagnosis() {
			JsonNode page = pageOfPool();
			JsonNode now = page.at("/diagnosis");
			boolean over = now.at("/kind").asString().equals(TurnedAway.class.getSimpleName());
			JsonNode diagnosis = over ? page.at("/reports/0/diagnosis") : now;
			assertThat(diagnosis.at("/kind").asString()).as("page").isEqualTo(this.kind);
			return diagnosis;
		}

		/**
		 * Read a counter of the pool, how often something has happened, and the gauge of
		 * what is the matter.
		 */
		public Statement meter(String name, int times) {
			soon(() -> assertThat(since(name)).as(name).isEqualTo(times));
			if (Witnesses.this.endpoints.isMetered(Witnesses.this.pool)) {
				soon(() -> assertThat(Witnesses.this.meter("diagnosis", "kind", this.kind)).as("meter").isOne());
			}
			return this;
		}

		private static String textOf(JsonNode diagnosis) {
			return diagnosis.at("/summary").asString() + " " + diagnosis.at("/advice").asString();
		}

		private void is(AbstractStringAssert<?> text, String... more) {
			Stream.of(this.parts, more).flatMap(Stream::of).forEach(text::contains);
			Stream.of(this.wrong).forEach(text::doesNotContain);
		}

	}

}
