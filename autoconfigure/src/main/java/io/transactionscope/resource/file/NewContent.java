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

package io.transactionscope.resource.file;

import java.io.IOException;
import java.nio.file.Path;

/**
 * What is to be in a file, and is written aside.
 *
 * @param <T> the type of what it is written to
 */
interface NewContent<T> {

	/**
	 * Return what it is written to.
	 */
	T value();

	/**
	 * Close it, if it is not closed.
	 * @throws IOException if not all of it could be written, now or before
	 */
	void end() throws IOException;

	/**
	 * Opens the new content.
	 *
	 * @param <T> the type of what it is written to
	 */
	@FunctionalInterface
	interface Opening<T> {

		NewContent<T> open(Path aside) throws IOException;

	}

	/**
	 * One that the body opens and closes itself.
	 */
	record OfBody(Path value) implements NewContent<Path> {

		@Override
		public void end() {
		}

	}

}
