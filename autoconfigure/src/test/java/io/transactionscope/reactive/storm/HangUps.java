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

package io.transactionscope.reactive.storm;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients of a server, most of which hang up at random: at once, while they wait, in the
 * middle of what they get.
 */
final class HangUps {

	private static final int CLIENTS = 12;

	private static final long LONGEST_WAIT = TimeUnit.MILLISECONDS.toNanos(5);

	private static final Duration LONGEST_ANSWER = Duration.ofSeconds(20);

	private final int port;

	private final List<String> paths;

	private final AtomicInteger answered = new AtomicInteger();

	private final AtomicInteger hungUp = new AtomicInteger();

	private final AtomicInteger failed = new AtomicInteger();

	HangUps(int port, List<String> paths) {
		this.port = port;
		this.paths = paths;
	}

	/** How many have had their whole answer. */
	int answered() {
		return this.answered.get();
	}

	int hungUp() {
		return this.hungUp.get();
	}

	/** How many had no answer in time, or none at all, although they waited for it. */
	int failed() {
		return this.failed.get();
	}

	/** Have them come and go for so long. */
	void keepOn(Duration duration) {
		long end = System.nanoTime() + duration.toNanos();
		SplittableRandom random = new SplittableRandom(Storm.SEED);
		List<Thread> clients = new ArrayList<>();
		for (int i = 0; i < CLIENTS; i++) {
			SplittableRandom own = random.split();
			Thread client = new Thread(() -> {
				while (System.nanoTime() < end) {
					come(own);
				}
			}, "client-" + i);
			client.start();
			clients.add(client);
		}
		for (Thread client : clients) {
			try {
				client.join();
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		}
	}

	private void come(SplittableRandom random) {
		String path = this.paths.get(random.nextInt(this.paths.size()));
		boolean stays = random.nextInt(5) == 0;
		try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), this.port)) {
			socket.setTcpNoDelay(true);
			socket.setSoTimeout((int) LONGEST_ANSWER.toMillis());
			socket.getOutputStream().write(("GET " + path + """
					 HTTP/1.1
					Host: localhost
					Connection: close

					""").replace("\n", "\r\n").getBytes(StandardCharsets.US_ASCII));
			if (stays) {
				readAll(socket.getInputStream());
				return;
			}
			if (random.nextBoolean()) {
				LockSupport.parkNanos(random.nextLong(LONGEST_WAIT));
			}
			else {
				socket.getInputStream().readNBytes(random.nextInt(300));
			}
			if (random.nextBoolean()) {
				socket.setSoLinger(true, 0);
			}
			this.hungUp.incrementAndGet();
		}
		catch (IOException ex) {
			if (stays) {
				this.failed.incrementAndGet();
			}
		}
	}

	private void readAll(InputStream answer) throws IOException {
		boolean whole = new String(answer.readAllBytes(), StandardCharsets.UTF_8).startsWith("HTTP/1.1 200");
		(whole ? this.answered : this.failed).incrementAndGet();
	}

}
