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

package io.transactionscope.benchmark;

import java.util.Locale;

/**
 * A figure, as a reader sees it.
 */
enum Figure {

	/** The time of an operation, as a multiple of another one's. */
	MULTIPLE(Result.NANOS) {

		@Override
		String text(Result result) {
			return TIME.text(result);
		}

	},

	/** The time of an operation. */
	TIME(Result.NANOS) {

		@Override
		String text(Result result) {
			double nanos = value(result);
			return (nanos < 10_000) ? format("%.0f ns", nanos) : format("%.1f µs", nanos / 1_000);
		}

	},

	/** The same, and what it was in the fastest and in the slowest round. */
	SPREAD(Result.NANOS) {

		@Override
		String text(Result result) {
			return format("%.0f ns, %.0f to %.0f", value(result), result.figure(Result.LOWEST),
					result.figure(Result.HIGHEST));
		}

	},

	/** What an operation allocates. */
	MEMORY(Result.BYTES) {

		@Override
		String text(Result result) {
			return format("%.0f B", value(result));
		}

	},

	/** How many blocks got through in a second, and how long nearly all of them took. */
	THROUGHPUT("succeededPerSecond") {

		@Override
		String text(Result result) {
			return perSecond(value(result)) + format(", %.0f ms", result.figure("percentile99"));
		}

	},

	/** How many succeeded in a second. */
	SUCCEEDED("succeededPerSecond") {

		@Override
		String text(Result result) {
			return perSecond(value(result));
		}

	},

	/** How many failed at once in a second. */
	FAILED("failedPerSecond") {

		@Override
		String text(Result result) {
			return perSecond(value(result));
		}

	},

	/** How many timed out in a second. */
	TIMED_OUT("timedOutPerSecond") {

		@Override
		String text(Result result) {
			return perSecond(value(result));
		}

	},

	/** How long the slowest took. */
	SLOWEST("slowest") {

		@Override
		String text(Result result) {
			return format("%.0f ms", value(result));
		}

	},

	/** How many times as many got through. */
	GAIN("gain") {

		@Override
		String text(Result result) {
			return format("%.1f", value(result));
		}

	},

	/** The time until an application is ready. */
	READY("ready") {

		@Override
		String text(Result result) {
			return format("%.0f ms", value(result));
		}

	},

	/** The heap that an application uses once it is ready. */
	HEAP("heap") {

		@Override
		String text(Result result) {
			return format("%.1f MiB", value(result) / (1 << 20));
		}

	},

	/** How many classes are loaded by then. */
	CLASSES("classes");

	private final String key;

	Figure(String key) {
		this.key = key;
	}

	/** What it is called in the results. */
	String key() {
		return this.key;
	}

	double value(Result result) {
		return result.figure(this.key);
	}

	String text(Result result) {
		return format("%.0f", value(result));
	}

	/** One result's figure as a multiple of another one's. */
	String ratio(Result result, Result of) {
		double ratio = this.key.equals(Result.NANOS) ? result.multipleOf(of) : value(result) / value(of);
		return format((ratio < 10) ? "%.2f" : "%.1f", ratio);
	}

	private static String perSecond(double number) {
		return format((number < 10) ? "%.1f/s" : "%.0f/s", number);
	}

	private static String format(String format, Object... numbers) {
		return String.format(Locale.ROOT, format, numbers);
	}

}
