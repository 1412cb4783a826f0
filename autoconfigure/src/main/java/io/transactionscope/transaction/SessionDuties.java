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

package io.transactionscope.transaction;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;

/**
 * What has to be done in a session when its transaction has ended, and before it goes
 * back to its pool. Spring's synchronizations would not do: those that are the thread's
 * may be another transaction's, on another data source.
 *
 * @since 0.1.0
 */
public final class SessionDuties {

	private final Deque<Duty> duties = new ArrayDeque<>();

	/**
	 * Create duties, of which none is taken on yet.
	 */
	public SessionDuties() {
	}

	/**
	 * Return the duty that is equal to the given one and has been taken on already, or
	 * take it on.
	 * @param duty what is to be done
	 * @param <T> the type of duty
	 * @return the one that will be done
	 */
	@SuppressWarnings("unchecked") // what is equal is of one type
	public <T extends Duty> T takeOn(T duty) {
		Objects.requireNonNull(duty, "duty must not be null");
		for (Duty each : this.duties) {
			if (each.equals(duty)) {
				return (T) each;
			}
		}
		this.duties.push(duty);
		return duty;
	}

	/**
	 * Do all that is to be done, the latest first.
	 * @param failures takes what failed
	 */
	public void fulfil(List<Throwable> failures) {
		Objects.requireNonNull(failures, "failures must not be null");
		while (!this.duties.isEmpty()) {
			try {
				this.duties.pop().fulfil();
			}
			catch (Throwable ex) {
				failures.add(ex);
			}
		}
	}

	/**
	 * One of them.
	 *
	 * @since 0.1.0
	 */
	@FunctionalInterface
	public interface Duty {

		/**
		 * Do it.
		 * @throws Exception if it cannot be done
		 */
		void fulfil() throws Exception;

	}

}
