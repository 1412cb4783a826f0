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

package io.transactionscope.resource;

import java.io.File;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A file that is written aside and moved into place if its scope succeeds.
 *
 * @param path where it is to be
 */
record AtomicFile(Path path) implements Resource<Path> {

	@Override
	public Held<Path> acquire() throws IOException {
		Path target = Files.exists(this.path) ? this.path.toRealPath() : this.path.toAbsolutePath();
		if (Files.isDirectory(target)) {
			throw new FileSystemException(target.toString(), null,
					"is a directory: give the path of the file that is to be written");
		}
		Path aside = target.resolveSibling(".atomic-" + random() + ".tmp");
		Files.createFile(aside);
		try {
			copyPermissions(target, aside);
			return Held.of(aside, (outcome) -> {
				if (outcome.isSuccess()) {
					publish(aside, target);
				}
				else {
					Files.deleteIfExists(aside);
				}
			});
		}
		catch (Throwable ex) {
			throw discard(aside, ex);
		}
	}

	private static void publish(Path aside, Path target) {
		try {
			force(aside, StandardOpenOption.WRITE);
			Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
			if (File.separatorChar == '/') {
				// Windows cannot open a directory, and needs no force to keep its entries
				force(target.resolveSibling(""), StandardOpenOption.READ);
			}
		}
		catch (Throwable ex) {
			throw discard(aside, ex);
		}
	}

	/**
	 * Force to disk, also on a thread that is interrupted.
	 */
	private static void force(Path path, OpenOption access) throws IOException {
		boolean interrupted = false;
		try {
			while (true) {
				try (FileChannel channel = FileChannel.open(path, access)) {
					channel.force(true);
					return;
				}
				catch (ClosedByInterruptException ex) {
					interrupted = Thread.interrupted();
				}
			}
		}
		finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	private static void copyPermissions(Path from, Path to) throws IOException {
		PosixFileAttributeView source = Files.getFileAttributeView(from, PosixFileAttributeView.class);
		if (source != null && Files.exists(from)) {
			Files.setPosixFilePermissions(to, source.readAttributes().permissions());
		}
	}

	private static RuntimeException discard(Path aside, Throwable failure) {
		try {
			Files.deleteIfExists(aside);
		}
		catch (IOException ex) {
			Failures.suppress(failure, ex);
		}
		throw Failures.rethrow(failure);
	}

	private static String random() {
		return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
	}

}
