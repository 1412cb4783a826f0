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

import java.io.BufferedWriter;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.Charset;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

/**
 * Text that is written as a whole, or known not to be: also where the failure of a write
 * was caught and forgotten, as a {@link java.io.PrintWriter} does.
 */
final class WholeText extends Writer implements NewContent<BufferedWriter> {

	private final Writer out;

	private final BufferedWriter buffered = new Buffer();

	private @Nullable IOException failure;

	WholeText(Writer out) {
		this.out = out;
	}

	static WholeText open(Path path, Charset charset) throws IOException {
		// An encoder of one's own fails at what the charset has no bytes for
		return new WholeText(new OutputStreamWriter(stream(path), charset.newEncoder()));
	}

	private static OutputStream stream(Path path) throws IOException {
		// Of the two, only the former can be closed by a thread that is interrupted
		return (path.getFileSystem() == FileSystems.getDefault()) ? new FileOutputStream(path.toFile())
				: Files.newOutputStream(path);
	}

	@Override
	public BufferedWriter value() {
		return this.buffered;
	}

	@Override
	public void write(char[] text, int offset, int length) throws IOException {
		whole(() -> this.out.write(text, offset, length));
	}

	@Override
	public void flush() throws IOException {
		whole(this.out::flush);
	}

	/**
	 * Close what is written to, also where not all could be. Throws nothing that was
	 * thrown before: who closes after that suppresses it with itself.
	 */
	@Override
	public void close() throws IOException {
		IOException earlier = this.failure;
		if (earlier == null) {
			whole(this.out::close);
			return;
		}
		try {
			this.out.close();
		}
		catch (IOException ex) {
			earlier.addSuppressed(ex);
		}
	}

	@Override
	public void end() throws IOException {
		try {
			this.buffered.close();
		}
		catch (IOException ex) {
			if (this.failure == null) {
				throw ex;
			}
		}
		if (this.failure != null) {
			throw this.failure;
		}
	}

	private void whole(Step step) throws IOException {
		if (this.failure != null) {
			throw new IOException("Not all that came before could be written");
		}
		try {
			step.run();
		}
		catch (IOException ex) {
			this.failure = ex;
			throw ex;
		}
		catch (Throwable ex) {
			this.failure = new IOException("Not all could be written", ex);
			throw ex;
		}
	}

	/**
	 * Refuses text by itself once it is closed, which is not to be forgotten either.
	 */
	private final class Buffer extends BufferedWriter {

		Buffer() {
			super(WholeText.this);
		}

		@Override
		public void write(int character) throws IOException {
			whole(() -> super.write(character));
		}

		@Override
		public void write(char[] text, int offset, int length) throws IOException {
			whole(() -> super.write(text, offset, length));
		}

		@Override
		public void write(String text, int offset, int length) throws IOException {
			whole(() -> super.write(text, offset, length));
		}

	}

	@FunctionalInterface
	private interface Step {

		void run() throws IOException;

	}

}
