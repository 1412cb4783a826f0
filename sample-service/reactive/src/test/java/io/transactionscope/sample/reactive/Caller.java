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

package io.transactionscope.sample.reactive;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Writer;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A client on a bare socket, which can hang up at any moment.
 */
final class Caller implements AutoCloseable {

	private final Socket socket;

	private final OutputStream out;

	private final BufferedReader in;

	Caller(int port) throws IOException {
		this.socket = new Socket("localhost", port);
		this.socket.setSoTimeout(20_000);
		this.out = this.socket.getOutputStream();
		this.in = new BufferedReader(new InputStreamReader(this.socket.getInputStream(), StandardCharsets.UTF_8));
	}

	/** A request as a whole. */
	void post(String uri, String json) throws IOException {
		send("""
				POST %s HTTP/1.1\r
				Host: localhost\r
				Content-Type: application/json\r
				Content-Length: %d\r
				\r
				%s""".formatted(uri, json.length(), json));
	}

	/** A request whose body comes line by line. */
	void postLines(String uri) throws IOException {
		send("""
				POST %s HTTP/1.1\r
				Host: localhost\r
				Content-Type: application/x-ndjson\r
				Accept: text/event-stream\r
				Transfer-Encoding: chunked\r
				\r
				""".formatted(uri));
	}

	void sendLine(String json) throws IOException {
		send("%x\r\n%s\n\r\n".formatted(json.length() + 1, json));
	}

	void endLines() throws IOException {
		send("0\r\n\r\n");
	}

	private void send(String text) throws IOException {
		this.out.write(text.getBytes(StandardCharsets.UTF_8));
		this.out.flush();
	}

	/** Read on until a line says so. */
	void awaitLine(String expected) throws IOException {
		StringBuilder received = new StringBuilder();
		String line = this.in.readLine();
		while (line != null && !line.equals(expected)) {
			received.append(line).append('\n');
			line = this.in.readLine();
		}
		assertThat(line).as("after %s", received).isEqualTo(expected);
	}

	/** Hang up, and return once the server has seen that. */
	void hangUp() throws IOException {
		this.socket.shutdownOutput();
		this.in.transferTo(Writer.nullWriter());
	}

	/** Hang up. */
	@Override
	public void close() throws IOException {
		this.socket.close();
	}

}
