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

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.logging.Level;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.transactionscope.sample.NestedDemo.Tally;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.resttestclient.autoconfigure.AutoConfigureRestTestClient;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.http.HttpStatusCode;
import org.springframework.test.context.ActiveProfiles;
import org.springframework.test.web.servlet.client.RestTestClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * The page of the endpoint {@code pools} in a browser, while the demo runs.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
		properties = "spring.datasource.hikari.connection-timeout=5000")
@AutoConfigureRestTestClient
@ActiveProfiles("demo")
@Timeout(120)
class PoolsPageIT {

	private static final Path PICTURES = Path.of("target", "pools-page");

	private static final Duration PATIENCE = Duration.ofSeconds(20);

	@Autowired
	RestTestClient client;

	@LocalServerPort
	int port;

	@TempDir
	Path profile;

	private final ExecutorService visitors = Executors.newCachedThreadPool();

	private @Nullable ChromeDriver opened;

	@BeforeEach
	void openBrowser() {
		Path browser = installed("chromium", "chromium-browser", "google-chrome");
		Path driver = installed("chromedriver");
		assumeTrue(browser != null && driver != null,
				"There is no browser to look at the page with: install chromium and chromium-driver.");
		ChromeOptions options = new ChromeOptions();
		options.setBinary(browser.toFile());
		options.addArguments("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
				"--disable-background-networking", "--disable-component-update", "--disable-sync",
				"--user-data-dir=" + this.profile);
		LoggingPreferences logging = new LoggingPreferences();
		logging.enable(LogType.BROWSER, Level.ALL);
		options.setCapability(ChromeOptions.LOGGING_PREFS, logging);
		this.opened = new ChromeDriver(new ChromeDriverService.Builder().usingDriverExecutable(driver.toFile()).build(),
				options);
	}

	@AfterEach
	void closeBrowser() {
		this.visitors.shutdownNow();
		if (this.opened != null) {
			this.opened.quit();
		}
	}

	@ParameterizedTest
	@EnumSource
	void showsAHolderAWaiterAndAReport(Screen screen) throws Exception {
		open(screen);
		List<Future<HttpStatusCode>> answers = IntStream.range(0, 5)
			.mapToObj((visitor) -> this.visitors.submit(() -> post("/demo/slow?seconds=10")))
			.toList();

		awaitText(".waiters .scope", "reserve-in-warehouse");
		assertThat(texts(".lane .scope")).hasSize(4).containsOnly("reserve-in-warehouse");
		awaitText("#summary", "held but idle");
		find(".lane").sendKeys(Keys.ENTER);
		await().atMost(PATIENCE).until(() -> !texts(".stack .own").isEmpty());
		assertThat(texts(".stack .own").get(0)).startsWith("io.transactionscope.sample.SlowDemo.callWarehouse(");
		assertThat(texts(".detail code"))
			.containsExactly("SELECT sku, name, qty AS quantity FROM inventory WHERE sku = ?");
		takePictures(screen, "dry");

		awaitText(".reports .trigger", "Timed out");
		find(".reports summary").click();
		awaitText(".reports [open] pre", "Diagnosis: Connections are held but idle");
		awaitText("#waiters-note", "Nobody waits for a connection.");
		takePictures(screen, "exhausted");
		assertThat(widthOfContent()).isLessThanOrEqualTo(screen.width);

		for (Future<HttpStatusCode> answer : answers) {
			answer.get();
		}
		assertThat(answers).extracting((answer) -> answer.get().value()).containsOnlyOnce(503).containsOnly(200, 503);
		await().atMost(PATIENCE).until(() -> texts(".lane .scope"), (lanes) -> lanes.stream().allMatch("free"::equals));
		assertThat(complaints()).isEmpty();
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
		awaitText(".reports .trigger", "Deadlock");
		awaitText("#figures", "Deadlocks\n1 since start");
		assertThat(texts(".scopes tbody th")).contains("import-delivery", "audit");
		assertThat(complaints()).isEmpty();
	}

	@Test
	void stopsLookingWhilePaused() {
		open(Screen.PHONE);
		find("#pause").click();
		post("/demo/nested?threads=1");
		String paused = find("#updated").getText();
		assertThat(paused).startsWith("Paused at");
		find("#pause").click();
		awaitText("#updated", "Live");
		awaitText(".scopes tbody th", "audit");
	}

	private void open(Screen screen) {
		browser().executeCdpCommand("Emulation.setDeviceMetricsOverride", Map.of("width", screen.width, "height",
				screen.height, "deviceScaleFactor", 1, "mobile", screen.mobile));
		browser().get("http://localhost:" + this.port + "/actuator/pools");
		awaitText("#updated", "Live");
	}

	private HttpStatusCode post(String uri) {
		return this.client.post().uri(uri).exchange().returnResult(String.class).getStatus();
	}

	private WebElement find(String selector) {
		return browser().findElement(By.cssSelector(selector));
	}

	// In one step, because the page replaces elements as it likes.
	@SuppressWarnings("unchecked")
	private List<String> texts(String selector) {
		Object texts = browser().executeScript(
				"return [...document.querySelectorAll(arguments[0])].map((each) => each.innerText)", selector);
		return (List<String>) (texts != null ? texts : List.of());
	}

	private void awaitText(String selector, String text) {
		await().atMost(PATIENCE)
			.until(() -> texts(selector), (texts) -> texts.stream().anyMatch((each) -> each.contains(text)));
	}

	private long widthOfContent() {
		return (Long) browser().executeScript("return document.documentElement.scrollWidth");
	}

	/** What the browser has logged, such as a violation of the security policy. */
	private List<String> complaints() {
		return browser().manage().logs().get(LogType.BROWSER).getAll().stream().map(LogEntry::getMessage).toList();
	}

	private void takePictures(Screen screen, String moment) throws IOException {
		for (String scheme : List.of("light", "dark")) {
			browser().executeCdpCommand("Emulation.setEmulatedMedia",
					Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
			Object picture = browser()
				.executeCdpCommand("Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", true))
				.get("data");
			Files.createDirectories(PICTURES);
			Files.write(PICTURES.resolve("%s-%s-%s.png".formatted(moment, screen, scheme).toLowerCase(Locale.ROOT)),
					Base64.getDecoder().decode((String) picture));
		}
	}

	private ChromeDriver browser() {
		return Objects.requireNonNull(this.opened);
	}

	private static @Nullable Path installed(String... names) {
		return Stream.of(System.getenv("PATH").split(File.pathSeparator))
			.flatMap((directory) -> Stream.of(names).map((name) -> Path.of(directory, name)))
			.filter(Files::isExecutable)
			.findFirst()
			.orElse(null);
	}

	enum Screen {

		PHONE(390, 844, true), DESKTOP(1280, 900, false);

		private final int width;

		private final int height;

		private final boolean mobile;

		Screen(int width, int height, boolean mobile) {
			this.width = width;
			this.height = height;
			this.mobile = mobile;
		}

	}

}
