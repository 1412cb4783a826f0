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

package io.transactionscope.reactive.storm;

import java.util.function.BiFunction;
import java.util.function.Function;

import io.transactionscope.r2dbc.ScopedR2dbcTransactionManager;
import io.transactionscope.reactive.ReactiveTransactionScope;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Our scope.
 */
@Tag("storm")
class ScopeStormTests {

	@ParameterizedTest
	@EnumSource
	void leavesNothingBehind(Form form) {
		leavesNothingBehind(StormDatabase.h2(), form);
	}

	@ParameterizedTest
	@EnumSource
	void leavesNothingBehindOnPostgresql(Form form) {
		leavesNothingBehind(StormDatabase.postgresql(), form);
	}

	private static void leavesNothingBehind(StormDatabase database, Form form) {
		try (Storm storm = new Storm(database)) {
			ScopeTransactor transactor = new ScopeTransactor(
					ReactiveTransactionScope.create(new ScopedR2dbcTransactionManager(storm.connections())));
			if (form != Form.IN_TIME) {
				assertThat(storm.calm(50, form.subscribers, form.of(transactor))).isEmpty();
			}
			assertThat(storm.rage(Storm.UNITS / form.share, form.subscribers, form.of(transactor))).isEmpty();
			if (form == Form.PLAIN) {
				assertThat(Moment.values()).allSatisfy((moment) -> assertThat(storm.cancels(moment)).isPositive());
			}
			assertThat(storm.dropped()).isEmpty();
		}
	}

	@SuppressWarnings("ImmutableEnumChecker") // Lambdas without state
	private enum Form {

		PLAIN(ScopeTransactor::write, 1, 12),

		STREAMED((transactor, unit) -> transactor.writeAll(unit, 2).then(), 2, 12),

		JOINED(ScopeTransactor::writeJoined, 2, 12),

		FROM_SAVEPOINT(ScopeTransactor::writeFromSavepoint, 2, 12),

		FROM_SAVEPOINT_IN_TIME(ScopeTransactor::writeFromSavepointInTime, 2, 12),

		IN_TIME(ScopeTransactor::writeInTime, 2, 12),

		/** One connection is always free for an inner one. */
		ANEW(ScopeTransactor::writeAnew, 2, 4),

		TWO_ANEW(ScopeTransactor::writeTwoAnew, 2, 2),

		ANEW_IN_TIME(ScopeTransactor::writeAnewInTime, 2, 4);

		private final BiFunction<ScopeTransactor, Unit, Mono<?>> work;

		private final int share;

		private final int subscribers;

		Form(BiFunction<ScopeTransactor, Unit, Mono<?>> work, int share, int subscribers) {
			this.work = work;
			this.share = share;
			this.subscribers = subscribers;
		}

		Function<Unit, Mono<?>> of(ScopeTransactor transactor) {
			return (unit) -> this.work.apply(transactor, unit);
		}

	}

}
