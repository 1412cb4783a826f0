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

package io.transactionscope.arrangement;

import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.util.ClassUtils;

/**
 * An application with its web server, and what can be seen of it.
 */
class RunningApplication implements AutoCloseable {

	private static final HttpClient HTTP = HttpClient.newHttpClient();

	private static final JsonMapper JSON = JsonMapper.builder()
		.enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
		.build();

	private final ServletWebServerApplicationContext context;

	private RunningApplication(ConfigurableApplicationContext context) {
		this.context = (ServletWebServerApplicationContext) context;
	}

	/**
	 * Run an application without anything of ours.
	 */
	static RunningApplication without(Class<?> type, String... settings) throws IOException {
		return new RunningApplication(
				builder(type, settings).properties("spring.autoconfigure.exclude=" + ours()).run());
	}

	/**
	 * Run an application with the starter.
	 */
	static RunningApplication with(Class<?> type, String... settings) {
		return new RunningApplication(builder(type, settings).run());
	}

	private static SpringApplicationBuilder builder(Class<?> type, String... settings) {
		return new SpringApplicationBuilder(type).properties("server.port=0", "spring.jmx.enabled=true",
				"spring.main.banner-mode=off", "management.endpoints.web.exposure.include=health,configprops",
				"management.endpoint.configprops.show-values=always", "management.endpoint.health.show-details=always")
			.properties(settings);
	}

	private static String ours() throws IOException {
		String list = "META-INF/spring/org.springframework.boot.autoconfigure.AutoConfiguration.imports";
		try (InputStream imports = RunningApplication.class.getModule().getResourceAsStream(list)) {
			return new String(imports.readAllBytes(), StandardCharsets.UTF_8).lines().collect(Collectors.joining(","));
		}
	}

	ConfigurableApplicationContext context() {
		return this.context;
	}

	/**
	 * Return what is answered to a request.
	 * @param request method and path
	 */
	String ask(String request) throws Exception {
		int space = request.indexOf(' ');
		int port = Objects.requireNonNull(this.context.getWebServer()).getPort();
		URI uri = URI.create("http://localhost:" + port + request.substring(space + 1));
		var response = HTTP.send(
				HttpRequest.newBuilder(uri).method(request.substring(0, space), BodyPublishers.noBody()).build(),
				BodyHandlers.ofString());
		return response.statusCode() + " "
				+ (response.body().startsWith("{") ? inOrder(response.body()) : response.body());
	}

	/** Without what differs each time, as the order in which the JDK tells of methods. */
	private static String inOrder(String json) {
		// Boot shows a property that can only be read if its type is of the same package
		// as the bean's.
		return JSON.writeValueAsString(JSON.readValue(json, Object.class))
			.replaceAll("\"timestamp\":\"[^\"]*\"", "\"timestamp\":\"then\"")
			.replace("\"hikariPoolMXBean\":{},", "");
	}

	/**
	 * Return the classes of all beans by their names, without what proxies add, and
	 * without those that nobody should know any more.
	 */
	Map<String, Class<?>> beans() {
		Map<String, Class<?>> beans = new TreeMap<>();
		for (String name : this.context.getBeanDefinitionNames()) {
			if (this.context.getBeanFactory().containsSingleton(name)) {
				beans.put(name, ClassUtils.getUserClass(this.context.getBean(name)));
			}
		}
		beans.values().removeIf((type) -> type.isAnnotationPresent(Deprecated.class));
		return beans;
	}

	Set<String> managedBeans() {
		return ManagementFactory.getPlatformMBeanServer()
			.queryNames(null, null)
			.stream()
			.map(Object::toString)
			.filter((name) -> name.contains("hikari") || name.contains("springframework"))
			.map((name) -> name.replaceAll("@?[0-9a-f]{6,}", "@"))
			.collect(Collectors.toCollection(TreeSet::new));
	}

	@Override
	public void close() {
		this.context.close();
	}

}
