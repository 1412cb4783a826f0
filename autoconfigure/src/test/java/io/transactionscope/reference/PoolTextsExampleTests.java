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

package io.transactionscope.reference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.transactionscope.pool.diagnosis.BlockedByLock;
import io.transactionscope.pool.diagnosis.BlockedByLock.LeaseBlocker;
import io.transactionscope.pool.diagnosis.BlockedByLock.Victim;
import io.transactionscope.pool.diagnosis.CallElsewhere;
import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.diagnosis.HeldButIdle;
import io.transactionscope.pool.diagnosis.Healthy;
import io.transactionscope.pool.diagnosis.SelfDeadlock;
import io.transactionscope.pool.incident.Incidents;
import io.transactionscope.pool.report.PoolReport;
import io.transactionscope.pool.report.PoolReport.Trigger;
import io.transactionscope.pool.snapshot.DatabaseKind;
import io.transactionscope.pool.snapshot.Holder;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.Phase;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.snapshot.RemoteCall;
import io.transactionscope.pool.snapshot.ServerProcess;
import io.transactionscope.pool.snapshot.Waiter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Lines that the reference shows of reports and of the log, beside those of one pool that
 * is dry in earnest.
 */
@Tag("once")
class PoolTextsExampleTests {

	private static final Instant AT = Instant.parse("2026-11-28T03:07:41.205Z");

	private static final Waiter BORROWER = Waiter.builder()
		.scope("place-order")
		.thread("http-nio-8080-exec-3")
		.waited(Duration.ofMillis(1003))
		.build();

	private static final HeldButIdle IDLE = new HeldButIdle("place-order", HeldButIdle.Part.BETWEEN_STATEMENTS, 0.98,
			1.3, new CallElsewhere("POST warehouse", Duration.ofMillis(1861), Duration.ofMillis(2202), true));

	private static String chapter() throws IOException {
		return Files.readString(Path.of("src", "docs", "asciidoc", "pool-ledger.adoc"))
			.replace("`", "")
			.replaceAll("\\s+", " ");
	}

