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

package io.transactionscope.sample;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import org.jspecify.annotations.Nullable;

/**
 * What stands in front of a service: serves it below a prefix of its own, adds a content
 * security policy, and asks to log in once the session has ended.
 */
final class PageProxy implements AutoCloseable {

	private static final String PREFIX = "/admin/shop";

	private static final List<String> PASSED_ON = List.of("Content-Type", "Content-Security-Policy", "X-Frame-Options",
			"X-Content-Type-Options", "Cache-Control", "Vary");

	private static final Duration PATIENCE = Duration.ofSeconds(5);

	private final HttpClient client = HttpClient.newHttpClient();

	private final ExecutorService workers = Executors.newCachedThreadPool();

	private final HttpServer server;

	private final int target;

	private volatile Session session = Session.OPEN;

	private volatile @Nullable String lost;

	PageProxy(int target) throws IOException {
		this.target = target;
		this.server = HttpServer.create(new InetSocketAddress("localhost", 0), 0);
		this.server.setExecutor(this.workers);
		this.server.createContext("/", this::answer);
		this.server.start();
	}

	String url(String path) {
		return "http://localhost:" + this.server.getAddress().getPort() + PREFIX + path;
	}

	void session(Session session) {
		this.session = session;
	}

	/** Let a part of the page not arrive, or none if it is null. */
	void lose(@Nullable String part) {
		this.lost = part;
	}

	private void answer(HttpExchange exchange) throws IOException {
		try (exchange) {
			exchange.getResponseHeaders().add("Content-Security-Policy", "default-src 'self'");
			String path = exchange.getRequestURI().getRawPath();
			if (path.equals("/login")) {
				send(exchange, 200, "text/html",
						"<title>Log in</title><h1>Log in</h1>".getBytes(StandardCharsets.UTF_8));
			}
			else if (this.session == Session.OPEN) {
				passOn(exchange, path);
			}
			else {
				this.session.end(exchange);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private void passOn(HttpExchange exchange, String path) throws IOException, InterruptedException {
		if (!path.startsWith(PREFIX)) {
			send(exchange, 404, "text/plain", new byte[0]);
			return;
		}
		String lost = this.lost;
		if (lost != null && path.endsWith("/" + lost)) {
			send(exchange, 504, "text/plain", new byte[0]);
			return;
		}
		String query = exchange.getRequestURI().getRawQuery();
		URI uri = URI.create("http://localhost:" + this.target + path.substring(PREFIX.length())
				+ ((query != null) ? "?" + query : ""));
		HttpRequest request = HttpRequest.newBuilder(uri)
			.header("Accept", String.join(",", exchange.getRequestHeaders().get("Accept")))
			.timeout(PATIENCE)
			.build();
		HttpResponse<byte[]> response;
		try {
			response = this.client.send(request, HttpResponse.BodyHandlers.ofByteArray());
		}
		catch (IOException ex) {
			send(exchange, 502, "text/plain", ex.toString().getBytes(StandardCharsets.UTF_8));
			return;
		}
		PASSED_ON.forEach((name) -> response.headers()
			.allValues(name)
			.forEach((value) -> exchange.getResponseHeaders().add(name, value)));
		send(exchange, response.statusCode(), null, response.body());
	}

	private static void send(HttpExchange exchange, int status, @Nullable String type, byte[] body) throws IOException {
		if (type != null) {
			exchange.getResponseHeaders().add("Content-Type", type);
		}
		exchange.sendResponseHeaders(status, (body.length > 0) ? body.length : -1);
		if (body.length > 0) {
			exchange.getResponseBody().write(body);
		}
	}

	@Override
	public void close() {
		this.server.stop(0);
		this.workers.shutdownNow();
	}

	/**
	 * What becomes of who asks.
	 */
	enum Session {

		OPEN {

			@Override
			void end(HttpExchange exchange) {
				throw new IllegalStateException("It has not ended.");
			}

		},

		UNAUTHORIZED {

			@Override
			void end(HttpExchange exchange) throws IOException {
				send(exchange, 401, "text/plain", new byte[0]);
			}

		},

		FORBIDDEN {

			@Override
			void end(HttpExchange exchange) throws IOException {
				send(exchange, 403, "text/plain", new byte[0]);
			}

		},

		REDIRECTED {

			@Override
			void end(HttpExchange exchange) throws IOException {
				exchange.getResponseHeaders().add("Location", "/login");
				send(exchange, 302, "text/plain", new byte[0]);
			}

		},

		A_PAGE {

			@Override
			void end(HttpExchange exchange) throws IOException {
				send(exchange, 200, "text/html", "<h1>Log in</h1>".getBytes(StandardCharsets.UTF_8));
			}

		};

		abstract void end(HttpExchange exchange) throws IOException;

	}

}
