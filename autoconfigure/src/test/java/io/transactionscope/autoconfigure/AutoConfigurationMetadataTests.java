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

package io.transactionscope.autoconfigure;

import java.io.InputStream;
import java.net.URL;
import java.util.Collections;
import java.util.Properties;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.context.annotation.ImportCandidates;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What Boot knows of the auto-configurations without reading them.
 */
@Tag("once")
class AutoConfigurationMetadataTests {

	@Test
	void allOfOursAreKnown() throws Exception {
		Properties known = new Properties();
		ClassLoader ours = TransactionScopeAutoConfiguration.class.getClassLoader();
		for (URL each : Collections.list(ours.getResources("META-INF/spring-autoconfigure-metadata.properties"))) {
			try (InputStream metadata = each.openStream()) {
				known.load(metadata);
			}
		}
		assertThat(ImportCandidates.load(AutoConfiguration.class, ours))
			.filteredOn((name) -> name.startsWith("io.transactionscope."))
			.isNotEmpty()
			.allMatch(known::containsKey);
	}

}
