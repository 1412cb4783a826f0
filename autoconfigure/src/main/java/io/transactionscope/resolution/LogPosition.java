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

/**
 * A position in the log of PostgreSQL.
 *
 * @param bytes how far from its begin
 * @since 0.1.0
 */
public record LogPosition(long bytes) {

	/**
	 * Read a position as the server writes it, {@code 16/B374D848}.
	 * @param text the two halves, hexadecimal
	 */
	static LogPosition of(String text) {
		int slash = text.indexOf('/');
		return new LogPosition(Long.parseLong(text, 0, slash, 16) << Integer.SIZE
				| Long.parseLong(text, slash + 1, text.length(), 16));
	}

	boolean isBefore(LogPosition other) {
		return Long.compareUnsigned(this.bytes, other.bytes) < 0;
	}

}
