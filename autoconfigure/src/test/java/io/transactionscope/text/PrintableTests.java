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

package io.transactionscope.text;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Printable}.
 */
class PrintableTests {

	@ParameterizedTest
	@ValueSource(strings = { "", "place-order", "OrderService.place", "größer als 1 µs…", "注文", "می\u200Cخواهم",
			"👩\u200D💻" })
	void leavesAsItIsWhatCanBeRead(String text) {
		assertThat(Printable.of(text)).isSameAs(text);
	}

	@ParameterizedTest
	@CsvSource(textBlock = """
			\\u000A, \\n
			\\u000D, \\r
			\\u0009, \\t
			\\u0000, \\u0000
			\\u001B, \\u001B
			\\u007F, \\u007F
			\\u0085, \\u0085
			\\u2028, \\u2028
			\\u2029, \\u2029
			\\u202E, \\u202E
			\\u2066, \\u2066
			\\u200F, \\u200F
			\\uFEFF, \\uFEFF
			\\uD800, \\uD800
			""")
	void escapesWhatChangesHowOthersAreShown(String escape, String shown) {
		char c = (char) Integer.parseInt(escape.substring(2), 16);
		assertThat(Printable.of("an " + c + " order")).isEqualTo("an " + shown + " order");
	}

	@Test
	void escapesEachOfThem() {
		assertThat(Printable.of("order\r\nINFO ü \n")).isEqualTo("order\\r\\nINFO ü \\n");
	}

}
