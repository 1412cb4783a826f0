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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.transactionscope.pool.diagnosis.BlockedByLock;
import io.transactionscope.pool.diagnosis.BlockedByLock.Blocker;
import io.transactionscope.pool.diagnosis.BlockedByLock.LeakBlocker;
import io.transactionscope.pool.diagnosis.BlockedByLock.LeaseBlocker;
import io.transactionscope.pool.diagnosis.BlockedByLock.PreparedBlocker;
import io.transactionscope.pool.diagnosis.BlockedByLock.SessionBlocker;
import io.transactionscope.pool.diagnosis.BlockedByLock.Victim;
import io.transactionscope.pool.diagnosis.BlockedEventLoop;
import io.transactionscope.pool.diagnosis.Burst;
import io.transactionscope.pool.diagnosis.CallElsewhere;
import io.transactionscope.pool.diagnosis.CannotConnect;
import io.transactionscope.pool.diagnosis.Closed;
import io.transactionscope.pool.diagnosis.DatabaseSilent;
import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.diagnosis.Growing;
import io.transactionscope.pool.diagnosis.Healthy;
import io.transactionscope.pool.diagnosis.HeldButIdle;
import io.transactionscope.pool.diagnosis.HeldButIdle.Part;
import io.transactionscope.pool.diagnosis.HeldByWaiters;
import io.transactionscope.pool.diagnosis.HeldElsewhere;
import io.transactionscope.pool.diagnosis.Leak;
import io.transactionscope.pool.diagnosis.LongHolders;
import io.transactionscope.pool.diagnosis.LostLink;
import io.transactionscope.pool.diagnosis.SelfDeadlock;
import io.transactionscope.pool.diagnosis.StalledProcess;
import io.transactionscope.pool.diagnosis.StarvedOfCpu;
import io.transactionscope.pool.diagnosis.SuspectedDeadlock;
import io.transactionscope.pool.diagnosis.Suspended;
import io.transactionscope.pool.diagnosis.TurnedAway;
import io.transactionscope.pool.diagnosis.Undersized;
import io.transactionscope.pool.diagnosis.Unknown;
import io.transactionscope.pool.snapshot.Abandonment;
import io.transactionscope.pool.snapshot.ConnectFailure;
import io.transactionscope.pool.snapshot.DatabaseKind;
import io.transactionscope.pool.snapshot.PoolKind;
import io.transactionscope.pool.snapshot.ServerProcess;
import io.transactionscope.pool.snapshot.ServerSession;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The reference has a section for each kind of {@link Diagnosis}, with the sentences that
 * it really says.
 */
@Tag("once")
class ReferenceDiagnosesTests {

	private static final Pattern SECTION = Pattern.compile("(?m)^\\[#diagnoses-([a-z-]+)]\\n=+ ");

	private static final Pattern SENTENCES = Pattern.compile("(?s)----\\n(Diagnosis: .*?)\\n----");

	private static final List<String> PARTS = List.of("Meaning:: ", "Cause:: ", "Remedy:: ", "Near miss:: ",
			"Cannot see:: ");

	private static final Path CHAPTER = Path.of("src", "docs", "asciidoc", "diagnoses.adoc");

	/** Of each kind what the reference says of it, in the order in which it does. */
	private static final List<Diagnosis> SAMPLES = samples();

	/** R2DBC pools cannot be suspended, and nobody there has a stack. */
	private static final Predicate<Diagnosis> NOT_OF_R2DBC = (diagnosis) -> diagnosis instanceof Suspended
			|| diagnosis instanceof SuspectedDeadlock
			|| (diagnosis instanceof HeldButIdle idle && idle.part().name().startsWith("IN_"));

	@Test
	void eachKindHasASection() throws IOException {
		assertThat(sections().keySet()).containsExactlyInAnyOrderElementsOf(
				Stream.of(Diagnosis.class.getPermittedSubclasses()).map(ReferenceDiagnosesTests::anchor).toList());
	}

	@TestFactory
	Stream<DynamicTest> eachSectionHasItsParts() throws IOException {
		return sections().entrySet()
			.stream()
			.map((section) -> DynamicTest.dynamicTest(section.getKey(), () -> assertThat(PARTS)
				.allSatisfy((part) -> assertThat(section.getValue()).contains("\n" + part))));
	}

