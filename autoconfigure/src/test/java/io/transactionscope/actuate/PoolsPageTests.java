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

package io.transactionscope.actuate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.core.io.ClassPathResource;
import org.springframework.http.MediaType;

import static org.assertj.core.api.Assertions.assertThat;

class PoolsPageTests {

	private static final int MOST_LINES = 150;

	private static final Pattern IMPORT = Pattern.compile("from '\\./([a-z]+\\.js)'");

	private final PoolsPage page = new PoolsPage("/actuator/pools");

	@Test
	void hasEachFileThereIs() throws IOException {
		Path directory = new ClassPathResource("page", PoolsPage.class).getFile().toPath();
		try (Stream<Path> files = Files.list(directory)) {
			assertThat(PoolsPage.resources().map(ClassPathResource::getFilename))
				.containsExactlyInAnyOrderElementsOf(files.map((file) -> file.getFileName().toString()).toList());
		}
	}

	@Test
	void hasEachScriptThatAScriptImports() {
		List<String> paths = this.page.parts().stream().map(PoolsPage.File::path).toList();
		for (PoolsPage.File part : this.page.parts()) {
			Matcher imports = IMPORT.matcher(part.text());
			while (imports.find()) {
				assertThat(paths).as(part.path()).contains("/actuator/pools/page/" + imports.group(1));
			}
		}
	}

	@Test
	void isMadeOfScriptsThatOneReadsInOneGo() {
		assertThat(this.page.parts()).filteredOn((part) -> part.path().endsWith(".js"))
			.allSatisfy((part) -> assertThat(part.text().lines().count()).as(part.path()).isLessThan(MOST_LINES));
	}

	@Test
	void hasNoScriptAndNoStyleWithin() {
		assertThat(this.page.frame().text())
			.contains("<script type=\"module\" src=\"pools/page/main.js\"></script>",
					"<link rel=\"stylesheet\" href=\"pools/page/page.css\">")
			.doesNotContain("<style", "style=", "onclick", "://", "http-equiv", "{");
	}

	@Test
	void findsItsFilesByAnyPathThatTheEndpointIsMappedTo() {
		PoolsPage elsewhere = new PoolsPage("/connections");
		assertThat(elsewhere.frame().path()).isEqualTo("/connections");
		assertThat(elsewhere.frame().text()).contains("src=\"connections/page/main.js\"");
		assertThat(elsewhere.parts()).allMatch((part) -> part.path().startsWith("/connections/page/"));
	}

	@Test
	void writesTextAsTextOnly() {
		assertThat(this.page.parts()).allSatisfy((part) -> assertThat(part.text()).doesNotContain("innerHTML",
				"outerHTML", "insertAdjacentHTML", "document.write", "eval("));
	}

	@Test
	void allowsWhatItIsMadeOfAndNothingElse() {
		assertThat(this.page.headers().get("Content-Security-Policy")).startsWith("default-src 'none';")
			.contains("frame-ancestors 'none'")
			.doesNotContain("unsafe", "*", "data:");
		assertThat(this.page.headers()).containsEntry("X-Frame-Options", "DENY")
			.containsEntry("X-Content-Type-Options", "nosniff")
			.containsEntry("Cache-Control", "no-store")
			.containsEntry("Vary", "Accept");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8 | true
			text/html                                                                  | true
			text/html;q=0.9, application/json                                          | false
			*/*                                                                        | false
			text/*                                                                     | false
			application/json                                                           | false
			application/vnd.spring-boot.actuator.v3+json, text/html;q=0.5              | false
			text/html;q=0, */*                                                         | false
			""")
	void isForThoseWhoNameItsType(String accept, boolean asked) {
		assertThat(this.page.isAskedFor(MediaType.parseMediaTypes(accept))).isEqualTo(asked);
	}

}
