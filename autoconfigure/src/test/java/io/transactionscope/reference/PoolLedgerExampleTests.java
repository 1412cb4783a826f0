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

import java.sql.Connection;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.TransactionScope;
import io.transactionscope.autoconfigure.pool.BorrowerNamingAutoConfiguration;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.diagnosis.Healthy;
import io.transactionscope.pool.diagnosis.HeldButIdle;
import io.transactionscope.pool.remote.RemoteCallHandler;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.snapshot.ScopeStatistics;
import io.transactionscope.pool.tracked.TrackedDataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What the reference shows of ledgers in code.
 */
@Tag("once")
@ExtendWith(OutputCaptureExtension.class)
class PoolLedgerExampleTests {

	private static final String URL = database();

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(BorrowerNamingAutoConfiguration.class, PoolAutoConfiguration.class,
				DataSourceAutoConfiguration.class))
		.withPropertyValues("spring.datasource.url=" + URL, "spring.datasource.hikari.pool-name=orders",
				"spring.datasource.hikari.maximum-pool-size=1");

	private static String database() {
		return "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1";
	}

	@Test
	void startSaysWhichPoolsHaveALedger(CapturedOutput output) {
		this.runner.withUserConfiguration(Archive.class).run((context) -> {
			assertThat(context).hasNotFailed();
			String line = output.getAll()
				.lines()
				.filter((each) -> each.contains("Pools with a ledger: "))
				.findFirst()
				.orElseThrow();
			RecordedText.of("pool-start.txt").verify(line.substring(line.indexOf("Pools with a ledger: ")));
		});
	}

	@Test
	void ledgerOfItsOwn() {
		this.runner.withUserConfiguration(ReportingConfiguration.class)
			.withPropertyValues("reporting.url=" + database())
			.run((context) -> {
				PoolLedgers ledgers = context.getBean(PoolLedgers.class);
				assertThat(ledgers.all()).extracting(PoolLedger::pool).containsExactly("orders", "reporting");
				assertThat(ledgers.find("reporting")).contains(context.getBean(TrackedDataSource.class).ledger());
				HikariDataSource pool = ledgers.find("reporting").orElseThrow().hikari();
				context.close();
				assertThat(pool.isClosed()).isTrue();
			});
	}

	@Test
	void occasionOfTheApplicationNamesWhatIsLeft() {
		this.runner.withUserConfiguration(NamingConfiguration.class).run((context) -> {
			PoolLedger ledger = context.getBean(PoolLedgers.class).find("orders").orElseThrow();
			DataSource dataSource = context.getBean(DataSource.class);
			assertThat(scopeOfBorrow(dataSource, ledger)).isNull();
			Queues.CURRENT.set("invoices");
			assertThat(scopeOfBorrow(dataSource, ledger)).isEqualTo("queue invoices");
			Queues.CURRENT.remove();
		});
	}

	private static @Nullable String scopeOfBorrow(DataSource dataSource, PoolLedger ledger) throws Exception {
		try (Connection connection = dataSource.getConnection()) {
			assertThat(connection.isClosed()).isFalse();
			return ledger.snapshot().leases().get(0).scope();
		}
	}

	@Test
	void codeCanAsk() {
		this.runner.run((context) -> {
			PoolWatch watch = new PoolWatch(context.getBean(PoolLedgers.class));
			assertThat(watch.inTrouble()).isEmpty();
			DataSource dataSource = context.getBean(DataSource.class);
			FutureTask<Boolean> borrow = new FutureTask<>(() -> {
				try (Connection other = dataSource.getConnection()) {
					return other.isReadOnly();
				}
			});
			try (Connection connection = dataSource.getConnection()) {
				connection.createStatement().execute("select 1");
				new Thread(borrow, "waiting").start();
				await().untilAsserted(() -> assertThat(watch.inTrouble()).hasEntrySatisfying("orders",
						(diagnosis) -> assertThat(diagnosis).isInstanceOf(HeldButIdle.class)));
				assertThat(watch.oldest("orders")).contains("for ");
				assertThat(watch.busiest("orders")).isEqualTo(ScopeStatistics.UNNAMED);
			}
			assertThat(borrow.get()).isFalse();
		});
	}

	@Test
	void outsideOfBoot() {
		AtomicReference<@Nullable String> scope = new AtomicReference<>();
		try (Program program = Program.start(database())) {
			program.transactions.named("import").run(() -> {
				program.jdbc.execute("select 1");
				scope.set(program.ledgers.find("imports").orElseThrow().snapshot().leases().get(0).scope());
			});
		}
		assertThat(scope).hasValue("import");
	}

	@Configuration(proxyBeanMethods = false)
	static class Archive {

		@Bean(defaultCandidate = false)
		DataSource archive() {
			JdbcDataSource archive = new JdbcDataSource();
			archive.setURL(URL);
			return archive;
		}

	}

	// tag::own[]
	@Configuration(proxyBeanMethods = false)
	static class ReportingConfiguration {

		@Bean(defaultCandidate = false)
		TrackedDataSource reportingDataSource(Environment environment) {
			HikariConfig config = new HikariConfig();
			config.setPoolName("reporting");
			config.setJdbcUrl(environment.getRequiredProperty("reporting.url"));
			config.setMaximumPoolSize(2);
			PoolSettings settings = PoolSettings.defaults().withMaxWaiting(5).withLeakThreshold(Duration.ofMinutes(30));
			return new TrackedDataSource(new PoolLedger(new HikariDataSource(config), settings));
		}

	}
	// end::own[]

	@Configuration(proxyBeanMethods = false)
	static class NamingConfiguration {

		// tag::occasion[]
		@Bean
		Borrower.Occasion queueAtHand() {
			return () -> {
				String queue = Queues.current();
				return (queue != null) ? "queue " + queue : null;
			};
		}
		// end::occasion[]

	}

	static final class Queues {

		private static final ThreadLocal<@Nullable String> CURRENT = new ThreadLocal<>();

		private Queues() {
		}

		static @Nullable String current() {
			return CURRENT.get();
		}

	}

	// tag::ask[]
	static final class PoolWatch {

		private final PoolLedgers ledgers;

		PoolWatch(PoolLedgers ledgers) {
			this.ledgers = ledgers;
		}

		/** The pools of which somebody suffers, with the reason. */
		Map<String, Diagnosis> inTrouble() {
			Map<String, Diagnosis> found = new TreeMap<>();
			for (PoolLedger ledger : this.ledgers.all()) {
				Diagnosis diagnosis = ledger.diagnosis();
				if (!(diagnosis instanceof Healthy)) {
					found.put(ledger.pool(), diagnosis);
				}
			}
			return found;
		}

		/** Who has had a connection for the longest time. */
		String oldest(String pool) {
			PoolSnapshot snapshot = this.ledgers.find(pool).orElseThrow().snapshot();
			Lease oldest = snapshot.leases().get(0);
			return "%s on %s, for %d ms, %s".formatted(oldest.scope(), oldest.thread(), oldest.age().toMillis(),
					oldest.phase().description());
		}

		/** The scope that has held connections for most of the last minute. */
		String busiest(String pool) {
			List<ScopeStatistics> scopes = this.ledgers.find(pool).orElseThrow().snapshot().scopes();
			return scopes.stream()
				.max(Comparator.comparing((ScopeStatistics scope) -> scope.lastMinute().held()))
				.map(ScopeStatistics::scope)
				.orElseThrow();
		}

	}
	// end::ask[]

	private record Program(PoolLedgers ledgers, TransactionScope transactions, JdbcTemplate jdbc,
			TrackedDataSource dataSource) implements AutoCloseable {

		static Program start(String url) {
			// tag::outside[]
			HikariConfig config = new HikariConfig();
			config.setPoolName("imports");
			config.setJdbcUrl(url);
			TrackedDataSource dataSource = new TrackedDataSource(new HikariDataSource(config));
			TransactionScope transactions = TransactionScope.create(new ScopedJdbcTransactionManager(dataSource));
			JdbcTemplate jdbc = new JdbcTemplate(dataSource);

			PoolLedgers ledgers = new PoolLedgers();
			ledgers.add(dataSource.ledger());
			ObservationRegistry observations = ObservationRegistry.create();
			observations.observationConfig().observationHandler(new RemoteCallHandler(ledgers));
			// end::outside[]
			return new Program(ledgers, transactions, jdbc, dataSource);
		}

		@Override
		public void close() {
			this.dataSource.close();
		}

	}

}
