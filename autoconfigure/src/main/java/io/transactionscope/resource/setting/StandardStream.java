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

import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

import io.transactionscope.resource.Held;
import io.transactionscope.resource.Resource;
import org.jspecify.annotations.Nullable;

/**
 * A stream that the process has one of.
 *
 * @param setting which stands for it at present
 * @param encoding the name of the system property that has its charset on Java 17
 */
record StandardStream(Setting<PrintStream> setting, String encoding) {

	static final StandardStream OUTPUT = new StandardStream(Setting.standardOutput(), "sun.stdout.encoding");

	static final StandardStream ERROR = new StandardStream(Setting.standardError(), "sun.stderr.encoding");

	PrintStream current() {
		return this.setting.current().get();
	}

	/**
	 * Return a resource that captures what all threads write.
	 */
	Resource<Captured> captured() {
		return () -> {
			Captured captured = captured(current());
			Held<PrintStream> redirected = ProcessOverride.redirection(this.setting, captured.stream()).acquire();
			return Held.of(captured, (outcome) -> {
				try {
					redirected.release(outcome);
				}
				finally {
					captured.end();
				}
			});
		};
	}

	/**
	 * Return a resource that captures what the thread writes that enters it.
	 */
	Resource<Captured> capturedForThread() {
		return () -> {
			Thread owner = Thread.currentThread();
			ThreadOutput output = ThreadOutput.capture(this, owner);
			Captured captured = output.captured(owner);
			return Held.threadBound(captured, (outcome) -> {
				output.end(owner, captured);
				Setting.checkThread(owner);
			});
		};
	}

	Captured captured(PrintStream before) {
		Charset charset = charset(before);
		// Captures more than a terminal of that kind could show
		return new Captured(before, charset.equals(StandardCharsets.US_ASCII) ? StandardCharsets.UTF_8 : charset);
	}

	ProcessOverride<PrintStream> replace(PrintStream stream) {
		return ProcessOverride.begin(this.setting, stream);
	}

	Charset charset(PrintStream stream) {
		try {
			// Since Java 18
			return (Charset) PrintStream.class.getMethod("charset").invoke(stream);
		}
		catch (ReflectiveOperationException ex) {
			return charset(System.getProperty(this.encoding));
		}
	}

	/** As Java 17 makes these streams. */
	private static Charset charset(@Nullable String encoding) {
		try {
			return (encoding != null) ? Charset.forName(encoding) : Charset.defaultCharset();
		}
		catch (IllegalArgumentException ex) {
			return Charset.defaultCharset();
		}
	}

}
