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

package io.transactionscope.pool.diagnosis;

import java.util.Objects;

import io.transactionscope.pool.snapshot.PoolKind;
import io.transactionscope.pool.snapshot.Words;
import org.jspecify.annotations.Nullable;

/**
 * Connections are held while the database has nothing to do for them.
 *
 * @param scope the scope that does so most, or {@code null} if it has no name
 * @param part when it does so
 * @param idleShare which share of the time that the scope holds connections is that, from
 * 0 to 1
 * @param gain how many times as many borrowers would get through if that time were gone,
 * or {@code null} if the figures of the last minute do not tell
 * @param call the call elsewhere that takes most of the time that the scope holds
 * connections, or {@code null} if none is known
 * @since 0.1.0
 */
public record HeldButIdle(@Nullable String scope, Part part, double idleShare, @Nullable Double gain,
		@Nullable CallElsewhere call) implements Diagnosis {

	/**
	 * Create one from its facts.
	 * @param scope the scope that does so most, or {@code null} if it has no name
	 * @param part when it does so
	 * @param idleShare which share of the time that the scope holds connections is that,
	 * from 0 to 1
	 * @param gain how many times as many borrowers would get through if that time were
	 * gone, or {@code null} if the figures of the last minute do not tell
	 * @param call the call elsewhere that takes most of the time that the scope holds
	 * connections, or {@code null} if none is known
	 */
	public HeldButIdle {
		Objects.requireNonNull(part, "part must not be null");
	}

	@Override
	public String summary() {
		String call = (this.call != null) ? " " + this.call.sentence() : "";
		return "Connections are held but idle: for %d %% of the time that %s holds one, it is idle %s.%s"
			.formatted(Math.round(this.idleShare * 100), Words.ofScope(this.scope), this.part.text, call);
	}

	@Override
	public String advice() {
		return advice(PoolKind.JDBC);
	}

	@Override
	public String advice(PoolKind kind) {
		Objects.requireNonNull(kind, "kind must not be null");
		String gain = (this.gain != null)
				? " That would let about %s times as many through.".formatted(Words.of(this.gain)) : "";
		return this.part.advice(kind) + gain;
	}

	/**
	 * When a connection is held idle.
	 *
	 * @since 0.1.0
	 */
	public enum Part {

		/**
		 * Before the first statement.
		 */
		BEFORE_FIRST_STATEMENT("before its first statement",
				"Set spring.datasource.connection-fetch=lazy, or do what comes before the first statement before the "
						+ "scope begins."),

		/**
		 * Between statements.
		 */
		BETWEEN_STATEMENTS("between its statements",
				"Move what is no SQL, such as a remote call, out of the transaction."),

		/**
		 * After the last statement.
		 */
		AFTER_LAST_STATEMENT("after its last statement",
				"Move what comes after the last statement out of the transaction, such as into "
						+ "ActiveScope.afterCommit(), which runs it once the connection is back."),

		/**
		 * After the transaction, in a callback or listener that Spring calls while the
		 * connection is still held, such as one for {@code AFTER_COMMIT}.
		 */
		IN_COMPLETION_CALLBACK("after its transaction, in a callback that Spring runs before the connection goes back",
				"A listener for AFTER_COMMIT still holds the connection: make it asynchronous (@Async), or use "
						+ "ActiveScope.afterCommit(), whose callbacks run once the connection is back."),

		/**
		 * After the transaction and outside of whatever it was in, in a web request that
		 * goes on.
		 */
		IN_WEB_REQUEST("after its transaction, while the web request goes on",
				"If spring.jpa.open-in-view is on, turn it off: it keeps the connection until the request ends."),

		/**
		 * Between statements outside of any transaction, in a web request that goes on
		 * while a session of Hibernate keeps the connection.
		 */
		IN_OPEN_SESSION("after what it has read outside of any transaction, while the web request goes on",
				"If spring.jpa.open-in-view is on, turn it off, or read within a transaction: a session that has read "
						+ "outside of any keeps the connection until the request ends.");

		private final String text;

		private final String advice;

		Part(String text, String advice) {
			this.text = text;
			this.advice = advice;
		}

		private String advice(PoolKind kind) {
			if (kind == PoolKind.JDBC) {
				return this.advice;
			}
			return (this == BEFORE_FIRST_STATEMENT)
					? "Do what comes before the first statement before the scope begins, or before the connection is "
							+ "borrowed."
					: this.advice.replace("ActiveScope.", "ReactiveActiveScope.");
		}

	}

}
