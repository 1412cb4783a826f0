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

package io.transactionscope.annotation;

import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;

import io.transactionscope.ActiveScope;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.Resources;
import io.transactionscope.resource.Suppressing;
import io.transactionscope.test.Faults;
import io.transactionscope.test.FaultyDriver;
import io.transactionscope.test.Phase;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.h2.jdbcx.JdbcDataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.Transactional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Methods with resources whose COMMIT fails, refused or without an answer: the resources
 * do the same in both cases, and are told which one it is.
 */
@Tag("once")
class WithResourceInDoubtTests {

	private final List<Outcome> seen = new ArrayList<>();

	static Stream<Arguments> failedCommits() {
		return Stream.<Consumer<Orders>>of(Orders::scoped, Orders::transactional)
			.flatMap((method) -> Stream.of(Arguments.of(method, new SQLException("refused", "40001"), false),
					Arguments.of(method, Faults.lostLink(), true)));
	}

	@ParameterizedTest
	@MethodSource("failedCommits")
	@DisplayName("T3, R3: what translates a failed COMMIT does so, and what is around it is told of the doubt")
	void failedCommitIsTranslated(Consumer<Orders> method, SQLException failure, boolean unknown) {
		run((orders, driver) -> {
			driver.failAt(Phase.COMMIT, failure);
			Throwable thrown = catchThrowable(() -> method.accept(orders));
			assertThat(thrown).isInstanceOf(OrderFailed.class).hasRootCause(failure);
			assertThat(this.seen).containsExactly(unknown ? Outcome.unknown(thrown) : Outcome.failed(thrown));
		});
	}

	@Test
	@DisplayName("R3: a COMMIT without an answer is unknown, too, where the transaction's own resource translates it")
	void doubtIsSeenThroughATranslation() {
		run((orders, driver) -> {
			driver.failAt(Phase.COMMIT, Faults.lostLink());
			Throwable thrown = catchThrowable(orders::translatedInside);
			assertThat(thrown).isInstanceOf(OrderFailed.class).hasCauseInstanceOf(CommitFailedException.class);
			assertThat(this.seen).containsExactly(Outcome.unknown(thrown));
		});
	}

	@Test
	@DisplayName("R5: a COMMIT without an answer is suppressed where its type is listed")
	void doubtIsSuppressed() {
		run((orders, driver) -> {
			long suppressed = Suppressing.total();
			driver.failAt(Phase.COMMIT, Faults.lostLink());
			assertThatNoException().isThrownBy(orders::suppressed);
			driver.failAt(Phase.COMMIT, Faults.lostLink());
			assertThatIllegalStateException().isThrownBy(orders::suppressedResult)
				.withCauseInstanceOf(CommitFailedException.class);
			assertThat(Suppressing.total() - suppressed).isEqualTo(2);
		});
	}

	@Test
	@DisplayName("T3: a release that wraps a COMMIT without an answer translates it")
	void releaseTranslatesTheDoubt() {
		run((orders, driver) -> {
			driver.failAt(Phase.COMMIT, Faults.lostLink());
			assertThatExceptionOfType(OrderFailed.class).isThrownBy(orders::wrapped)
				.withCauseInstanceOf(CommitFailedException.class);
			assertThat(this.seen).singleElement().matches(Outcome::isUnknown);
		});
	}

	@Test
	void causesThatEndInACircleAreNoDoubt() {
		run((orders, driver) -> {
			IOException failure = new IOException();
			failure.initCause(new IOException(failure));
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> orders.fail(failure)).isSameAs(failure);
			assertThat(this.seen).containsExactly(Outcome.failed(failure));
		});
	}

	private void run(Body body) {
		WithResourceTests.application()
			.withBean(WithResourceInDoubtTests.class, () -> this)
			.withUserConfiguration(Beans.class)
			.withBean(Orders.class)
			.run((context) -> body.run(context.getBean(Orders.class), context.getBean(FaultyDriver.class)));
	}

	interface Body {

		void run(Orders orders, FaultyDriver driver) throws Exception;

	}

	static class OrderFailed extends RuntimeException {

		OrderFailed(@Nullable Throwable cause) {
			super(cause);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Beans {

		@Bean
		FaultyDriver driver() {
			JdbcDataSource h2 = new JdbcDataSource();
			h2.setUrl("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
			return new FaultyDriver(h2);
		}

		@Bean
		Resource<String> watch(WithResourceInDoubtTests test) {
			return Resource.of(() -> "watch", (value, outcome) -> test.seen.add(outcome));
		}

		@Bean
		Resource<?> translating() {
			return Resources.translating(Exception.class, OrderFailed::new);
		}

		@Bean
		Resource<String> wrapping() {
			return Resource.of(() -> "wrapping", (value, outcome) -> {
				throw new OrderFailed(outcome.failure());
			});
		}

		@Bean
		Resource<?> suppressing() {
			return Resources.suppressing(CommitFailedException.class);
		}

	}

	static class Orders {

		private final JdbcTemplate jdbc;

		Orders(JdbcTemplate jdbc) {
			this.jdbc = jdbc;
		}

		@WithResource({ "watch", "translating" })
		@ScopedTransaction
		public void scoped() {
			work();
		}

		@WithResource({ "watch", "translating" })
		@Transactional
		public void transactional() {
			work();
		}

		@WithResource("watch")
		@ScopedTransaction
		public void translatedInside() {
			ActiveScope.current().enter(Resources.translating(Exception.class, OrderFailed::new));
			work();
		}

		@WithResource("suppressing")
		@ScopedTransaction
		public void suppressed() {
			work();
		}

		@WithResource("suppressing")
		@ScopedTransaction
		public int suppressedResult() {
			work();
			return 1;
		}

		@WithResource({ "watch", "wrapping" })
		@ScopedTransaction
		public void wrapped() {
			work();
		}

		@WithResource("watch")
		public void fail(IOException failure) throws IOException {
			throw failure;
		}

		private void work() {
			this.jdbc.queryForList("select 1");
		}

	}

}