	@ParameterizedTest
	@EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "REQUEST")
	void endOfAWaitIsExplained(Trigger trigger) throws IOException {
		String headline = report(trigger, new Healthy(), List.of(), List.of()).brief()
			.lines()
			.findFirst()
			.orElseThrow();
		assertThat(headline).startsWith("orders - No connection for scope 'place-order' on http-nio-8080-exec-3: ")
			.endsWith(".");
		String outcome = headline.substring(headline.indexOf(": ") + 2, headline.length() - 1);
		assertThat(chapter()).contains(outcome.replace("1003 ms", "…"));
	}

	@ParameterizedTest
	@EnumSource
	void phaseIsExplained(Phase phase) throws IOException {
		assertThat(chapter()).contains("|" + phase.description() + " |");
	}

	@Test
	void reportOfALock() {
		List<Holder> holders = new ArrayList<>();
		holders.add(new Holder(lease("reprice", "scheduling-1", 4711).age(Duration.ofMillis(14_120))
			.phase(Phase.BETWEEN_STATEMENTS)
			.inPhase(Duration.ofMillis(14_060))
			.lastSql("update price set amount = ? where item = ?")
			.build(), stack("com.example.orders.PriceFeed.next", "com.example.orders.PriceService.raiseAll")));
		List<Victim> victims = new ArrayList<>();
		for (int i = 1; i <= 3; i++) {
			holders.add(new Holder(
					lease("place-order", "http-nio-8080-exec-" + i, 4711 + i).age(Duration.ofMillis(12_900 - 200 * i))
						.phase(Phase.IN_STATEMENT)
						.inPhase(Duration.ofMillis(12_880 - 200 * i))
						.lastSql("update price set sold = sold + ? where item = ?")
						.build(),
					stack("com.example.orders.OrderService.take")));
			victims.add(new Victim("place-order", "http-nio-8080-exec-" + i, 4711 + i, List.of(4711L)));
		}
		List<Waiter> waiters = IntStream.range(5, 17)
			.mapToObj((i) -> Waiter.builder()
				.scope("place-order")
				.thread("http-nio-8080-exec-" + i)
				.waited(Duration.ofMillis(9000 - 400 * i))
				.build())
			.toList();
		BlockedByLock lock = new BlockedByLock(
				new LeaseBlocker("reprice", "scheduling-1", 4711, true,
						"idle between statements for 14.1 s at com.example.orders.PriceFeed.next(PriceFeed.java:34)"),
				victims);
		Waiter borrower = Waiter.builder()
			.scope("place-order")
			.thread("http-nio-8080-exec-4")
			.waited(Duration.ofMillis(10_003))
			.build();
		RecordedText.of("pool-report-lock.txt")
			.verify(report(Trigger.CONNECTION_TIMEOUT, borrower, lock, holders, waiters).text());
	}

	@Test
	void holders() {
		RecordedText.of("pool-holders.txt")
			.verify(Stream
				.of(holder(
						lease("ExportController.download", "http-nio-8080-exec-7", 0).phase(Phase.BETWEEN_STATEMENTS)
							.inPhase(Duration.ofMinutes(14))
							.age(Duration.ofMinutes(14))
							.lastSql("select * from orders where day = ?")
							.borrowSite(stack("com.example.orders.ExportController.download")),
						"com.example.orders.InvoiceController.list"),
						holder(lease(null, "reaper", 0).threadAlive(false)
							.phase(Phase.BEFORE_FIRST_STATEMENT)
							.inPhase(Duration.ofMillis(81_400))
							.age(Duration.ofMillis(81_400))),
						holder(lease("fan-out", "main", 0).phase(Phase.IN_STATEMENT)
							.age(Duration.ofMillis(430))
							.handedOver(true)
							.user("exporting-2")
							.lastSql("select * from stock"), "com.example.orders.Exporter.export"),
						holder(lease("fan-out", "main", 0).phase(Phase.BETWEEN_STATEMENTS)
							.age(Duration.ofMillis(620))
							.inPhase(Duration.ofMillis(600))
							.handedOver(true), "com.example.orders.Exporter.join"),
						holder(lease("place-order", "http-nio-8080-exec-2", 0).phase(Phase.BETWEEN_STATEMENTS)
							.age(Duration.ofMillis(2110))
							.inPhase(Duration.ofMillis(2080))
							.awaitedPool("stock")
							.calls(List.of(new RemoteCall("POST warehouse", 3, Duration.ofMillis(1400),
									Duration.ofMillis(600), true, false))),
								"com.example.orders.StockService.reserve"))
				.map((holder) -> "  - " + holder.text())
				.collect(Collectors.joining("\n")));
	}

	@Test
	void graphOfADeadlock() {
		SelfDeadlock deadlock = new SelfDeadlock(
				List.of(new SelfDeadlock.Link("http-nio-8080-exec-1", "place-order", "orders", "audit", "orders"),
						new SelfDeadlock.Link("http-nio-8080-exec-2", "place-order", "orders", "audit", "orders")),
				true, 3);
		Waiter borrower = Waiter.builder()
			.scope("audit")
			.thread("http-nio-8080-exec-2")
			.waited(Duration.ofNanos(87_000))
			.holds(1)
			.build();
		String text = report(Trigger.DEADLOCK, borrower, deadlock, List.of(), List.of()).text();
		RecordedText.of("pool-report-deadlock.txt")
			.verify(text.lines().filter((line) -> !line.startsWith("Pool:")).collect(Collectors.joining("\n")));
	}

	@Test
	void logOfAnIncident() {
		List<String> log = new ArrayList<>();
		Incidents incidents = new Incidents(10, (level, text) -> log.add(line(level + " ", text)));
		PoolReport report = report(Trigger.CONNECTION_TIMEOUT, IDLE, List.of(),
				List.of(BORROWER, BORROWER, BORROWER, BORROWER));
		long second = Duration.ofSeconds(1).toNanos();
		long now = 100 * second;
		incidents.runsDry(report, Duration.ofMillis(1012), now);
		now += second;
		incidents.turnsAway(report, now);
		String brief = incidents.turnsAway(report, now);
		incidents.flows("orders", now + Duration.ofMillis(5130).toNanos());
		assertThat(log).hasSize(3);
		RecordedText.of("pool-incident.txt").verify(String.join("\n", log));
		RecordedText.of("pool-exhausted-again.txt").verify(brief);
	}

	/** A report in full is shown by its first lines. */
	private static String line(String level, String text) {
		List<String> lines = text.lines().toList();
		return level + "io.transactionscope.pool.PoolLedger : "
				+ ((lines.size() > 1) ? lines.get(0) + "\n" + lines.get(1) + "\n[…]" : text);
	}

	private static PoolReport report(Trigger trigger, Diagnosis diagnosis, List<Holder> holders, List<Waiter> waiters) {
		return report(trigger, BORROWER, diagnosis, holders, waiters);
	}

	private static PoolReport report(Trigger trigger, Waiter borrower, Diagnosis diagnosis, List<Holder> holders,
			List<Waiter> waiters) {
		PoolSnapshot snapshot = PoolSnapshot.builder()
			.pool("orders")
			.at(AT)
			.maximum(4)
			.total(4)
			.active(4)
			.waiting(waiters.size())
			.waiters(waiters)
			.leases(holders.stream().map(Holder::lease).toList())
			.events(new PoolSnapshot.Events(1, 0, 0, 0, 0))
			.build();
		return new PoolReport(trigger, borrower, snapshot, holders, diagnosis);
	}

	private static Lease.Builder lease(@Nullable String scope, String thread, int process) {
		Lease.Builder lease = Lease.builder().scope(scope).thread(thread).threadAlive(true);
		return (process > 0) ? lease.serverProcess(new ServerProcess(DatabaseKind.POSTGRESQL, process)) : lease;
	}

	private static Holder holder(Lease.Builder lease, String... frames) {
		return new Holder(lease.build(), stack(frames));
	}

	private static List<StackTraceElement> stack(String... frames) {
		return Arrays.stream(frames).map(PoolTextsExampleTests::frame).toList();
	}

	private static StackTraceElement frame(String frame) {
		String type = frame.substring(0, frame.lastIndexOf('.'));
		return new StackTraceElement(type, frame.substring(frame.lastIndexOf('.') + 1),
				type.substring(type.lastIndexOf('.') + 1) + ".java", 34);
	}

}
