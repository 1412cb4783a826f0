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
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

import io.transactionscope.sample.PageBrowser.Screen;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.resttestclient.autoconfigure.AutoConfigureRestTestClient;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.ActiveProfiles;
import org.springframework.test.web.servlet.client.RestTestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Takes the pictures of the page that the reference shows, if it is told where they are:
 * {@code mvn verify -Dtransaction-scope.test.pictures=$PWD/autoconfigure/src/docs/asciidoc/images}.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
		properties = { "spring.datasource.hikari.connection-timeout=60000",
				"spring.datasource.hikari.pool-name=orders" })
@AutoConfigureRestTestClient
@ActiveProfiles("demo")
@Timeout(120)
@Tag("once")
@EnabledIfSystemProperty(named = PoolsPagePicturesIT.PLACE, matches = ".+")
class PoolsPagePicturesIT {

	static final String PLACE = "transaction-scope.test.pictures";

	@Autowired
	RestTestClient client;

	@LocalServerPort
	int port;

	@TempDir
	Path profile;

	private final Path place = Path.of(System.getProperty(PLACE, ""));

	@Test
	void takesThem() throws Exception {
		ExecutorService visitors = Executors.newCachedThreadPool();
		try (PageBrowser browser = new PageBrowser(this.profile)) {
			post("/demo/nested?threads=4");
			browser.open("http://localhost:" + this.port + "/actuator/pools", Screen.DESKTOP);
			List<Future<?>> answers = IntStream.range(0, 6)
				.<Future<?>>mapToObj((visitor) -> visitors.submit(() -> post("/demo/slow?seconds=20")))
				.toList();
			browser.awaitText(".waiters .scope", "reserve-in-warehouse");
			browser.awaitText("#kind", "Held but idle");
			browser.awaitText("#waiters-count", "2");
			browser.run("document.querySelector('.lane').click()");
			browser.awaitText(".stack", "SlowDemo.callWarehouse");
			takePictures(browser);
			assertThat(browser.texts("#kind")).containsExactly("Held but idle");
			for (Future<?> answer : answers) {
				answer.get();
			}
		}
		finally {
			visitors.shutdownNow();
		}
	}

	private void takePictures(PageBrowser browser) throws IOException {
		browser.takePicture(this.place.resolve("pools-page.png"), "body");
		browser.takePicture(this.place.resolve("pools-page-diagnosis.png"), "#diagnosis");
		browser.takePicture(this.place.resolve("pools-page-lease.png"), "#lanes");
	}

	private void post(String uri) {
		this.client.post().uri(uri).exchange().returnResult(String.class).getStatus();
	}

}
