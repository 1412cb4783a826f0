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

import java.lang.management.ManagementFactory;
import java.util.List;

import javax.management.MBeanServer;
import javax.management.ObjectName;

import io.transactionscope.TransactionScope;
import io.transactionscope.actuate.PoolSnapshotDescriptor.LeaseDescriptor;
import io.transactionscope.actuate.PoolsEndpoint;
import io.transactionscope.sample.NestedDemo.Tally;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.resttestclient.autoconfigure.AutoConfigureRestTestClient;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.http.MediaType;
import org.springframework.test.context.ActiveProfiles;
import org.springframework.test.web.servlet.client.RestTestClient;
import org.springframework.test.web.servlet.client.RestTestClient.ResponseSpec;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The profile {@code demo}, and its endpoint {@code pools}.
 */
@Tag("once")
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
		properties = { "spring.jmx.enabled=true", "management.endpoints.jmx.exposure.include=pools",
				"spring.datasource.hikari.pool-name=orders" })
@AutoConfigureRestTestClient
@ActiveProfiles("demo")
class DemoTests {

	private static final String BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";

	@Autowired
	RestTestClient client;

	@Autowired
	TransactionScope transactions;

	@Autowired
	PoolsEndpoint endpoint;

	@Test
	void givesBrowsersThePage() {
		ask("/actuator/pools", BROWSER).expectStatus()
			.isOk()
			.expectHeader()
			.contentType("text/html;charset=UTF-8")
			.expectBody(String.class)
			.value((page) -> assertThat(page).startsWith("<!DOCTYPE html>"));
	}

	@Test
	void givesEverybodyElseJson() {
		for (String accepted : List.of("*/*", "application/json", "application/vnd.spring-boot.actuator.v3+json")) {
			ask("/actuator/pools", accepted).expectStatus()
				.isOk()
				.expectHeader()
				.value("Content-Type",
						(type) -> assertThat(MediaType.parseMediaType(type).getSubtype()).contains("json"))
				.expectBody()
				.jsonPath("$.pools[0].snapshot.pool")
				.isEqualTo("orders")
				.jsonPath("$.pools[0].snapshot.maximum")
				.isEqualTo(4);
		}
	}

	@Test
	void tellsWhatAHolderDoes() throws Exception {
		this.transactions.named("look").run((tx) -> {
			tx.connection().isValid(1);
			// The jobs may have a connection as well.
			LeaseDescriptor lease = this.endpoint.pools()
				.pools()
				.get(0)
				.snapshot()
				.leases()
				.stream()
				.filter((each) -> "look".equals(each.scope()))
				.findFirst()
				.orElseThrow();
			ask("/actuator/pools/orders", "application/json").expectBody()
				.jsonPath("$.holders[?(@.lease.scope == 'look')].lease.id")
				.isEqualTo(lease.id());
			ask("/actuator/pools/orders/" + lease.id(), "application/json").expectStatus()
				.isOk()
				.expectBody()
				.jsonPath("$.stack[?(@.methodName == 'tellsWhatAHolderDoes')]")
				.isNotEmpty();
		});
	}

	@Test
	void findsNoPoolAndNoLeaseThatIsNotThere() {
		ask("/actuator/pools/customers", "application/json").expectStatus().isNotFound();
		ask("/actuator/pools/orders/0-1", "application/json").expectStatus().isNotFound();
	}

	@Test
	void offersTheSameToJmx() throws Exception {
		MBeanServer server = ManagementFactory.getPlatformMBeanServer();
		ObjectName name = new ObjectName("org.springframework.boot:type=Endpoint,name=Pools");
		assertThat(server.invoke(name, "pools", new Object[0], new String[0])).asString().contains("orders");
		assertThat(server.invoke(name, "pool", new Object[] { "orders" }, new String[] { String.class.getName() }))
			.asString()
			.contains("maximum=4");
	}

	@Test
	void resolvesTheDeadlocksOfNestedScopes() {
		Tally tally = this.client.post()
			.uri("/demo/nested?threads=4")
			.exchange()
			.expectBody(Tally.class)
			.returnResult()
			.getResponseBody();
		assertThat(tally).isEqualTo(new Tally(3, 1, 0));
		ask("/actuator/pools/orders", "application/json").expectBody()
			.jsonPath("$.reports[0].trigger")
			.isEqualTo("DEADLOCK")
			.jsonPath("$.reports[0].diagnosis.kind")
			.isEqualTo("SelfDeadlock")
			.jsonPath("$.reports[0].diagnosis.details.floor")
			.isEqualTo(5);
	}

	@Test
	void refusesDemosThatNeverEnd() {
		this.client.post().uri("/demo/slow?seconds=1000").exchange().expectStatus().isBadRequest();
		this.client.post().uri("/demo/nested?threads=0").exchange().expectStatus().isBadRequest();
	}

	private ResponseSpec ask(String uri, String accepted) {
		return this.client.get().uri(uri).header("Accept", accepted).exchange();
	}

}
