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

package io.transactionscope.sample.reactive;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

import io.transactionscope.sample.reactive.NestedDemo.Tally;
import io.transactionscope.sample.reactive.PageBrowser.Screen;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;

import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.ActiveProfiles;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The page of the endpoint {@code pools} in a browser, while the demo runs an R2DBC pool
 * dry.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
@Import(PostgresServer.class)
@ActiveProfiles("demo")
@Timeout(120)
@Tag("once")
class ReactivePoolsPageIT {

	private static final Duration PATIENCE = Duration.ofSeconds(20);

	@LocalServerPort
	int port;

	@TempDir
	Path profile;

	private WebClient web = WebClient.create();

	private PageBrowser browser;

	@BeforeEach
	void openBrowser() {
		this.web = WebClient.create("http://localhost:" + this.port);
		this.browser = new PageBrowser(this.profile);
	}

	@AfterEach
	void closeBrowser() {
		if (this.browser != null) {
			this.browser.close();
		}
	}

	@Test
	void showsSubscriptionsThatHoldAndWait() throws Exception {
		open(Screen.DESKTOP);
		List<CompletableFuture<Integer>> answers = IntStream.range(0, 5)
			.mapToObj((visitor) -> post("/demo/slow?seconds=10"))
			.toList();

		this.browser.awaitText(".waiters .scope", "reserve-in-warehouse");
		// One of the others may have been on its way to its connection, too.
		await().atMost(PATIENCE)
			.until(() -> this.browser.texts(".lane .scope"), Collections.nCopies(4, "reserve-in-warehouse")::equals);
		assertThat(this.browser.texts(".lane .thread")).doesNotHaveDuplicates()
			.allSatisfy((holder) -> assertThat(holder).startsWith("subscription "));
		assertThat(this.browser.texts(".waiters .thread")).hasSize(1)
			.allSatisfy((waiter) -> assertThat(waiter).startsWith("subscription "));
		this.browser.awaitText("#summary", "held but idle");
		this.browser.awaitText("#summary", "GET localhost takes");
		this.browser.awaitText("#figures", "Connections lent\n4 of 4");
		this.browser.awaitText("#figures", "Waiting\n1 longest");
		this.browser.find(".lane").sendKeys(Keys.ENTER);
		this.browser.awaitText(".detail h3", "There is no stack, as no thread holds it.");
		assertThat(this.browser.find(".detail h3 button").isDisplayed()).isFalse();
		assertThat(this.browser.texts(".detail dt")).contains("Held by", "Held for", "Time spent")
			.doesNotContain("Thread");
		assertThat(this.browser.texts(".detail code"))
			.containsExactly("SELECT sku, name, quantity FROM shop.stock WHERE sku = $1");
		this.browser.takePictures("dry", Screen.DESKTOP);

		this.browser.awaitText(".reports summary", "reserve-in-warehouse: ");
		this.browser.run("""
				[...document.querySelectorAll('.reports summary')]
					.find((report) => report.innerText.includes('reserve-in-warehouse: ')).click()""");
		assertThat(this.browser.texts(".reports [open] .trigger")).containsExactly("Acquire timeout");
		this.browser.awaitText(".reports [open] pre", "Diagnosis: Connections are held but idle");
		this.browser.awaitText("#waiters-note", "Nobody waits for a connection.");
		this.browser.takePictures("exhausted", Screen.DESKTOP);
		assertThat(this.browser.hasNoRoomToScrollSideways()).isTrue();

		assertThat(answers).extracting(CompletableFuture::join).containsOnlyOnce(503).containsOnly(200, 503);
		awaitAllFree();
		assertThat(this.browser.complaints()).isEmpty();
	}

	@Test
	void showsThatADeadlockWasResolved() {
		open(Screen.DESKTOP);
		Tally tally = this.web.post().uri("/demo/nested?blocks=4").retrieve().bodyToMono(Tally.class).block();
		assertThat(tally).isEqualTo(new Tally(3, 1, 0));
		this.browser.awaitText(".reports .trigger", "Deadlock");
		this.browser.awaitText("#figures", "Deadlocks\n1 since start");
		assertThat(this.browser.texts(".scopes tbody th")).contains("import-delivery", "audit");
		assertThat(this.browser.complaints()).isEmpty();
	}

	@Test
	void namesTheCodeThatBlocksEventLoops() throws Exception {
		open(Screen.PHONE);
		List<CompletableFuture<Integer>> answers = IntStream.range(0, 5)
			.mapToObj((visitor) -> post("/demo/blocked?seconds=6"))
			.toList();
		this.browser.awaitText("#kind", "Blocked event loop");
		this.browser.awaitText("#summary", "BlockedDemo.printLabel(BlockedDemo.java:");
		assertThat(this.browser.texts("#details code")).singleElement()
			.asString()
			.startsWith("io.transactionscope.sample.reactive.BlockedDemo.printLabel(");
		assertThat(this.browser.hasNoRoomToScrollSideways()).isTrue();
		this.browser.takePictures("blocked", Screen.PHONE);
		assertThat(answers).extracting(CompletableFuture::join).contains(200);
		awaitAllFree();
	}

	/** Its lane is busy until it is found that nobody has the connection any more. */
	@Test
	void showsAConnectionThatIsForgottenUntilItIsBack() {
		open(Screen.PHONE);
		assertThat(post("/demo/leak?seconds=4").join()).isEqualTo(200);
		this.browser.awaitText(".lane .thread", "subscription ");
		this.browser.awaitText("#figures", "Leaks\n1 since start");
		awaitAllFree();
		assertThat(this.browser.complaints()).isEmpty();
	}

	private void awaitAllFree() {
		await().atMost(PATIENCE)
			.until(() -> this.browser.texts(".lane .scope"), (lanes) -> lanes.stream().allMatch("free"::equals));
	}

	private void open(Screen screen) {
		this.browser.open("http://localhost:" + this.port + "/actuator/pools", screen);
	}

	private CompletableFuture<Integer> post(String uri) {
		return this.web.post()
			.uri(uri)
			.exchangeToMono((response) -> response.releaseBody().thenReturn(response.statusCode().value()))
			.toFuture();
	}

}
