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
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A link to a server that can hang and break: it stands between a driver and its server,
 * and passes on what they say as long as it is well.
 */
public final class LinkProxy implements AutoCloseable {

	/** About as long as a COMMIT takes. */
	private static final long LONGEST_MOMENT = 1_000_000;

	private final int port;

	private final String targetHost;

	private final int targetPort;

	private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

	private final AtomicInteger connections = new AtomicInteger();

	/** Those that are lost, while others pass. */
	private final Set<Socket> lost = ConcurrentHashMap.newKeySet();

	private final Set<Integer> stranded = ConcurrentHashMap.newKeySet();

	private volatile ServerSocket listening;

	private boolean frozen;

	private boolean cut;

	private volatile Supplier<Fate> commits = () -> Fate.PASSED;

	private LinkProxy(ServerSocket listening, String targetHost, int targetPort) {
		this.listening = listening;
		this.port = listening.getLocalPort();
		this.targetHost = targetHost;
		this.targetPort = targetPort;
	}

	static LinkProxy to(String host, int port) {
		try {
			LinkProxy link = new LinkProxy(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), host, port);
			start(link::accept);
			return link;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	public String host() {
		return InetAddress.getLoopbackAddress().getHostAddress();
	}

	public int port() {
		return this.port;
	}

	/** How many connections were asked for so far, in vain or not. */
	public int connections() {
		return this.connections.get();
	}

	/** The ports from which the server still waits for a COMMIT, as it knows them. */
	public Set<Integer> stranded() {
		return this.stranded;
	}

	/** Keep all connections open, and pass nothing on. */
	public synchronized void freeze() {
		this.frozen = true;
	}

	/** Pass nothing on of the connections that there are, as if they were forgotten. */
	public synchronized void forget() {
		this.lost.addAll(this.sockets);
	}

	/** End all connections, and take no new ones. */
	public synchronized void cut() {
		this.cut = true;
		this.sockets.forEach(LinkProxy::close);
		notifyAll();
	}

	/** End all connections, and do not listen any more: who wants one is refused. */
	public synchronized void refuse() throws IOException {
		cut();
		this.listening.close();
	}

	/**
	 * Decide at each COMMIT what becomes of it. The driver has to send it as text, as
	 * that of PostgreSQL does with {@code prepareThreshold=0}.
	 */
	public void atCommit(Supplier<Fate> fate) {
		this.commits = fate;
	}

	/** Go on, with what was held back first. */
	public synchronized void mend() {
		this.frozen = false;
		this.cut = false;
		this.lost.clear();
		if (this.listening.isClosed()) {
			listenAgain();
		}
		notifyAll();
	}

	private void listenAgain() {
		try {
			ServerSocket again = new ServerSocket();
			again.setReuseAddress(true);
			again.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), this.port));
			this.listening = again;
			start(this::accept);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void accept() {
		ServerSocket listening = this.listening;
		while (!listening.isClosed()) {
			try {
				connect(listening.accept());
			}
			catch (IOException ex) {
				// The one that it was about is closed.
			}
		}
	}

	private synchronized void connect(Socket client) throws IOException {
		this.connections.incrementAndGet();
		if (this.cut) {
			client.close();
			return;
		}
		Socket server;
		try {
			server = new Socket(this.targetHost, this.targetPort);
		}
		catch (IOException ex) {
			client.close();
			throw ex;
		}
		for (Socket each : new Socket[] { client, server }) {
			each.setTcpNoDelay(true);
			this.sockets.add(each);
		}
		AtomicReference<Fate> fate = new AtomicReference<>(Fate.PASSED);
		start(() -> pass(client, server, (sent) -> {
			if (sent.contains("COMMIT") && !sent.contains("READ COMMITTED")) {
				fate.set(this.commits.get());
			}
			return fate.get();
		}));
		start(() -> pass(server, client, (answer) -> (fate.get() == Fate.UNANSWERED) ? Fate.LOST : Fate.PASSED));
	}

	private void pass(Socket from, Socket to, Function<String, Fate> judge) {
		byte[] buffer = new byte[8192];
		Fate fate = Fate.PASSED;
		try {
			InputStream in = from.getInputStream();
			OutputStream out = to.getOutputStream();
			for (int read = in.read(buffer); read >= 0; read = fate.isEnd() ? -1 : in.read(buffer)) {
				awaitThaw(from);
				fate = judge.apply(new String(buffer, 0, read, StandardCharsets.ISO_8859_1));
				if (fate.isPassed()) {
					out.write(buffer, 0, read);
				}
				if (fate == Fate.SNAPPED) {
					LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(LONGEST_MOMENT));
					break;
				}
			}
			awaitThaw(from);
		}
		catch (IOException ex) {
			// The other end hears of it by the close.
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		if (fate == Fate.STRANDED) {
			this.stranded.add(to.getLocalPort());
		}
		close(from);
		if (fate != Fate.STRANDED) {
			close(to);
			this.sockets.remove(from);
			this.sockets.remove(to);
		}
	}

	private synchronized void awaitThaw(Socket from) throws InterruptedException {
		while ((this.frozen || this.lost.contains(from)) && !this.cut) {
			wait();
		}
	}

	private static void start(Runnable work) {
		Thread thread = new Thread(work, "link");
		thread.setDaemon(true);
		thread.start();
	}

	private static void close(Socket socket) {
		try {
			socket.close();
		}
		catch (IOException ex) {
			// It is closed.
		}
	}

	@Override
	public void close() throws IOException {
		this.listening.close();
		cut();
	}

	/**
	 * What becomes of a COMMIT.
	 */
	public enum Fate {

		/** Nothing. */
		PASSED,

		/** It never arrives, and the link ends. */
		LOST,

		/** It never arrives, the client's end is closed, and the server waits for it. */
		STRANDED,

		/** It never arrives, and both ends wait. */
		FORGOTTEN,

		/** It is done, and the link ends before its answer arrives. */
		UNANSWERED,

		/** It is passed on, and the link ends within a moment, whatever comes of it. */
		SNAPPED;

		private boolean isPassed() {
			return this == PASSED || this == UNANSWERED || this == SNAPPED;
		}

		private boolean isEnd() {
			return this == LOST || this == STRANDED;
		}

	}

}
