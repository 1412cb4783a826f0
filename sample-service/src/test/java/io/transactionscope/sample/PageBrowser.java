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
import java.util.logging.Level;
import java.util.stream.Stream;

import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * A browser that looks at the page of the endpoint {@code pools}.
 */
final class PageBrowser implements AutoCloseable {

	private static final Path PICTURES = Path.of("target", "pools-page");

	private static final Duration PATIENCE = Duration.ofSeconds(20);

	private static final String LOADED = """
			return document.readyState + ' ' + performance.getEntriesByType('resource')
				.slice(-40).map((each) => `${each.name} ${each.responseStatus} ${Math.round(each.duration)} ms`)""";

	private final ChromeDriver driver;

	/**
	 * Open one, if there is one.
	 * @param profile the directory for what it keeps
	 */
	PageBrowser(Path profile) {
		Path browser = installed("chromium", "chromium-browser", "google-chrome");
		Path service = installed("chromedriver");
		assumeTrue(browser != null && service != null,
				"There is no browser to look at the page with: install chromium and chromium-driver.");
		ChromeOptions options = new ChromeOptions();
		options.setBinary(browser.toFile());
		options.addArguments("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic",
				"--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
				"--user-data-dir=" + profile);
		LoggingPreferences logging = new LoggingPreferences();
		logging.enable(LogType.BROWSER, Level.ALL);
		options.setCapability(ChromeOptions.LOGGING_PREFS, logging);
		this.driver = new ChromeDriver(
				new ChromeDriverService.Builder().usingDriverExecutable(service.toFile()).build(), options);
	}

	void open(String url, Screen screen) {
		load(url, screen);
		awaitText("#updated", "Live");
	}

	void load(String url, Screen screen) {
		this.driver.executeCdpCommand("Emulation.setDeviceMetricsOverride", Map.of("width", screen.width, "height",
				screen.height, "deviceScaleFactor", 1, "mobile", screen.mobile));
		this.driver.get(url);
	}

	WebElement find(String selector) {
		return this.driver.findElement(By.cssSelector(selector));
	}

	// In one step, because the page replaces elements as it likes.
	@SuppressWarnings("unchecked")
	List<String> texts(String selector) {
		Object texts = run("return [...document.querySelectorAll(arguments[0])].map((each) => each.innerText)",
				selector);
		return (texts != null) ? (List<String>) texts : List.of();
	}

	@Nullable Object run(String script, Object... arguments) {
		return this.driver.executeScript(script, arguments);
	}

	void awaitText(String selector, String text) {
		try {
			await().atMost(PATIENCE)
				.until(() -> texts(selector), (texts) -> texts.stream().anyMatch((each) -> each.contains(text)));
		}
		catch (ConditionTimeoutException ex) {
			throw new AssertionError(
					"'%s' has not come to say '%s'. What the page says: %s. What it has loaded: %s. What the browser says: %s"
						.formatted(selector, text, texts("#message, " + selector), run(LOADED), complaints()),
					ex);
		}
	}

	boolean hasNoRoomToScrollSideways() {
		return Boolean.TRUE
			.equals(run("return document.documentElement.scrollWidth <= document.documentElement.clientWidth"));
	}

	/** What the browser has logged, such as a violation of the security policy. */
	List<String> complaints() {
		return this.driver.manage().logs().get(LogType.BROWSER).getAll().stream().map(LogEntry::getMessage).toList();
	}

	void takePictures(String moment, Screen screen) throws IOException {
		for (String scheme : List.of("light", "dark")) {
			this.driver.executeCdpCommand("Emulation.setEmulatedMedia",
					Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
			Object picture = this.driver
				.executeCdpCommand("Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", true))
				.get("data");
			Files.createDirectories(PICTURES);
			Files.write(PICTURES.resolve("%s-%s-%s.png".formatted(moment, screen, scheme).toLowerCase(Locale.ROOT)),
					Base64.getDecoder().decode((String) picture));
		}
	}

	/** Take a picture of a part of the page, with a margin. */
	void takePicture(Path file, String selector) throws IOException {
		Object part = Objects.requireNonNull(run("""
				const part = document.querySelector(arguments[0]).getBoundingClientRect();
				return { x: part.x + scrollX - 12, y: part.y + scrollY - 12, width: part.width + 24,
					height: part.height + 24, scale: 1 };
				""", selector));
		Object picture = this.driver
			.executeCdpCommand("Page.captureScreenshot",
					Map.of("format", "png", "captureBeyondViewport", true, "clip", part))
			.get("data");
		Files.write(file, Base64.getDecoder().decode((String) picture));
	}

	@Override
	public void close() {
		this.driver.quit();
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
