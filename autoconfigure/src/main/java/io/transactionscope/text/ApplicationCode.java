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

import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;

/**
 * Tells the code of applications from what they stand on, by the names of its classes.
 *
 * @since 0.1.0
 */
public final class ApplicationCode {

	private static final String ROOT = "io.transactionscope.";

	/** None of them is within another one. */
	private static final List<String> FOUNDATIONS = List.of("java.", "javax.", "jdk.", "sun.", "com.sun.", "jakarta.",
			"kotlin.", "kotlinx.", "org.springframework.", "org.hibernate.", "com.zaxxer.hikari.", "org.postgresql.",
			"org.h2.", "com.mysql.", "org.mariadb.", "oracle.", "com.microsoft.sqlserver.", "org.apache.", "org.jooq.",
			"org.mybatis.", "org.jdbi.", "io.netty.", "io.micrometer.", "reactor.", "io.r2dbc.", "io.asyncer.",
			"org.eclipse.jetty.", "io.undertow.", "io.transactionscope.transaction.", "io.transactionscope.engine.",
			"io.transactionscope.jdbc.", "io.transactionscope.r2dbc.", "io.transactionscope.reactive.",
			"io.transactionscope.jpa.", "io.transactionscope.managed.", "io.transactionscope.pool.",
			"io.transactionscope.resource.", "io.transactionscope.annotation.",
			"io.transactionscope.autoconfigure.ScopeBoundaryAutoConfiguration",
			"io.transactionscope.autoconfigure.BoundedTask", "io.transactionscope.autoconfigure.AsyncBlockExecution",
			"com.fasterxml.jackson.", "tools.jackson.", "org.aopalliance.");

	/**
	 * Of all applications of the process that have said where their code is, each with a
	 * dot at its end.
	 */
	private static final Set<String> PACKAGES = new CopyOnWriteArraySet<>();

	private ApplicationCode() {
	}

	/**
	 * Say where the code of an application is, as it may be where a foundation is, too:
	 * {@code org.springframework.samples.petclinic}, {@code org.apache.fineract}.
	 * @param packages names of packages; what is below them is of the application as well
	 */
	public static void isIn(Collection<String> packages) {
		Objects.requireNonNull(packages, "packages must not be null");
		packages.stream()
			.map((each) -> each + ".")
			.filter((each) -> each.length() > 1 && !each.startsWith(ROOT))
			.forEach(PACKAGES::add);
	}

	/**
	 * Return whether a class is of an application rather than of a foundation: of those
	 * that its name is within, the longest name tells.
	 * @param type the name of the class
	 */
	public static boolean includes(String type) {
		Objects.requireNonNull(type, "type must not be null");
		boolean ours = type.startsWith(ROOT) && Character.isUpperCase(type.charAt(ROOT.length()));
		return !ours && FOUNDATIONS.stream()
			.filter(type::startsWith)
			.findFirst()
			.map((foundation) -> isOfPackageWithin(foundation, type))
			.orElse(true);
	}

	private static boolean isOfPackageWithin(String foundation, String type) {
		return PACKAGES.stream().anyMatch((each) -> each.length() > foundation.length() && type.startsWith(each));
	}

}
