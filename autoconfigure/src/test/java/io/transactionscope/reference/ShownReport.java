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

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Texts that the reference shows as the library writes them. What differs from run to run
 * is left out of the comparison.
 */
final class ShownReport {

	private static final Path DIRECTORY = Path.of("src", "docs", "asciidoc", "reports");

	private static final Pattern CALLOUTS = Pattern.compile("(?m)( <\\d+>)+$");

	private ShownReport() {
	}

	/**
	 * Check that the reference shows a text.
	 * @param name the name of the file that it includes
	 * @param text what the library has written
	 */
	static void is(String name, String text) {
		assertThat(withoutWhatVaries(text)).as("%s, which now reads%n%s", name, text)
			.isEqualTo(withoutWhatVaries(CALLOUTS.matcher(read(name)).replaceAll("")));
	}

	private static String read(String name) {
		try {
			return Files.readString(DIRECTORY.resolve(name));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static String withoutWhatVaries(String text) {
		return text.strip()
			.replaceAll("\\d+ ?(ms|µs)|\\d+\\.\\d s", "TIME")
			.replaceAll("PT[\\d.]+S", "PERIOD")
			.replaceAll("(\"(idleShare|gain)\" : )(null|[\\d.]+)", "$1SOME")
			.replaceAll("waiting=\\d+", "waiting=SOME")
			.replaceAll("\\d+ %", "SHARE")
			.replaceAll(" That would let about [\\d.]+ times as many through\\.", "")
			.replaceAll("\\.java:\\d+", ".java")
			.replaceAll("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z", "MOMENT");
	}

}
