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

import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.SpringBootVersion;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.Ordered;

/**
 * Refuses an older Spring Boot before anything that it does not have is asked for. It
 * uses nothing itself that has changed since.
 */
class RequiredBootVersion implements ApplicationContextInitializer<ConfigurableApplicationContext>, Ordered {

	private static final int MAJOR = 4;

	private static final int MINOR = 1;

	private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)\\..*");

	@Override
	public void initialize(ConfigurableApplicationContext context) {
		check(SpringBootVersion.getVersion());
	}

	/**
	 * Check the version of Spring Boot, as far as it is known.
	 * @throws UnsupportedBootVersionException if it is too old
	 */
	static void check(@Nullable String version) {
		Matcher numbers = VERSION.matcher((version != null) ? version : "");
		if (numbers.matches()) {
			int major = Integer.parseInt(numbers.group(1));
			int minor = Integer.parseInt(numbers.group(2));
			if (major < MAJOR || (major == MAJOR && minor < MINOR)) {
				throw new UnsupportedBootVersionException(
						"TransactionScope needs Spring Boot %d.%d or newer, and this application has %s."
							.formatted(MAJOR, MINOR, version));
			}
		}
	}

	@Override
	public int getOrder() {
		return HIGHEST_PRECEDENCE;
	}

	/** What it is refused with. */
	static final class UnsupportedBootVersionException extends IllegalStateException {

		UnsupportedBootVersionException(String message) {
			super(message);
		}

	}

}
