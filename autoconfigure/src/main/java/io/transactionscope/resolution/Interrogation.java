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

package io.transactionscope.resolution;

import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What is asked over one fresh connection about a transaction whose COMMIT was not
 * answered. Whoever has the connection asks {@link #question()} and hands in the row that
 * it gets, until there is a verdict.
 *
 * @since 0.1.0
 */
public final class Interrogation {

	private final TransactionMark mark;

	private String question = ServerState.QUESTION;

	private Step step = Step.SERVER;

	public Interrogation(TransactionMark mark) {
		this.mark = mark;
	}

	/** What to ask next, which has one row for an answer, or none. */
	public String question() {
		return this.question;
	}

	/**
	 * Return whether the transaction is still in progress, so that it is no use to ask
	 * again at once.
	 */
	public boolean isInProgress() {
		return this.step == Step.END;
	}

	/**
	 * Take the answer.
	 * @param answer the row, empty if there was none
	 * @return the verdict, or {@code null} if there is more to ask
	 */
	public @Nullable Verdict answered(Map<String, @Nullable String> answer) {
		if (this.step == Step.END) {
			return ask(Step.STATUS, status());
		}
		ServerState server = ServerState.of(answer);
		Verdict objection = server.objection(this.mark);
		if (objection != null) {
			return objection;
		}
		return (this.step == Step.SERVER) ? ask(Step.STATUS, status()) : read(answer.get("status"), server);
	}

	private @Nullable Verdict read(@Nullable String status, ServerState server) {
		return switch ((status != null) ? status : "") {
			case "committed" -> server.mayHaveGivenAgain(this.mark)
					? Verdict.lost("the server has crashed, and what it says may be about another one by the same id")
					: Verdict.committed();
			case "aborted" -> Verdict.rolledBack("the database says that it is rolled back");
			case "in progress" -> ask(Step.END, endOfSession());
			default -> Verdict.lost("the server has forgotten it");
		};
	}

	/**
	 * Each time, that it still is the server comes from the same statement: what looks
	 * like one connection may lead to a session of another one for the next.
	 */
	private String status() {
		return "select pg_xact_status('%s'::xid8) as status, ".formatted(Long.toUnsignedString(this.mark.id()))
				+ ServerState.COLUMNS;
	}

	/** Of none but the one that has the transaction, and does nothing for it. */
	private String endOfSession() {
		return "select pg_terminate_backend(pid)::text as ended from pg_stat_activity where pid = %d and backend_xid = '%s'::xid8::xid and state like 'idle in transaction%%'"
			.formatted(this.mark.process(), Long.toUnsignedString(this.mark.id()));
	}

	private @Nullable Verdict ask(Step step, String question) {
		this.step = step;
		this.question = question;
		return null;
	}

	private enum Step {

		/** Whether it is the one that had the transaction. */
		SERVER,

		/** What became of the transaction. */
		STATUS,

		/** End the session that has it, if that is idle. */
		END

	}

}
