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

package io.transactionscope.benchmark;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;

/**
 * Has forks that are measured side by side take turns, iteration by iteration: a machine
 * that is slower for some seconds is so for all of them, and while one has its turn, the
 * compiler can come to its end in those that wait.
 */
final class Turns implements AutoCloseable {

	private static final String PORT = "benchmarks.turns";

	/** Says that its sender wants a turn, has it, or has had it. */
	private static final int WORD = 1;

	private static @Nullable Socket connection;

	/** Who has waited longest is next. */
	private final Lock turn = new ReentrantLock(true);

	private final ServerSocket server;

	Turns() throws IOException {
		this.server = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
		start(this::receive);
	}

	/** Tells a fork where to ask. */
	String argument() {
		return "-D%s=%d".formatted(PORT, this.server.getLocalPort());
	}

	private void receive() {
		while (true) {
			try {
				Socket fork = this.server.accept();
				start(() -> serve(fork));
			}
			catch (IOException ex) {
				// Closed: all have had their turns.
				return;
			}
		}
	}

	/** Until it has ended. */
	private void serve(Socket fork) {
		try (fork) {
			while (fork.getInputStream().read() == WORD) {
				this.turn.lock();
				try {
					fork.getOutputStream().write(WORD);
					fork.getInputStream().read();
				}
				finally {
					this.turn.unlock();
				}
			}
		}
		catch (IOException ex) {
			// It has ended in the middle, which JMH reports.
		}
	}

	private static void start(Runnable task) {
		Thread thread = new Thread(task, "turns");
		thread.setDaemon(true);
		thread.start();
	}

	@Override
	public void close() throws IOException {
		this.server.close();
	}

	/** In a fork: wait for its turn, if it takes turns with others. */
	static void await() {
		Integer port = Integer.getInteger(PORT);
		if (port != null) {
			try {
				say(connection(port).getOutputStream());
				hear(connection(port).getInputStream());
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}
	}

	/** In a fork: leave the turn to the next one. */
	static void end() {
		Integer port = Integer.getInteger(PORT);
		if (port != null) {
			try {
				say(connection(port).getOutputStream());
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}
	}

	private static Socket connection(int port) throws IOException {
		Socket known = connection;
		if (known == null) {
			known = new Socket(InetAddress.getLoopbackAddress(), port);
			known.setTcpNoDelay(true);
			connection = known;
		}
		return known;
	}

	private static void say(OutputStream out) throws IOException {
		out.write(WORD);
		out.flush();
	}

	private static void hear(InputStream in) throws IOException {
		if (in.read() != WORD) {
			throw new IOException("Nobody gives turns any more");
		}
	}

}
