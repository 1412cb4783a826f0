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

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * A standard stream while that of some threads is captured: theirs goes there, and that
 * of all others where it did before. It stands in its place from the first capture on
 * until the last one has ended, in whatever order they do.
 */
final class ThreadOutput extends PrintStream {

	private final PrintStream others;

	/** The innermost one last; those of a thread are replaced as a whole. */
	private final Map<Thread, List<Captured>> captures = new ConcurrentHashMap<>();

	private @Nullable ProcessOverride<PrintStream> override;

	private ThreadOutput(StandardStream stream, PrintStream others) {
		super(OutputStream.nullOutputStream(), false, stream.charset(others));
		this.others = others;
	}

	/**
	 * Begin to capture what a thread writes.
	 * @return what has it as the innermost one of that thread
	 */
	static ThreadOutput capture(StandardStream stream, Thread thread) {
		synchronized (ThreadOutput.class) {
			ThreadOutput output = inPlace(stream);
			Captured captured = stream.captured(output.others);
			output.captures.merge(thread, List.of(captured),
					(outer, inner) -> Stream.concat(outer.stream(), inner.stream()).toList());
			return output;
		}
	}

	private static ThreadOutput inPlace(StandardStream stream) {
		PrintStream current = stream.current();
		if (current instanceof ThreadOutput output && output.override != null) {
			return output;
		}
		ThreadOutput output = new ThreadOutput(stream, current);
		output.override = stream.replace(output);
		return output;
	}

	Captured captured(Thread thread) {
		return innermost(Objects.requireNonNull(this.captures.get(thread)));
	}

	private static Captured innermost(List<Captured> captured) {
		return captured.get(captured.size() - 1);
	}

	void end(Thread thread, Captured captured) {
		synchronized (ThreadOutput.class) {
			captured.end();
			this.captures.computeIfPresent(thread, (owner, all) -> {
				List<Captured> left = all.stream().filter((each) -> each != captured).toList();
				return left.isEmpty() ? null : left;
			});
			if (this.captures.isEmpty() && this.override != null) {
				this.override.end();
				this.override = null;
			}
		}
	}

	private PrintStream target() {
		// Once, as another thread may end it meanwhile
		List<Captured> captured = this.captures.get(Thread.currentThread());
		return (captured != null) ? innermost(captured).stream() : this.others;
	}

	@Override
	public void flush() {
		target().flush();
	}

	@Override
	public void close() {
		target().close();
	}

	@Override
	public boolean checkError() {
		return target().checkError();
	}

	@Override
	public void write(int value) {
		target().write(value);
	}

	@Override
	public void write(byte[] bytes, int offset, int length) {
		target().write(bytes, offset, length);
	}

	@Override
	public void write(byte[] bytes) throws IOException {
		target().write(bytes);
	}

	@Override
	public void writeBytes(byte[] bytes) {
		target().writeBytes(bytes);
	}

	@Override
	public void print(boolean value) {
		target().print(value);
	}

	@Override
	public void print(char value) {
		target().print(value);
	}

	@Override
	public void print(int value) {
		target().print(value);
	}

	@Override
	public void print(long value) {
		target().print(value);
	}

	@Override
	public void print(float value) {
		target().print(value);
	}

	@Override
	public void print(double value) {
		target().print(value);
	}

	@Override
	public void print(char[] value) {
		target().print(value);
	}

	@Override
	public void print(@Nullable String value) {
		target().print(value);
	}

	@Override
	public void print(@Nullable Object value) {
		target().print(value);
	}

	@Override
	public void println() {
		target().println();
	}

	@Override
	public void println(boolean value) {
		target().println(value);
	}

	@Override
	public void println(char value) {
		target().println(value);
	}

	@Override
	public void println(int value) {
		target().println(value);
	}

	@Override
	public void println(long value) {
		target().println(value);
	}

	@Override
	public void println(float value) {
		target().println(value);
	}

	@Override
	public void println(double value) {
		target().println(value);
	}

	@Override
	public void println(char[] value) {
		target().println(value);
	}

	@Override
	public void println(@Nullable String value) {
		target().println(value);
	}

	@Override
	public void println(@Nullable Object value) {
		target().println(value);
	}

	@Override
	public PrintStream printf(String format, @Nullable Object... arguments) {
		target().printf(format, arguments);
		return this;
	}

	@Override
	public PrintStream printf(@Nullable Locale locale, String format, @Nullable Object... arguments) {
		target().printf(locale, format, arguments);
		return this;
	}

	@Override
	public PrintStream format(String format, @Nullable Object... arguments) {
		target().format(format, arguments);
		return this;
	}

	@Override
	public PrintStream format(@Nullable Locale locale, String format, @Nullable Object... arguments) {
		target().format(locale, format, arguments);
		return this;
	}

	@Override
	public PrintStream append(@Nullable CharSequence text) {
		target().append(text);
		return this;
	}

	@Override
	public PrintStream append(@Nullable CharSequence text, int start, int end) {
		target().append(text, start, end);
		return this;
	}

	@Override
	public PrintStream append(char value) {
		target().append(value);
		return this;
	}

}
