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

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

import io.micrometer.core.instrument.MeterRegistry;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ApplicationContext;

/**
 * What a running service answers to its operators: its health, the JSON of its page, and
 * its meters.
 */
public final class ServiceEndpoints {

	private final HttpClient http = HttpClient.newHttpClient();

	private final JsonMapper json = new JsonMapper();

	private final ApplicationContext context;

	public ServiceEndpoints(ApplicationContext context) {
		this.context = context;
	}

	/** The health's component of a pool. */
	public JsonNode health(String pool) {
		JsonNode health = get("/actuator/health/pool");
		for (JsonNode component : health.path("components")) {
			if (component.at("/details/pool").asString().equals(pool)) {
				return component;
			}
		}
		return health;
	}

	/** What the page shows of a pool. */
	public JsonNode page(String pool) {
		return get("/actuator/pools/" + URLEncoder.encode(pool, StandardCharsets.UTF_8));
	}

	/** What the page shows of all pools. */
	public JsonNode pages() {
		return get("/actuator/pools");
	}

	/** Whether a pool has meters: it has from its start on. */
	public boolean isMetered(String pool) {
		return !this.context.getBean(MeterRegistry.class)
			.find("transaction.scope.pool.exhaustions")
			.tag("pool", pool)
			.meters()
			.isEmpty();
	}

	/** The value of a gauge or a counter of a pool. */
	public double meter(String pool, String name, String... tags) {
		return this.context.getBean(MeterRegistry.class)
			.get(name)
			.tag("pool", pool)
			.tags(tags)
			.meter()
			.measure()
			.iterator()
			.next()
			.getValue();
	}

	public JsonNode get(String path) {
		return this.json.readTree(get(path, "application/json"));
	}

	/** What the service answers to who asks for another type. */
	public String get(String path, String type) {
		try {
			HttpRequest request = HttpRequest.newBuilder(uri(path)).header("Accept", type).build();
			return this.http.send(request, HttpResponse.BodyHandlers.ofString()).body();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	public URI uri(String path) {
		int port = Objects.requireNonNull(((WebServerApplicationContext) this.context).getWebServer()).getPort();
		return URI.create("http://localhost:" + port + path);
	}

}
