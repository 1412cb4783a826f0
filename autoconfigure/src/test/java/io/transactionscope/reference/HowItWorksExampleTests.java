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
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.diagnosis.Healthy;
import io.transactionscope.pool.tracked.TrackedHikariDataSource;
import io.transactionscope.pool.tracked.TrackedPool;
import io.transactionscope.resource.Resource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * What the chapter "How it works" shows and says.
 */
@Tag("once")
class HowItWorksExampleTests {

	/** With a JDK in the second column, and times or sizes after that. */
	private static final Pattern FIGURES = Pattern.compile("^\\|[^|]*\\|(17|25) \\|");

	private HikariDataSource pool;

	private TransactionScope transactions;

	@BeforeEach
	void open() {
		HikariDataSource plain = new HikariDataSource();
		plain.setJdbcUrl("jdbc:h2:mem:how-it-works");
		plain.setPoolName("how-it-works");
		plain.setMaximumPoolSize(2);
		TrackedPool tracked = TrackedHikariDataSource.inPlaceOf(plain, PoolSettings.defaults());
		this.pool = (HikariDataSource) tracked;
		this.transactions = TransactionScope.create(new ScopedJdbcTransactionManager(this.pool));
	}

	@AfterEach
	void close() {
		this.pool.close();
	}

	@Test
	void failureComesBackInThisOrder() {
		TransactionScope transactions = this.transactions;
		HikariDataSource pool = this.pool;
		// tag::failure[]
		IOException failure = new IOException("disk full");
		List<String> events = new ArrayList<>();
		assertThatThrownBy(() -> transactions.<IOException>run((tx) -> {
			tx.enter(Resource.of(() -> "lock", (lock, outcome) -> events.add("lock released")));
			tx.enter(Resource.of(() -> "file", (file, outcome) -> events.add("file released")));
			tx.onCompletion((outcome) -> events
				.add(outcome + ", connections lent: " + pool.getHikariPoolMXBean().getActiveConnections()));
			tx.afterRollback(() -> events.add("callback"));
			throw failure;
		})).isSameAs(failure);
		assertThat(events).containsExactly("ROLLED_BACK, connections lent: 0", "callback", "file released",
				"lock released");
		// end::failure[]
	}

	@Test
	void poolStaysWhatItIs() throws Exception {
		assertThat(this.pool).isInstanceOf(HikariDataSource.class).isInstanceOf(TrackedHikariDataSource.class);
		try (Connection connection = this.pool.getConnection()) {
			assertThat(connection.isValid(1)).isTrue();
			assertThat(this.pool.getHikariPoolMXBean().getActiveConnections()).isOne();
			assertThat(((TrackedPool) this.pool).ledger().snapshot().leases()).hasSize(1);
		}
		assertThat(((TrackedPool) this.pool).ledger().report().diagnosis()).isInstanceOf(Healthy.class);
	}

	@Test
	void ledgerHasAThreadAsLongAsItsPoolIsOpen() throws Exception {
		try (Connection connection = this.pool.getConnection()) {
			assertThat(connection).isNotNull();
		}
		assertThat(threads()).contains("how-it-works:ledger");
		this.pool.close();
		await().untilAsserted(() -> assertThat(threads()).doesNotContain("how-it-works:ledger"));
	}

	@Test
	void mapHasAllPackages() throws IOException {
		String chapter = Reference.read().content("how-it-works.adoc");
		Path sources = Path.of("src", "main", "java", "io", "transactionscope");
		try (Stream<Path> files = Files.walk(sources)) {
			assertThat(files.filter((file) -> file.endsWith("package-info.java"))
				.map((file) -> sources.relativize(file.resolveSibling("")).toString().replace('/', '.'))
				.filter((name) -> !name.isEmpty() && !chapter.contains("`%s`".formatted(name)))).isEmpty();
		}
	}

	@Test
	void figuresAreThoseThatWereMeasured() throws IOException {
		String measured = Files.readString(Path.of("..", "README.md"))
				+ Files.readString(Path.of("benchmarks", "results", "README.md"));
		Reference reference = Reference.read();
		List<String> rows = Stream.of("how-it-works.adoc", "pool-ledger.adoc", "databases.adoc")
			.flatMap((chapter) -> reference.content(chapter).lines())
			.filter((line) -> FIGURES.matcher(line).find())
			.map((line) -> line.replace(" |", " | ").replaceFirst("^\\|", "| ").replace("|  |", "|  |") + " |")
			.toList();
		assertThat(rows).hasSize(38).allMatch(measured::contains);
	}

	private static List<String> threads() {
		return Stream.of(Thread.getAllStackTraces().keySet().toArray(Thread[]::new)).map(Thread::getName).toList();
	}

}
