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
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

import org.jspecify.annotations.Nullable;

/**
 * A file that is written aside and moved into place if its scope succeeds.
 *
 * @param path where it is to be
 */
record AtomicFile(Path path) implements Resource<Path> {

	/**
	 * What Linux follows in one path.
	 */
	private static final int MOST_LINKS = 40;

	private static final FileAttribute<?>[] NO_ATTRIBUTES = {};

	private static final FileAttribute<?>[] OWNER_ONLY = {
			PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")) };

	@Override
	public Held<Path> acquire() throws IOException {
		Path target = target();
		Path aside = target.resolveSibling(".atomic-" + random() + ".tmp");
		PosixFileAttributes attributes = attributes(target);
		Files.createFile(aside, (attributes != null) ? OWNER_ONLY : NO_ATTRIBUTES);
		try {
			if (attributes != null) {
				copy(attributes, aside);
			}
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

	/**
	 * Return the file that the path leads to, which need not exist.
	 */
	private Path target() throws IOException {
		if (Files.exists(this.path)) {
			checkRegular(this.path, Files.readAttributes(this.path, BasicFileAttributes.class));
			return this.path.toRealPath();
		}
		Path target = this.path.toAbsolutePath();
		for (int links = 0; Files.isSymbolicLink(target); links++) {
			if (links == MOST_LINKS) {
				throw new FileSystemLoopException(this.path.toString());
			}
			target = target.resolveSibling(Files.readSymbolicLink(target));
		}
		return target;
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

	private static void publish(Path aside, Path target) {
		try {
			force(aside, StandardOpenOption.WRITE);
			Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
			if (File.separatorChar == '/' && target.getFileSystem() == FileSystems.getDefault()) {
				// Windows and archives cannot open a directory, and need no force to keep
				// its entries
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

	private static @Nullable PosixFileAttributes attributes(Path target) throws IOException {
		PosixFileAttributeView view = Files.getFileAttributeView(target, PosixFileAttributeView.class);
		return (view != null && Files.exists(target)) ? view.readAttributes() : null;
	}

	private static void copy(PosixFileAttributes attributes, Path aside) throws IOException {
		PosixFileAttributeView view = Files.getFileAttributeView(aside, PosixFileAttributeView.class);
		PosixFileAttributes own = view.readAttributes();
		try {
			if (!attributes.group().equals(own.group())) {
				view.setGroup(attributes.group());
			}
			if (!attributes.owner().equals(own.owner())) {
				view.setOwner(attributes.owner());
			}
		}
		catch (IOException ex) {
			FileSystemException refused = new FileSystemException(aside.toString(), null,
					"cannot be given to %s:%s, to whom the file belongs that it is to replace: let them write it, or delete that file"
						.formatted(attributes.owner(), attributes.group()));
			refused.initCause(ex);
			throw refused;
		}
		// Last, as a change of the owner may take some of them away
		view.setPermissions(attributes.permissions());
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
