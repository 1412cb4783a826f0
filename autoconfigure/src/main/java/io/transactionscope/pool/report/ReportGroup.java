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

package io.transactionscope.pool.report;

import java.io.Serializable;
import java.time.Instant;
import java.util.Objects;

/**
 * The reports on waits that ended without a connection for one and the same reason, in
 * one incident.
 *
 * @param incident the number of the incident, from one on, as the log has it
 * @param report the first of them
 * @param last when the latest was made
 * @param count how many there were, each for a borrower who got no connection
 * @since 0.1.0
 */
public record ReportGroup(long incident, PoolReport report, Instant last, long count) implements Serializable {

	/**
	 * Create one from its facts.
	 * @param incident the number of the incident, from one on, as the log has it
	 * @param report the first of them
	 * @param last when the latest was made
	 * @param count how many there were, each for a borrower who got no connection
	 */
	public ReportGroup {
		Objects.requireNonNull(report, "report must not be null");
		Objects.requireNonNull(last, "last must not be null");
	}

	/**
	 * {@return when the first was made}
	 */
	public Instant first() {
		return this.report.at();
	}

	/**
	 * {@return the reports in short, for a person to read}
	 */
	@Override
	public String toString() {
		return "Incident %d, %d times from %s until %s: %s".formatted(this.incident, this.count, first(), this.last,
				this.report.brief());
	}

}
