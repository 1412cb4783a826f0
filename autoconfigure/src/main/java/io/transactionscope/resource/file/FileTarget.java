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

package io.transactionscope.resource.file;

import java.io.File;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A file that need not exist, and is to be replaced as a whole.
 *
 * @param path where it is, with no link at its end
 */
record FileTarget(Path path) {

	/**
	 * What Linux follows in one path.
	 */
	private static final int MOST_LINKS = 40;

	/**
	 * Return the file that a path leads to.
	 * @param path the path
	 * @param what what to call the file in a message
	 * @throws IOException if there cannot be one, for what is at the path or on its way
	 */
	static FileTarget of(Path path, String what) throws IOException {
		if (Files.exists(path)) {
			checkRegular(path, Files.readAttributes(path, BasicFileAttributes.class));
			return new FileTarget(path.toRealPath());
		}
		Path target = path.toAbsolutePath();
		for (int links = 0; Files.isSymbolicLink(target); links++) {
			if (links == MOST_LINKS) {
				throw new FileSystemLoopException(path.toString());
			}
			target = target.resolveSibling(Files.readSymbolicLink(target));
		}
		FileTarget file = new FileTarget(target);
		file.checkPossible(what);
		return file;
	}

	/**
	 * Find out at once what a move would fail with, such as a name that is too long.
	 */
	private void checkPossible(String what) throws IOException {
		try {
			Files.readAttributes(this.path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
		}
		catch (NoSuchFileException ex) {
			if (!Files.isDirectory(directory())) {
				throw new NoSuchFileException(this.path.toString(), null,
						"there is no directory for " + what + " to be in");
			}
		}
	}

	private static void checkRegular(Path path, BasicFileAttributes attributes) throws FileSystemException {
		if (attributes.isDirectory()) {
			throw new FileSystemException(path.toString(), null,
					"is a directory: give the path of the file that is to be written");
		}
		if (!attributes.isRegularFile()) {
			throw new FileSystemException(path.toString(), null,
					"is a device, a pipe or a socket, which a file cannot replace: write to it directly");
		}
	}

	/**
	 * Return where to write what it is to be replaced by: in the same directory.
	 */
	Path aside() {
		return this.path.resolveSibling(".atomic-" + random() + ".tmp");
	}

	Path directory() {
		return this.path.resolveSibling("");
	}

	/**
	 * Move a file into place, and force that to disk.
	 * @param aside the file, which is in the same directory and on disk
	 */
	void replaceBy(Path aside) throws IOException {
		Files.move(aside, this.path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
		if (File.separatorChar == '/' && this.path.getFileSystem() == FileSystems.getDefault()) {
			// Windows and archives cannot open a directory, and need no force to keep
			// its entries
			force(directory(), StandardOpenOption.READ);
		}
	}

	/**
	 * Force to disk, also on a thread that is interrupted.
	 */
	static void force(Path path, OpenOption access) throws IOException {
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

	static void deleteAfter(Throwable failure, Path path) {
		try {
			Files.deleteIfExists(path);
		}
		catch (IOException ex) {
			failure.addSuppressed(ex);
		}
	}

	private static String random() {
		return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
	}

}
