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
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.springframework.util.FileSystemUtils;

/**
 * A server that the machine may have installed.
 *
 * @param name its program
 * @param property which says {@code required} where it has to be there
 */
record InstalledProgram(String name, String property) {

	/** Whether there is one to be started. */
	boolean isInstalled() {
		boolean installed = places().anyMatch(Files::isExecutable);
		if (!installed && "required".equals(System.getProperty(this.property))) {
			throw new IllegalStateException("No %s in %s: install Debian's package of it, or leave out -D%s=required."
				.formatted(this.name, places().toList(), this.property));
		}
		return installed;
	}

	/** Start it, until the JVM ends. */
	Process start(Path home, String... arguments) throws IOException {
		System.out.println(this.name + " of the tests: the installed server");
		List<String> command = new ArrayList<>();
		command.add(path());
		command.addAll(List.of(arguments));
		Process process = new ProcessBuilder(command).directory(home.toFile())
			.redirectErrorStream(true)
			.redirectOutput(home.resolve("server.log").toFile())
			.start();
		Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(process, home)));
		return process;
	}

	String path() {
		return places().filter(Files::isExecutable).findFirst().orElseThrow().toString();
	}

	static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0)) {
			return socket.getLocalPort();
		}
	}

	private Stream<Path> places() {
		return Stream.of("/usr/sbin", "/usr/bin", "/usr/local/bin").map((place) -> Path.of(place, this.name));
	}

	private static void stop(Process process, Path home) {
		process.destroy();
		try {
			if (!process.waitFor(10, TimeUnit.SECONDS)) {
				process.destroyForcibly();
			}
			FileSystemUtils.deleteRecursively(home);
		}
		catch (InterruptedException | IOException ex) {
			process.destroyForcibly();
		}
	}

}
