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
package io.transactionscope.reference;

/**
 * A line of the reference's source.
 *
 * @param file the name of its file
 * @param number its number there, from 1
 * @param text what it says
 * @param kind what that is
 * @param language of a listing, and else empty
 */
record Line(String file, int number, String text, Kind kind, String language) {

	/**
	 * Return what is wrong with it, and where.
	 */
	String finding(String what) {
		return "%s:%d: %s".formatted(this.file, this.number, what);
	}

	enum Kind {

		/** What is read as AsciiDoc. */
		TEXT,

		/** What is shown as it is, or included there. */
		CODE,

		/** What nobody is shown. */
		COMMENT

	}

}
