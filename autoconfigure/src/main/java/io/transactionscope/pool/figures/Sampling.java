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

package io.transactionscope.pool.figures;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

import io.transactionscope.pool.snapshot.LeaseRecorder;

/**
 * How leases are drawn by lot to be timed, and who is told of each lease: as soon as
 * somebody is, each is drawn.
 */
final class Sampling {

	/** Read at each borrow. */
	private volatile long interval;

	/** Read at the begin and the end of each lease that is timed. */
	private volatile List<Recording> recordings = List.of();

	Sampling(Duration interval) {
		this.interval = interval.toNanos();
	}

	/**
	 * Return how long the intervals are in each of which one lease is drawn, zero for
	 * all.
	 */
	long interval() {
		return this.interval;
	}

	/**
	 * Have all leases told that are asked for from now on.
	 */
	synchronized void record(LeaseRecorder recorder) {
		this.interval = 0;
		// Of those that were asked for before, only some are timed.
		Recording recording = new Recording(recorder, System.nanoTime());
		this.recordings = Stream.concat(this.recordings.stream(), Stream.of(recording)).toList();
	}

	void waitEnds(String scope, long asked, long waited) {
		if (isRecorded()) {
			tell(asked, (recorder) -> recorder.waitEnds(scope, waited));
		}
	}

	void leaseEnds(String scope, Timing timing) {
		if (isRecorded() && timing.isWhole()) {
			tell(timing.asked(), (recorder) -> recorder.leaseEnds(scope, timing.held(), timing.busy()));
		}
	}

	private boolean isRecorded() {
		return !this.recordings.isEmpty();
	}

	private void tell(long asked, Consumer<LeaseRecorder> event) {
		for (Recording recording : this.recordings) {
			if (asked - recording.since() >= 0) {
				tell(recording.recorder(), event);
			}
		}
	}

	private static void tell(LeaseRecorder recorder, Consumer<LeaseRecorder> event) {
		try {
			event.accept(recorder);
		}
		catch (Throwable ex) {
			// It has no say in who gets a connection or gives it back.
		}
	}

	private record Recording(LeaseRecorder recorder, long since) {
	}

}
