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

import io.transactionscope.pool.snapshot.Words;
import org.jspecify.annotations.Nullable;

/**
 * Connections are held by threads that wait for other threads' work, while tasks on other
 * threads wait for a connection. Whether it is those that are waited for, nobody can see
 * from outside: that is only a suspicion, and nobody is failed for it.
 *
 * @param scope the scope that most of them belong to, {@code null} outside of any, or
 * {@link Words#SEVERAL_SCOPES} if there is none
 * @param leases how many there are
 * @param tasks how many tasks wait for a connection that have asked for it since
 * @param call what most of the holders wait in, such as {@code CompletableFuture.join}
 * @since 0.1.0
 */
public record SuspectedDeadlock(@Nullable String scope, int leases, int tasks, String call) implements Diagnosis {

	/**
	 * Create one from its facts.
	 * @param scope the scope that most of them belong to, {@code null} outside of any, or
	 * {@link Words#SEVERAL_SCOPES} if there is none
	 * @param leases how many there are
	 * @param tasks how many tasks wait for a connection that have asked for it since
	 * @param call what most of the holders wait in, such as
	 * {@code CompletableFuture.join}
	 */
	public SuspectedDeadlock {
		Objects.requireNonNull(call, "call must not be null");
	}

	@Override
	public String summary() {
		return ("%s held by threads that wait for other threads (%s), %s, and %s for a connection: a "
				+ "deadlock, if it is those.")
			.formatted(Words.count(this.leases, "connection"), this.call, Words.mostOf(this.scope),
					(this.tasks == 1) ? "1 task on another thread waits" : this.tasks + " tasks on other threads wait");
	}

	@Override
	public String advice() {
		return "Wait for other threads before the scope begins or after it has ended, or do their work in it, on its "
				+ "own thread.";
	}

}
