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

package io.transactionscope.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import org.jspecify.annotations.Nullable;

import static org.awaitility.Awaitility.await;

/**
 * The Redis of the tests: the server that the machine has installed, empty, in memory
 * only, started by the first test that asks for it and stopped with the JVM.
 * <p>
 * Where none is installed, the tests do without it;
 * {@code -Dtransaction-scope.test.redis=required} fails them instead.
 */
public final class RedisServer {

	private static final InstalledProgram PROGRAM = new InstalledProgram("redis-server",
			"transaction-scope.test.redis");

	private static final String HOST = "127.0.0.1";

	private static @Nullable RedisServer running;

	private final int port;

	private RedisServer(int port) {
		this.port = port;
	}

	/** Whether there is one to be started. */
	public static boolean isInstalled() {
		return PROGRAM.isInstalled();
	}

	public static synchronized RedisServer running() {
		RedisServer server = running;
		if (server == null) {
			server = start();
			running = server;
		}
		return server;
	}

	public String host() {
		return HOST;
	}

	public int port() {
		return this.port;
	}

	/** A link to it that can be frozen and cut. */
	public LinkProxy link() {
		return LinkProxy.to(HOST, this.port);
	}

	private static RedisServer start() {
		try {
			Path home = Files.createTempDirectory("redis");
			int port = InstalledProgram.freePort();
			Process process = PROGRAM.start(home, "--bind", HOST, "--port", String.valueOf(port), "--save", "",
					"--appendonly", "no", "--daemonize", "no");
			await().atMost(Duration.ofMinutes(1)).until(() -> process.isAlive() && listens(port));
			return new RedisServer(port);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static boolean listens(int port) {
		try (Socket socket = new Socket()) {
			socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
			return true;
		}
		catch (IOException ex) {
			return false;
		}
	}

}
