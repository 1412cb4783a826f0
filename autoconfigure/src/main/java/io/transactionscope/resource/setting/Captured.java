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

package io.transactionscope.resource.setting;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;

/**
 * What is written to a standard stream while it is captured. It is kept in memory, and
 * can be read at any time by any thread: as long as it is captured as far as it goes, and
 * then as a whole.
 *
 * @see SettingResources#capturedOutput()
 * @see SettingResources#capturedError()
 * @since 0.1.0
 */
public final class Captured {

	private static final byte[] NOTHING = {};

	private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

	private final PrintStream before;

	private final Charset charset;

	private final PrintStream stream;

	private boolean ended;

	Captured(PrintStream before, Charset charset) {
		this.before = before;
		this.charset = charset;
		this.stream = new PrintStream(new Sink(), false, charset) {

			@Override
			public void close() {
				// As the console, which nobody owns, it goes on.
				flush();
			}

		};
	}

	/**
	 * Return what was written.
	 * @return the text so far; empty if there is none
	 */
	public String text() {
		return this.bytes.toString(this.charset);
	}

	/**
	 * Return what was written.
	 * @return the text so far, as {@link #text()} does
	 */
	@Override
	public String toString() {
		return text();
	}

	PrintStream stream() {
		return this.stream;
	}

	/**
	 * From now on, what others write who have kept the stream goes where it did before.
	 */
	void end() {
		synchronized (this.bytes) {
			this.ended = true;
		}
	}

	private boolean take(byte[] written, int offset, int length) {
		synchronized (this.bytes) {
			if (!this.ended) {
				this.bytes.write(written, offset, length);
			}
			return !this.ended;
		}
	}

	private final class Sink extends OutputStream {

		@Override
		public void write(int written) {
			write(new byte[] { (byte) written }, 0, 1);
		}

		@Override
		public void write(byte[] written, int offset, int length) {
			if (!take(written, offset, length)) {
				Captured.this.before.write(written, offset, length);
			}
		}

		@Override
		public void flush() {
			if (!take(NOTHING, 0, 0)) {
				Captured.this.before.flush();
			}
		}

	}

}
