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
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Has forks that are measured side by side take turns, iteration by iteration: a machine
 * that is slower for some seconds is so for all of them, and while one has its turn, the
 * compiler can come to its end in those that wait.
 */
final class Turns implements AutoCloseable {

	/** Who has waited longest is next. */
	private final Lock turn = new ReentrantLock(true);

	private final ServerSocket server;

	Turns() throws IOException {
		this.server = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
		start(this::receive);
	}

	/** Tells a fork where to ask. */
	String argument() {
		return "-D%s=%d".formatted(Turn.PORT, this.server.getLocalPort());
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
			while (fork.getInputStream().read() == Turn.WORD) {
				this.turn.lock();
				try {
					fork.getOutputStream().write(Turn.WORD);
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

}