	@TestFactory
	Stream<DynamicTest> eachSectionQuotesWhatIsSaid() throws IOException {
		return sections().entrySet().stream().map((section) -> DynamicTest.dynamicTest(section.getKey(), () -> {
			List<String> said = SAMPLES.stream()
				.filter((sample) -> anchor(sample.getClass()).equals(section.getKey()))
				.map(ReferenceDiagnosesTests::text)
				.toList();
			List<String> quoted = SENTENCES.matcher(section.getValue())
				.results()
				.map((match) -> match.group(1))
				.toList();
			assertThat(quoted).isNotEmpty().isEqualTo(said);
		}));
	}

	@ParameterizedTest
	@EnumSource
	void partInWhichConnectionsAreIdleIsExplained(Part part) throws IOException {
		HeldButIdle diagnosis = new HeldButIdle("a", part, 1, null, null);
		String when = diagnosis.summary().replaceFirst(".* it is idle ", "").replaceFirst("\\.$", "");
		assertThat(plain("held-but-idle")).contains(when, diagnosis.advice());
	}

	@ParameterizedTest
	@EnumSource
	void kindOfFailureToConnectIsExplained(ConnectFailure.Kind kind) throws IOException {
		assertThat(plain("cannot-connect")).contains(kind.description(), kind.advice());
	}

	@ParameterizedTest
	@EnumSource
	void signOfALeakIsExplained(Abandonment sign) throws IOException {
		assertThat(plain("leak")).contains(sign.description());
	}

	@Test
	void poolOfR2dbcIsToldNothingOfJdbc() {
		Stream<Diagnosis> parts = Stream.of(Part.values()).map((part) -> new HeldButIdle("a", part, 1, null, null));
		Stream<Diagnosis> failures = Stream.of(ConnectFailure.Kind.values())
			.map((kind) -> new CannotConnect(0, 1, new ConnectFailure(kind, "failed", null, Duration.ZERO)));
		assertThat(Stream.of(SAMPLES.stream(), parts, failures).flatMap((each) -> each).filter(NOT_OF_R2DBC.negate()))
			.allSatisfy((each) -> assertThat(each.summary(PoolKind.R2DBC) + each.advice(PoolKind.R2DBC))
				.doesNotContainIgnoringCase("jdbc template", "jdbctemplate", "DataSource", "spring.datasource",
						"hikari", "keepaliveTime", "connectionTimeout", "connection-fetch", "try-with-resources")
				.doesNotContainPattern("\\bthreads? (that )?waits?\\b"));
	}

	@Test
	void poolOfJdbcIsToldTheSameWithItsKindAndWithout() {
		assertThat(SAMPLES).allSatisfy((each) -> {
			assertThat(each.summary(PoolKind.JDBC)).isEqualTo(each.summary());
			assertThat(each.advice(PoolKind.JDBC)).isEqualTo(each.advice());
		});
	}

	@Test
	void tableListsTheSectionsInTheirOrder() throws IOException {
		String chapter = Files.readString(CHAPTER);
		String overview = chapter.substring(0,
				chapter.indexOf("\n[#diagnoses-" + sections().keySet().iterator().next() + "]"));
		assertThat(Pattern.compile("<<diagnoses-([a-z-]+),")
			.matcher(overview.substring(overview.lastIndexOf("|===\n|Symptom")))
			.results()
			.map((match) -> match.group(1))
			.toList()).containsExactlyElementsOf(sections().keySet());
	}

	private static String text(Diagnosis diagnosis) {
		return "Diagnosis: %s\nTo change: %s".formatted(diagnosis.summary(), diagnosis.advice());
	}

