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
package io.transactionscope.pool.examination;

import java.time.Duration;
import java.util.List;

import io.transactionscope.pool.diagnosis.Diagnosis;
import io.transactionscope.pool.diagnosis.LostLink;
import io.transactionscope.pool.diagnosis.Unknown;
import io.transactionscope.pool.snapshot.Frames;
import io.transactionscope.pool.snapshot.Holder;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.ServerSession;
import io.transactionscope.pool.snapshot.Words;
import org.jspecify.annotations.Nullable;

/**
 * The connections whose statements have been sent, and whose sessions are idle all the
 * same.
 */
final class Losses {

	/** An answer, or a statement, may be on its way for less. */
	private static final Duration ON_ITS_WAY = Duration.ofMillis(500);

	private Losses() {
	}

	/**
	 * Return what is to be said of them.
	 * @return {@code null} if they are not half of the connections
	 */
	static @Nullable Diagnosis diagnosis(Symptoms symptoms) {
		List<Holder> lost = symptoms.holders().stream().filter((holder) -> isLost(holder.lease(), symptoms)).toList();
		if (lost.isEmpty() || lost.size() * 2 < symptoms.snapshot().total()) {
			return null;
		}
		long reading = lost.stream().filter((holder) -> Frames.readsLink(holder.stack())).count();
		if (reading * 2 <= lost.size()) {
			return unknown(lost.size(), reading);
		}
		Duration longest = lost.stream()
			.map((holder) -> holder.lease().inPhase())
			.max(Duration::compareTo)
			.orElse(Duration.ZERO);
		return new LostLink(MostFrequent.scopeOfMost(lost), lost.size(), longest);
	}

	/**
	 * Return what is to be said of those who have their answers, or have sent nothing
	 * yet: they wait for something that is not the database.
	 */
	private static Unknown unknown(int lost, long reading) {
		return new Unknown(List.of("%s in statements".formatted(Words.count(lost, "connection")),
				"the database says that their sessions are idle",
				"%d of their threads %s for an answer".formatted(reading, (reading == 1) ? "waits" : "wait")));
	}

	private static boolean isLost(Lease lease, Symptoms symptoms) {
		ServerSession session = symptoms.session(lease);
		Duration inPhase = lease.inPhase();
		if (session == null || inPhase == null || !symptoms.isMostOfTheWait(inPhase)) {
			return false;
		}
		Duration whenAsked = inPhase.minus(symptoms.circumstances().answer().time());
		return session.isIdle() && isLong(session.since()) && isLong(whenAsked);
	}

	private static boolean isLong(@Nullable Duration duration) {
		return duration != null && duration.compareTo(ON_ITS_WAY) >= 0;
	}

}
