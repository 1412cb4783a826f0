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
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.stream.Stream;

import org.springframework.core.io.ClassPathResource;

/**
 * The live page, in one piece. An endpoint cannot send headers, so the page brings its
 * content security policy along, with the digests of its only style and its only script.
 */
final class PoolsPage {

	private static final ClassPathResource FRAME = part("pools.html");

	private static final ClassPathResource STYLE = part("pools.css");

	private static final ClassPathResource SCRIPT = part("pools.js");

	private static final String POLICY = "default-src 'none'; style-src '%s'; script-src '%s'; connect-src 'self'; "
			+ "img-src data:; base-uri 'none'; form-action 'none'";

	private PoolsPage() {
	}

	static String assemble() {
		String style = read(STYLE);
		String script = read(SCRIPT);
		return read(FRAME).replace("{policy}", POLICY.formatted(digest(style), digest(script)))
			.replace("{style}", style)
			.replace("{script}", script);
	}

	static Stream<ClassPathResource> parts() {
		return Stream.of(FRAME, STYLE, SCRIPT);
	}

	private static ClassPathResource part(String name) {
		return new ClassPathResource(name, PoolsPage.class);
	}

	private static String read(ClassPathResource part) {
		try {
			// A browser digests what it has parsed, in which each line ends with LF.
			return part.getContentAsString(StandardCharsets.UTF_8).replace("\r\n", "\n");
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Part of the page of the endpoint 'pools' cannot be read: " + part, ex);
		}
	}

	private static String digest(String text) {
		try {
			byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
			return "sha256-" + Base64.getEncoder().encodeToString(digest);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("Every Java platform has SHA-256.", ex);
		}
	}

}