	private static String anchor(Class<?> kind) {
		return kind.getSimpleName().replaceAll("(?<=[a-z])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
	}

	/** Without the marks of code, each run of spaces and breaks as one space. */
	private static String plain(String section) throws IOException {
		return sections().getOrDefault(section, "").replace("`", "").replaceAll("\\s+", " ");
	}

	private static Map<String, String> sections() throws IOException {
		String chapter = Files.readString(CHAPTER);
		List<MatchResult> heads = SECTION.matcher(chapter).results().toList();
		List<String> kinds = Arrays.stream(Diagnosis.class.getPermittedSubclasses())
			.map(ReferenceDiagnosesTests::anchor)
			.toList();
		Map<String, String> sections = new LinkedHashMap<>();
		for (int i = 0; i < heads.size(); i++) {
			int end = (i + 1 < heads.size()) ? heads.get(i + 1).start() : chapter.length();
			if (kinds.contains(heads.get(i).group(1))) {
				sections.put(heads.get(i).group(1), chapter.substring(heads.get(i).start(), end));
			}
		}
		return sections;
	}

	private static List<Diagnosis> samples() {
		ConnectFailure refused = new ConnectFailure(ConnectFailure.Kind.REFUSED,
				"Connection to db.internal:5432 refused. Check that the hostname and port are correct and that the "
						+ "postmaster is accepting TCP/IP connections.",
				"08001", Duration.ofMillis(412));
		SelfDeadlock deadlock = new SelfDeadlock(
				List.of(new SelfDeadlock.Link("exec-1", "place-order", "orders", "audit", "orders"),
						new SelfDeadlock.Link("exec-2", "place-order", "orders", "audit", "orders")),
				true, 5);
		List<Diagnosis> samples = new ArrayList<>();
		samples.add(new Closed());
		samples.add(new Suspended());
		samples.add(new CannotConnect(0, 10, refused));
		samples.add(new CannotConnect(3, 10, null));
		samples.add(deadlock);
		samples.add(new SelfDeadlock(deadlock.links(), false, SelfDeadlock.NO_ROOM));
		samples.add(new Leak(4, "ExportController.download", Abandonment.CODE_LEFT));
		samples.add(new TurnedAway(98, Duration.ofSeconds(12), Duration.ofMillis(840), deadlock));
		samples.add(new Healthy());
		samples.add(new StalledProcess(Duration.ofMillis(4300)));
		samples.add(new BlockedEventLoop("reactor-tcp-epoll-2",
				"com.example.orders.ExchangeRates.fetch(ExchangeRates.java:41)", Duration.ofMillis(4300), 1, 7, 0));
		samples.add(new BlockedEventLoop("reactor-http-epoll-1", "com.example.orders.Invoice.render(Invoice.java:112)",
				Duration.ofMillis(2900), 2, 1, 14));
		samples.add(new DatabaseSilent(Duration.ofMillis(31_200), Duration.ofMillis(29_900), 0));
		samples.add(new DatabaseSilent(Duration.ofMillis(5200), null, 2));
		samples.add(new Growing(3, 10, Duration.ofMillis(280)));
		samples.add(new LostLink("place-order", 8, Duration.ofMillis(64_500)));
		List<Victim> victims = Stream.of(4712L, 4713L, 4714L, 4715L)
			.map((process) -> new Victim("place-order", "exec-" + process, process, List.of(4711L)))
			.toList();
		for (Blocker blocker : List.of(new LeaseBlocker("reprice", "scheduling-1", 4711, true,
				"idle between statements for 1204 ms at com.example.orders.PriceService.raise(PriceService.java:58)"),
				new LeaseBlocker("reprice", "scheduling-1", 4711, false, "in a statement for 1204 ms"),
				new LeakBlocker("import-prices", "exec-7", new ServerProcess(DatabaseKind.POSTGRESQL, 4711),
						Abandonment.CODE_LEFT),
				new SessionBlocker(DatabaseKind.POSTGRESQL,
						new ServerSession(4711, "'psql' of user admin from 10.0.0.7", "idle in transaction",
								Duration.ofMinutes(14), null, false, List.of())),
				new PreparedBlocker())) {
			samples.add(new BlockedByLock(blocker, victims));
		}
		samples.add(new SuspectedDeadlock("summarize", 4, 4, "CompletableFuture.join"));
		samples.add(new HeldButIdle("place-order", Part.BETWEEN_STATEMENTS, 0.98, 7.6,
				new CallElsewhere("POST warehouse", Duration.ofMillis(1861), Duration.ofMillis(2202), true)));
		samples.add(new LongHolders("monthly-report", 9, Duration.ofMillis(45_300), null, true, false));
		samples.add(new LongHolders("place-order", 10, Duration.ofMillis(8100), Duration.ofMillis(7900), false, true));
		samples.add(new HeldElsewhere(6));
		samples.add(new HeldByWaiters("place-order", 5, "stock"));
		samples.add(new StarvedOfCpu(0.97, Duration.ofMillis(212), Duration.ofSeconds(10)));
		samples.add(new Undersized(14.2, 11.8, 10, Duration.ofSeconds(40), null));
		samples.add(new Undersized(14.2, 6.3, 10, Duration.ofSeconds(40), 30));
		samples.add(new Burst(38, 10, Duration.ofMillis(900)));
		samples.add(new Unknown(List.of("1 connection is leaked", "1 connection is idle most of the time",
				"1 connection is in statements most of the time")));
		return samples;
	}

}
