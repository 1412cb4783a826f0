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

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

import io.transactionscope.pool.diagnosis.HeldButIdle;
import io.transactionscope.pool.diagnosis.LongHolders;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Id;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.bind.annotation.ResponseBody;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * What JPA does with connections behind the back of the code: it keeps them for the view,
 * and writes at the commit.
 */
@Timeout(120)
class JpaIncidentTests {

	@SuppressWarnings("NullAway.Init") // Before all tests
	private static Service service;

	private final Witnesses witnesses = service.witnesses();

	private final CountDownLatch rendering = new CountDownLatch(Service.CONNECTIONS);

	private final CountDownLatch rendered = new CountDownLatch(1);

	@BeforeAll
	static void start() {
		service = new Service("spring.jpa.open-in-view=true", "spring.jpa.hibernate.ddl-auto=create-drop");
		service.jdbc().execute("""
				create or replace function wait_a_while() returns trigger as
				$$ begin perform pg_sleep(4); return new; end $$ language plpgsql""");
	}

	@AfterEach
	void end() {
		this.rendered.countDown();
	}

	@AfterAll
	static void close() throws Exception {
		service.jdbc().execute("drop function wait_a_while cascade");
		service.close();
	}

	@Test
	void aSessionThatIsOpenForTheViewKeepsTheConnectionWhileItIsRendered() throws Exception {
		service.answer("/view", this, JpaIncidentTests.class.getDeclaredMethod("loadAndRender"));
		List<FutureTask<?>> requests = request("/view");
		this.witnesses
			.of(HeldButIdle.class, "held but idle", "scope 'GET /view'", "while the web request goes on",
					"spring.jpa.open-in-view")
			.butNot("afterCommit", "AFTER_COMMIT", "leak", "remote call")
			.exception(catchThrowable(service::borrow), "JpaIncidentTests.render(")
			.log("JpaIncidentTests.render(")
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1)
			.meter("leaks", 0);
		finish(requests);
	}

	@Test
	void aTransactionOfTheRequestGivesItsConnectionBackBeforeTheViewIsRendered() throws Exception {
		service.answer("/page", this, JpaIncidentTests.class.getDeclaredMethod("loadInTransactionAndRender"));
		List<FutureTask<?>> requests = request("/page");
		service.borrow();
		assertThat(this.witnesses.ofOurs("WARN", "ERROR")).isEmpty();
		assertThat(this.witnesses.since("exhaustions")).isZero();
		assertThat(service.page().at("/snapshot/leases")).isEmpty();
		finish(requests);
	}

	@Test
	void whoRendersWithinTheTransactionIsToldThat() throws Exception {
		service.answer("/report", this, JpaIncidentTests.class.getDeclaredMethod("renderInTransaction"));
		List<FutureTask<?>> requests = request("/report");
		this.witnesses.of(HeldButIdle.class, "held but idle", "scope 'print-report'", "between its statements")
			.butNot("open-in-view")
			.exception(catchThrowable(service::borrow), "JpaIncidentTests.render(")
			.log("JpaIncidentTests.render(")
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
		finish(requests);
	}

	@Test
	void aSlowFlushAtTheCommitIsATimeOfStatements() throws Exception {
		service.jdbc()
			.execute("create or replace trigger slow before insert on incident_invoice for each row "
					+ "execute function wait_a_while()");
		List<FutureTask<Void>> holders = service.crowd(Service.CONNECTIONS, "importing",
				(there) -> plain("import").executeWithoutResult((status) -> {
					service.bean(EntityManager.class).persist(new Invoice(System.nanoTime()));
					there.run();
				}));
		this.witnesses.of(LongHolders.class, "held for long by statements", "scope 'import'")
			.butNot("held but idle", "remote call")
			.exception(catchThrowable(service::borrow), "insert into incident_invoice")
			.log("insert into incident_invoice")
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
		for (FutureTask<Void> holder : holders) {
			holder.get(60, TimeUnit.SECONDS);
		}
		service.jdbc().execute("drop trigger slow on incident_invoice");
	}

	@Test
	void aQuickFlushAfterLongThoughtIsNot() throws Exception {
		List<FutureTask<Void>> holders = service.crowd(Service.CONNECTIONS, "thinking",
				(there) -> plain("think").executeWithoutResult((status) -> {
					service.bean(EntityManager.class).persist(new Invoice(System.nanoTime()));
					there.run();
					render();
				}));
		this.witnesses.of(HeldButIdle.class, "held but idle", "scope 'think'", "before its first statement")
			.butNot("statements, the oldest")
			.exception(catchThrowable(service::borrow))
			.log()
			.health("DEGRADED")
			.page()
			.meter("exhaustions", 1);
		this.rendered.countDown();
		for (FutureTask<Void> holder : holders) {
			holder.get(60, TimeUnit.SECONDS);
		}
	}

	@ResponseBody
	String loadAndRender() {
		load();
		render();
		return "{}";
	}

	@ResponseBody
	String loadInTransactionAndRender() {
		plain("load-order").executeWithoutResult((status) -> load());
		render();
		return "{}";
	}

	@ResponseBody
	String renderInTransaction() {
		plain("print-report").executeWithoutResult((status) -> {
			load();
			render();
		});
		return "{}";
	}

	private static void load() {
		service.bean(EntityManager.class).createNativeQuery("select 1").getSingleResult();
	}

	private void render() {
		this.rendering.countDown();
		try {
			this.rendered.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private static TransactionTemplate plain(String name) {
		TransactionTemplate transaction = new TransactionTemplate(service.bean(PlatformTransactionManager.class));
		transaction.setName(name);
		return transaction;
	}

	private List<FutureTask<?>> request(String path) throws InterruptedException {
		List<FutureTask<?>> requests = new ArrayList<>();
		for (int i = 0; i < Service.CONNECTIONS; i++) {
			requests.add(service.begin("client-" + i, () -> service.get(path)));
		}
		this.rendering.await();
		return requests;
	}

	private void finish(List<FutureTask<?>> requests) throws Exception {
		this.rendered.countDown();
		for (FutureTask<?> request : requests) {
			request.get(60, TimeUnit.SECONDS);
		}
	}

	@Entity(name = "incident_invoice")
	static class Invoice {

		@Id
		private long id;

		protected Invoice() {
		}

		Invoice(long id) {
			this.id = id;
		}

		long id() {
			return this.id;
		}

	}

}
