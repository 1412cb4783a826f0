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

package io.transactionscope.r2dbc.resolution;

import java.util.HashMap;
import java.util.Map;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionMetadata;
import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.R2dbcPermissionDeniedException;
import io.r2dbc.spi.Row;
import io.r2dbc.spi.RowMetadata;
import io.transactionscope.engine.Deadline;
import io.transactionscope.resolution.ResolutionTime;
import io.transactionscope.resolution.TransactionMark;
import io.transactionscope.resolution.Verdict;
import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Finds out what became of a transaction on an R2DBC connection whose COMMIT was not
 * answered.
 *
 * @since 0.1.0
 */
public final class ReactiveCommitResolution {

	private static final String NO_CONNECTION = "08003";

	private final @Nullable TransactionMark mark;

	private final ConnectionFactory factory;

	private ReactiveCommitResolution(@Nullable TransactionMark mark, ConnectionFactory factory) {
		this.mark = mark;
		this.factory = factory;
	}

	/**
	 * Return whether its database can tell.
	 * @param connection where COMMIT will be sent
	 */
	public static boolean isPossible(Connection connection) {
		try {
			ConnectionMetadata database = connection.getMetadata();
			return TransactionMark.isKnownTo(database.getDatabaseProductName(), major(database.getDatabaseVersion()));
		}
		catch (RuntimeException ex) {
			// A driver that does not even know that is not one of those.
			return false;
		}
	}

	private static int major(String version) {
		int end = 0;
		while (end < version.length() && end < 9 && Character.isDigit(version.charAt(end))) {
			end++;
		}
		return (end > 0) ? Integer.parseInt(version, 0, end, 10) : 0;
	}

	/**
	 * Note which transaction is about to be committed, which costs a round trip.
	 * @param connection where COMMIT will be sent, of a database that
	 * {@linkplain #isPossible can tell}
	 * @param factory where it was borrowed
	 * @return what can resolve the COMMIT; fails as the question does, and with it the
	 * transaction
	 */
	public static Mono<ReactiveCommitResolution> prepare(Connection connection, ConnectionFactory factory) {
		return ask(connection, TransactionMark.QUESTION)
			.map((answer) -> new ReactiveCommitResolution(TransactionMark.of(answer), BesidePool.of(factory)));
	}

	/**
	 * Say what the server refuses with in place of an answer, which is a refusal of the
	 * COMMIT, unless it cannot be asked at all.
	 * @param refusal what the question failed with
	 */
	public static Throwable refused(Throwable refusal) {
		String state = (refusal instanceof R2dbcException said) ? said.getSqlState() : null;
		return (state != null && (state.startsWith("42") || state
			.startsWith("0A"))) ? new R2dbcPermissionDeniedException(
					"The server does not tell what resolveCommit() and transaction-scope.commit.resolve have to know, as PostgreSQL 15 and newer do: switch them off. (%s)"
						.formatted(refusal.getMessage()),
					state, refusal) : refusal;
	}

	/**
	 * Say that COMMIT was not sent, as the link was lost at the question before it.
	 * @param failure of the question
	 */
	public static RuntimeException notSent(Throwable failure) {
		return new R2dbcNonTransientResourceException(
				"COMMIT was not sent: the transaction could not be noted, so that its outcome can be resolved: "
						+ failure.getMessage(),
				NO_CONNECTION, failure);
	}

	/**
	 * Ask what became of a transaction whose COMMIT was not answered, until that is
	 * known, for as long as the deadline allows, but at least a moment.
	 * @param scope the name of the scope or transaction
	 * @param failure what the COMMIT failed with; takes why it could not be resolved
	 * @param deadline of the transaction, if it has one
	 * @return what became of it; it never fails
	 */
	public Mono<TransactionOutcome> resolve(String scope, Throwable failure, @Nullable Deadline deadline) {
		return verdict(deadline).map((verdict) -> verdict.tell(scope, failure));
	}

	private Mono<Verdict> verdict(@Nullable Deadline deadline) {
		return (this.mark != null)
				? new ReactiveCommitInquiry(this.mark, this.factory,
						ResolutionTime.until(Deadline.nanoTimeOf(deadline)))
					.verdict()
				: Mono.just(Verdict.nothingWritten());
	}

	/** Return the one row of an answer, empty if there is none. */
	static Mono<Map<String, @Nullable String>> ask(Connection connection, String question) {
		// With a size of more than the one row, the driver prepares it, as it prepares
		// what
		// has parameters, and the server keeps what it has planned.
		return Flux.defer(() -> connection.createStatement(question).fetchSize(2).execute())
			.concatMap((answer) -> answer.map(ReactiveCommitResolution::read))
			.collectList()
			.map((rows) -> rows.isEmpty() ? new HashMap<>(0) : rows.get(0));
	}

	private static Map<String, @Nullable String> read(Row row, RowMetadata metadata) {
		Map<String, @Nullable String> values = new HashMap<>();
		metadata.getColumnMetadatas()
			.forEach((column) -> values.put(column.getName(), row.get(column.getName(), String.class)));
		return values;
	}

}
