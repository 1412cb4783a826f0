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

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

import io.transactionscope.sample.NestedDemo.Tally;
import io.transactionscope.sample.PageBrowser.Screen;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.openqa.selenium.Keys;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.resttestclient.autoconfigure.AutoConfigureRestTestClient;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.http.HttpStatusCode;
import org.springframework.test.context.ActiveProfiles;
import org.springframework.test.web.servlet.client.RestTestClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The page of the endpoint {@code pools} in a browser, while the demo runs.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
		properties = "spring.datasource.hikari.connection-timeout=5000")
@AutoConfigureRestTestClient
@ActiveProfiles("demo")
@Timeout(120)
@Tag("once")
class PoolsPageIT {

	private static final Duration PATIENCE = Duration.ofSeconds(20);

	@Autowired
	RestTestClient client;

	@LocalServerPort
	int port;

	@TempDir
	Path profile;

	private final ExecutorService visitors = Executors.newCachedThreadPool();

	private PageBrowser browser;

	@BeforeEach
	void openBrowser() {
		this.browser = new PageBrowser(this.profile);
	}

	@AfterEach
	void closeBrowser() {
		this.visitors.shutdownNow();
		if (this.browser != null) {
			this.browser.close();
		}
	}

	@ParameterizedTest
	@EnumSource
	void showsAHolderAWaiterAndAReport(Screen screen) throws Exception {
		open(screen);
		List<Future<HttpStatusCode>> answers = IntStream.range(0, 5)
			.mapToObj((visitor) -> this.visitors.submit(() -> post("/demo/slow?seconds=10")))
			.toList();

		this.browser.awaitText(".waiters .scope", "reserve-in-warehouse");
		// One of the others may have been on its way to its connection, too.
		await().atMost(PATIENCE)
			.until(() -> this.browser.texts(".lane .scope"), Collections.nCopies(4, "reserve-in-warehouse")::equals);
		this.browser.awaitText("#summary", "held but idle");
		this.browser.awaitText("#summary", "GET localhost takes");
		assertThat(this.browser.texts("#details dt")).contains("Idle share");
		this.browser.find(".lane").sendKeys(Keys.ENTER);
		await().atMost(PATIENCE).until(() -> !this.browser.texts(".stack .own").isEmpty());
		assertThat(this.browser.texts(".stack .own").get(0))
			.startsWith("io.transactionscope.sample.SlowDemo.callWarehouse(");
		assertThat(this.browser.texts(".detail code"))
			.containsExactly("SELECT sku, name, qty AS quantity FROM inventory WHERE sku = ?");
		this.browser.takePictures("dry", screen);

		this.browser.awaitText(".reports .trigger", "Connection timeout");
		this.browser.awaitText(".reports .times", "incident ");
		this.browser.find(".reports summary").click();
		this.browser.awaitText(".reports [open] pre", "Diagnosis: Connections are held but idle");
		this.browser.awaitText("#waiters-note", "Nobody waits for a connection.");
		this.browser.takePictures("exhausted", screen);
		assertThat(this.browser.hasNoRoomToScrollSideways()).isTrue();

		for (Future<HttpStatusCode> answer : answers) {
			answer.get();
		}
		assertThat(answers).extracting((answer) -> answer.get().value()).containsOnlyOnce(503).containsOnly(200, 503);
		await().atMost(PATIENCE)
			.until(() -> this.browser.texts(".lane .scope"), (lanes) -> lanes.stream().allMatch("free"::equals));
		assertThat(this.browser.complaints()).isEmpty();
	}

	@Test
	void showsThatADeadlockWasResolved() {
		open(Screen.DESKTOP);
		Tally tally = this.client.post()
			.uri("/demo/nested?threads=4")
			.exchange()
			.expectBody(Tally.class)
			.returnResult()
			.getResponseBody();
		assertThat(tally).isEqualTo(new Tally(3, 1, 0));
		this.browser.awaitText(".reports .trigger", "Deadlock");
		this.browser.awaitText("#figures", "Deadlocks\n1 since start");
		assertThat(this.browser.texts(".scopes tbody th")).contains("import-delivery", "audit");
		assertThat(this.browser.complaints()).isEmpty();
	}

	@Test
	void stopsLookingWhilePaused() {
		open(Screen.PHONE);
		this.browser.find("#pause").click();
		post("/demo/nested?threads=1");
		String paused = this.browser.find("#updated").getText();
		assertThat(paused).startsWith("Paused at");
		this.browser.find("#pause").click();
		this.browser.awaitText("#updated", "Live");
		this.browser.awaitText(".scopes tbody th", "audit");
	}

	private void open(Screen screen) {
		this.browser.open("http://localhost:" + this.port + "/actuator/pools", screen);
	}

	private HttpStatusCode post(String uri) {
		return this.client.post().uri(uri).exchange().returnResult(String.class).getStatus();
	}

}
