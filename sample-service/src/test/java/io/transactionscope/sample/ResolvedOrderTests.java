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

import java.util.List;

import io.transactionscope.test.DatabaseFaults;
import io.transactionscope.test.Phase;
import io.transactionscope.test.spring.AutoConfigureDatabaseFaults;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.resttestclient.autoconfigure.AutoConfigureRestTestClient;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.web.servlet.client.RestTestClient;
import org.springframework.test.web.servlet.client.RestTestClient.ResponseSpec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The service on PostgreSQL, where it asks what became of a COMMIT that was not answered.
 */
@Tag("once")
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
		properties = "transaction-scope.commit.resolve=true")
@AutoConfigureRestTestClient
@AutoConfigureDatabaseFaults
@Import({ PostgresServer.class, WitnessingAnnouncer.class })
class ResolvedOrderTests {

	@Autowired
	RestTestClient client;

	@Autowired
	JdbcClient jdbc;

	@Autowired
	DatabaseFaults faults;

	@BeforeEach
	void stockUp() {
		this.jdbc.sql("DELETE FROM orders").update();
		this.jdbc.sql("UPDATE inventory SET qty = 20 WHERE sku = 'beans'").update();
	}

	@Test
	void placesAnOrderWhoseCommitWasDoneAndNotAnswered() {
		this.faults.at(Phase.COMMIT).once().lostLinkAfterwards();
		place().expectStatus().isCreated();
		assertThat(available()).isEqualTo(18);
		await().until(() -> !confirmed().isEmpty());
	}

	@Test
	void saysThatNothingWasChangedIfTheCommitNeverArrived() {
		this.faults.at(Phase.COMMIT).once().lostLink();
		place().expectStatus()
			.isEqualTo(HttpStatus.SERVICE_UNAVAILABLE)
			.expectBody()
			.jsonPath("$.outcome")
			.isEqualTo("ROLLED_BACK")
			.jsonPath("$.detail")
			.isEqualTo("Nothing was changed; try again.");
		assertThat(available()).isEqualTo(20);
		assertThat(confirmed()).isEmpty();
	}

	private ResponseSpec place() {
		return this.client.post()
			.uri("/orders")
			.contentType(MediaType.APPLICATION_JSON)
			.body(new OrderController.OrderRequest("Ada", List.of(new OrderLine("beans", 2))))
			.exchange();
	}

	private int available() {
		return this.jdbc.sql("SELECT qty FROM inventory WHERE sku = 'beans'").query(Integer.class).single();
	}

	private List<Long> confirmed() {
		return this.jdbc.sql("SELECT id FROM orders WHERE confirmed_at IS NOT NULL").query(Long.class).list();
	}

}
