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
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The packaged service, started on what was prepared ahead of time.
 */
class AotIT {

	private static final Pattern CURL = Pattern.compile("curl -i (localhost:\\d+)/orders ");

	private static final HttpClient client = HttpClient.newHttpClient();

	private static final Path log = Path.of("target", "aot-service.log");

	private static Process service;

	private static String address = "";

	@BeforeAll
	static void start() throws IOException {
		service = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-Dspring.aot.enabled=true", "-jar", System.getProperty("sample-service.jar"), "--server.port=0")
			.redirectErrorStream(true)
			.redirectOutput(log.toFile())
			.start();
		await().atMost(Duration.ofMinutes(3))
			.failFast("the service ended: see " + log, () -> !service.isAlive())
			.until(() -> {
				Matcher curl = CURL.matcher(Files.readString(log));
				address = curl.find() ? "http://" + curl.group(1) : "";
				return !address.isEmpty();
			});
	}

	@AfterAll
	static void stop() {
		service.destroy();
	}

	@Test
	void startsOnWhatWasPreparedAheadOfTime() {
		assertThat(log).content().contains("Starting AOT-processed SampleServiceApplication");
	}

	@Test
	void isHealthy() throws Exception {
		HttpResponse<String> health = send("GET", "/actuator/health", "");
		assertThat(health.statusCode()).isEqualTo(200);
		assertThat(health.body()).contains("\"status\":\"UP\"");
	}

	@Test
	void showsItsPool() throws Exception {
		// The jobs have a connection now and then.
		await().untilAsserted(() -> assertThat(send("GET", "/actuator/pools", "").body())
			.contains("\"pool\":\"HikariPool-1\"", "\"leases\":[]"));
		HttpResponse<String> page = client.send(
				HttpRequest.newBuilder(URI.create(address + "/actuator/pools")).header("Accept", "text/html").build(),
				BodyHandlers.ofString());
		assertThat(page.statusCode()).isEqualTo(200);
		assertThat(page.body()).startsWith("<!DOCTYPE html>");
	}

	@Test
	void runsEachWayToWriteABlock() throws Exception {
		HttpResponse<String> placed = send("POST", "/orders",
				"{\"customer\": \"Ada\", \"lines\": [{\"sku\": \"beans\", \"quantity\": 2}]}");
		assertThat(placed.statusCode()).isEqualTo(201);
		assertThat(send("GET", "/stocktake", "").body()).contains("\"ordered\":[{\"sku\":\"beans\",\"quantity\":2}]");
		await().untilAsserted(() -> assertThat(send("GET", "/follow-ups", "").body()).contains("\"confirmedAt\":\"20"));
		String order = URI.create(placed.headers().firstValue("Location").orElseThrow()).getPath();
		assertThat(send("DELETE", order, "").statusCode()).isEqualTo(204);
		assertThat(send("GET", "/actuator/metrics/transaction.scope", "").body()).contains("place-order",
				"cancel-order", "stocktake");
	}

	@Test
	void rollsBackOnACheckedException() throws Exception {
		HttpResponse<String> refused = send("POST", "/orders",
				"{\"customer\": \"Ada\", \"lines\": [{\"sku\": \"filter\", \"quantity\": 1}, {\"sku\": \"kettle\", \"quantity\": 9}]}");
		assertThat(refused.statusCode()).isEqualTo(409);
		assertThat(send("GET", "/inventory/filter", "").body()).contains("\"quantity\":50");
	}

	private static HttpResponse<String> send(String method, String path, String body) throws Exception {
		return client.send(HttpRequest.newBuilder(URI.create(address + path))
			.header("Content-Type", "application/json")
			.method(method, BodyPublishers.ofString(body))
			.build(), BodyHandlers.ofString());
	}

}
