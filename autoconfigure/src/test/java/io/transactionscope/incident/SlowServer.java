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

package io.transactionscope.incident;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

/**
 * Another service, whose answer to {@code /slow} is waited for until it is told to give
 * it.
 */
public final class SlowServer implements AutoCloseable {

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private final AtomicInteger calls = new AtomicInteger();

	private final HttpServer server;

	private volatile CountDownLatch answer = new CountDownLatch(1);

	public SlowServer() throws IOException {
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.server.setExecutor(this.threads);
		this.server.createContext("/slow", this::answerLate);
		this.server.createContext("/fast", this::answer);
		this.server.start();
	}

	private void answerLate(HttpExchange exchange) throws IOException {
		CountDownLatch answer = this.answer;
		this.calls.incrementAndGet();
		try {
			answer.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		respond(exchange);
	}

	private void answer(HttpExchange exchange) throws IOException {
		this.calls.incrementAndGet();
		respond(exchange);
	}

	private static void respond(HttpExchange exchange) throws IOException {
		exchange.getRequestBody().readAllBytes();
		exchange.sendResponseHeaders(204, -1);
	}

	public String url(String path) {
		return "http://localhost:" + this.server.getAddress().getPort() + path;
	}

	public int calls() {
		return this.calls.get();
	}

	/** Let those wait who call from now on. */
	public void keepWaiting() {
		this.answer = new CountDownLatch(1);
	}

	/** Answer all who have been waiting, and those who come. */
	public void answer() {
		this.answer.countDown();
	}

	@Override
	public void close() {
		answer();
		this.server.stop(0);
		this.threads.shutdownNow();
	}

}
