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
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

import org.springframework.core.io.ClassPathResource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;

/**
 * The live page of the endpoint {@code pools}: which files it is made of, where they are
 * to be served, and with which headers. It has the endpoint's path, and its style and its
 * scripts have paths below that, so that who may see the one may see the others.
 *
 * @since 0.1.0
 */
public final class PoolsPage {

	private static final String FRAME = "page.html";

	private static final List<String> PARTS = List.of("page.css", "icon.svg", "main.js", "chart.js", "connections.js",
			"diagnosis.js", "dom.js", "endpoint.js", "facts.js", "figures.js", "frames.js", "holder.js", "loading.js",
			"phases.js", "picker.js", "reports.js", "scopes.js", "seen.js", "text.js", "values.js", "waiters.js");

	private static final Map<String, MediaType> TYPES = Map.of("html", utf8("text", "html"), "css", utf8("text", "css"),
			"js", utf8("text", "javascript"), "svg", new MediaType("image", "svg+xml"));

	private static final Map<String, String> HEADERS = Map.of("Content-Security-Policy",
			"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
					+ "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
			"X-Frame-Options", "DENY", "X-Content-Type-Options", "nosniff", HttpHeaders.CACHE_CONTROL, "no-store",
			HttpHeaders.VARY, HttpHeaders.ACCEPT);

	private final String path;

	private final File frame;

	private final List<File> parts;

	/**
	 * Create a page.
	 * @param path the path of the endpoint within the application, such as
	 * {@code /actuator/pools}
	 */
	public PoolsPage(String path) {
		this.path = Objects.requireNonNull(path, "path must not be null");
		// Relative, as a proxy may have put the endpoint elsewhere.
		String folder = path.substring(path.lastIndexOf('/') + 1) + "/page";
		this.frame = new File(path, type(FRAME), read(FRAME).replace("{page}", folder));
		this.parts = PARTS.stream().map((part) -> new File(path + "/page/" + part, type(part), read(part))).toList();
	}

	/**
	 * {@return the path of the endpoint, which is the page's own}
	 */
	public String path() {
		return this.path;
	}

	/**
	 * {@return the page itself, for those who {@link #isAskedFor(List) ask for} it}
	 */
	public File frame() {
		return this.frame;
	}

	/**
	 * {@return its style, its scripts and its icon}
	 */
	public List<File> parts() {
		return this.parts;
	}

	/**
	 * {@return the headers that go with all that is served at the path of the endpoint
	 * and below it, the JSON included}
	 */
	public Map<String, String> headers() {
		return HEADERS;
	}

	/**
	 * {@return whether somebody asks for the page, rather than for the JSON that is at
	 * the same path: as browsers do, who name its type}
	 * @param accepted the types that are accepted
	 */
	public boolean isAskedFor(List<MediaType> accepted) {
		Objects.requireNonNull(accepted, "accepted must not be null");
		double page = quality(accepted.stream().filter(MediaType.TEXT_HTML::equalsTypeAndSubtype));
		double json = quality(accepted.stream().filter(PoolsPage::isJson));
		return page > 0 && page >= json;
	}

	static Stream<ClassPathResource> resources() {
		return Stream.concat(Stream.of(FRAME), PARTS.stream()).map(PoolsPage::resource);
	}

	private static double quality(Stream<MediaType> accepted) {
		return accepted.mapToDouble(MediaType::getQualityValue).max().orElse(0);
	}

	private static boolean isJson(MediaType type) {
		return type.getSubtype().equals("json") || type.getSubtype().endsWith("+json");
	}

	private static MediaType type(String name) {
		return Objects.requireNonNull(TYPES.get(name.substring(name.lastIndexOf('.') + 1)), name);
	}

	private static MediaType utf8(String type, String subtype) {
		return new MediaType(type, subtype, StandardCharsets.UTF_8);
	}

	private static ClassPathResource resource(String name) {
		return new ClassPathResource("page/" + name, PoolsPage.class);
	}

	private static String read(String name) {
		ClassPathResource resource = resource(name);
		try {
			return resource.getContentAsString(StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Part of the page of the endpoint 'pools' cannot be read: " + resource, ex);
		}
	}

	/**
	 * A file as it is served.
	 *
	 * @param path the path within the application
	 * @param type the type of its content
	 * @param text the content
	 * @since 0.1.0
	 */
	public record File(String path, MediaType type, String text) {

		/**
		 * Create one from its facts.
		 * @param path the path within the application
		 * @param type the type of its content
		 * @param text the content
		 */
		public File {
			Objects.requireNonNull(path, "path must not be null");
			Objects.requireNonNull(type, "type must not be null");
			Objects.requireNonNull(text, "text must not be null");
		}

		/**
		 * {@return the content as it is sent}
		 */
		public byte[] content() {
			return this.text.getBytes(StandardCharsets.UTF_8);
		}

	}

}
