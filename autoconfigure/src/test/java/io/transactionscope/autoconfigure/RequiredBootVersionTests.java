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

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.mockito.Mockito.CALLS_REAL_METHODS;
import static org.mockito.Mockito.mockStatic;

/**
 * Older versions of Spring Boot, which have not what is needed.
 */
@ExtendWith(OutputCaptureExtension.class)
class RequiredBootVersionTests {

	@ParameterizedTest
	@ValueSource(strings = { "2.7.18", "3.5.9", "4.0.0", "4.0.1-SNAPSHOT" })
	void failsTheStart(String version, CapturedOutput output) {
		try (var known = mockStatic(SpringBootVersion.class, CALLS_REAL_METHODS)) {
			known.when(SpringBootVersion::getVersion).thenReturn(version);
			assertThatExceptionOfType(RequiredBootVersion.UnsupportedBootVersionException.class)
				.isThrownBy(RequiredBootVersionTests::start);
		}
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains(
					"TransactionScope needs Spring Boot 4.1 or newer, and this application has %s.".formatted(version));
	}

	@ParameterizedTest
	@NullSource
	@ValueSource(strings = { "4.1.0", "4.1.2-SNAPSHOT", "4.10.0", "5.0.0-M1", "unknown" })
	void startsOtherwise(String version) {
		assertThatNoException().isThrownBy(() -> RequiredBootVersion.check(version));
	}

	@Test
	void startsHere() {
		assertThatNoException().isThrownBy(RequiredBootVersionTests::start);
	}

	private static void start() {
		SpringApplication application = new SpringApplicationBuilder(Empty.class).web(WebApplicationType.NONE).build();
		application.run("--spring.main.banner-mode=off").close();
	}

	@Configuration(proxyBeanMethods = false)
	static class Empty {

	}

}
