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
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.tracked.TrackedDataSource;
import io.transactionscope.sample.PageBrowser.Screen;
import io.transactionscope.sample.PageProxy.Session;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The page of the endpoint {@code pools} behind a proxy with a content security policy
 * and a login, with pools and scopes of names that nobody would choose.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
		properties = "spring.datasource.hikari.pool-name=accounts")
@Timeout(120)
@Tag("once")
class PoolsPageProxyIT {

	private static final String NAME = "orders/eu;1?&=%2F\u202Etxt.exe";

	private static final String SEEN_NAME = "orders/eu;1?&=%2F\\u202Etxt.exe";

	private static final String LONG_SCOPE = "place-order-" + "x".repeat(388);

	private static final String TURNED_SCOPE = "\u202Eredro-ecalp\u0007";

	@Autowired
	PoolLedgers ledgers;

	@LocalServerPort
	int port;

	@TempDir
	Path profile;

	private final ExecutorService visitors = Executors.newCachedThreadPool();

	private final CountDownLatch end = new CountDownLatch(1);

	private HikariDataSource pool;

	private TrackedDataSource orders;

	private PageProxy proxy;

	private PageBrowser browser;

	@BeforeEach
	void open() throws Exception {
		HikariConfig config = new HikariConfig();
		config.setPoolName(NAME);
		config.setJdbcUrl("jdbc:h2:mem:" + UUID.randomUUID());
		config.setMaximumPoolSize(2);
		this.pool = new HikariDataSource(config);
		this.orders = new TrackedDataSource(
				new PoolLedger(this.pool, PoolSettings.defaults().withBorrowSite(PoolSettings.BorrowSite.ALWAYS)));
		this.ledgers.add(this.orders.ledger());
		this.proxy = new PageProxy(this.port);
		this.browser = new PageBrowser(this.profile);
	}

	@AfterEach
	void close() {
		this.end.countDown();
		this.visitors.shutdownNow();
		this.orders.ledger().close();
		this.pool.close();
		this.proxy.close();
		if (this.browser != null) {
			this.browser.close();
		}
	}

	@Test
	void opensOnThePoolInTroubleAndIsNotGarbledByNames() throws Exception {
		TransactionScope scope = TransactionScope.create(new ScopedJdbcTransactionManager(this.orders));
		hold(scope.named(LONG_SCOPE));
		hold(scope.named(TURNED_SCOPE));
		Future<?> unused = this.visitors.submit(() -> scope.named("waits").call(() -> 1));
		await().until(() -> !this.orders.ledger().snapshot().waiters().isEmpty());

		this.browser.open(this.proxy.url("/actuator/pools"), Screen.DESKTOP);
		this.browser.awaitText(".waiters .scope", "waits");
		assertThat(this.browser.texts("#name")).containsExactly(SEEN_NAME);
		assertThat(this.browser.texts("#pools a[aria-current] .scope")).containsExactly(SEEN_NAME);
		assertThat(this.browser.texts(".lane .scope")).hasSize(2)
			.contains("\\u202Eredro-ecalp\\u0007")
			.allMatch((name) -> name.length() < 80);
		assertThat(this.browser.run("return [...document.querySelectorAll('.lane .scope')].map((each) => each.title)"))
			.asInstanceOf(InstanceOfAssertFactories.LIST)
			.contains(LONG_SCOPE);

		this.browser.find(".lane").click();
		this.browser.awaitText(".detail h3", "Stack at");
		this.browser.awaitText(".detail .first li", "PoolsPageProxyIT");
		List<String> borrowed = this.browser.texts(".detail h3 ~ h3 + .stack .first li");
		assertThat(borrowed).isNotEmpty().hasSizeLessThanOrEqualTo(3);
		assertThat(borrowed.get(0)).startsWith("io.transactionscope.sample.PoolsPageProxyIT.");
		this.browser.takePictures("names", Screen.DESKTOP);
		assertThat(this.browser.hasNoRoomToScrollSideways()).isTrue();

		this.browser.find("#pools a:not([aria-current])").click();
		this.browser.awaitText("#name", "accounts");
		assertThat(this.browser.run("return location.search")).isEqualTo("?pool=accounts");
		this.browser.run("history.back()");
		this.browser.awaitText("#name", SEEN_NAME);
		this.browser.open(this.proxy.url("/actuator/pools?pool=accounts"), Screen.PHONE);
		assertThat(this.browser.texts("#name")).containsExactly("accounts");
		this.browser.takePictures("names", Screen.PHONE);
		assertThat(this.browser.hasNoRoomToScrollSideways()).isTrue();
		assertThat(this.browser.complaints()).isEmpty();
	}

	@Test
	void saysThatTheSessionHasEndedAndLeadsToTheLogin() throws Exception {
		this.browser.open(this.proxy.url("/actuator/pools"), Screen.DESKTOP);
		assertThat(this.browser.complaints()).isEmpty();
		for (Session session : List.of(Session.UNAUTHORIZED, Session.FORBIDDEN, Session.A_PAGE, Session.REDIRECTED)) {
			this.proxy.session(session);
			this.browser.awaitText("#message", switch (session) {
				case FORBIDDEN -> "You may not see the pools";
				case A_PAGE -> "Your session seems to have ended";
				default -> "Your session has ended.";
			});
			assertThat(this.browser.find("#login").isDisplayed()).isTrue();
			assertThat(this.browser.texts("#updated")).singleElement().asString().startsWith("As of");
			if (session != Session.REDIRECTED) {
				this.proxy.session(Session.OPEN);
				this.browser.find("#login").click();
				this.browser.awaitText("#updated", "Live");
			}
		}
		this.browser.takePictures("logged-out", Screen.DESKTOP);
		this.browser.find("#login").click();
		this.browser.awaitText("h1", "Log in");
	}

	@Test
	void loadsItselfAgainIfAPartOfItHasNotArrived() {
		for (String script : List.of("main.js", "values.js")) {
			this.proxy.lose(script);
			this.browser.load(this.proxy.url("/actuator/pools"), Screen.PHONE);
			this.browser.awaitText("#message", "A part of this page could not be loaded. Trying again.");
			assertThat(this.browser.find("#message").isDisplayed()).isTrue();
			this.proxy.lose(null);
			this.browser.awaitText("#updated", "Live");
		}
		this.proxy.lose("page.css");
		this.browser.open(this.proxy.url("/actuator/pools"), Screen.PHONE);
		assertThat(isStyled()).isFalse();
		this.proxy.lose(null);
		await().atMost(Duration.ofSeconds(20)).until(this::isStyled);
	}

	private boolean isStyled() {
		return Boolean.TRUE
			.equals(this.browser.run("return [...document.styleSheets].some((sheet) => sheet.cssRules.length > 0)"));
	}

	private void hold(TransactionScope scope) throws InterruptedException {
		CountDownLatch held = new CountDownLatch(1);
		Future<?> unused = this.visitors.submit(() -> scope.call((tx) -> {
			Connection connection = tx.connection();
			connection.createStatement().executeQuery("select 1").close();
			held.countDown();
			this.end.await();
			return true;
		}));
		held.await();
	}

}
