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
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;

import org.jspecify.annotations.Nullable;

/**
 * A file that is written aside, and then moved into place or discarded.
 */
final class AtomicFile {

	/**
	 * What Linux follows in one path.
	 */
	private static final int MOST_LINKS = 40;

	private static final FileAttribute<?>[] NO_ATTRIBUTES = {};

	private static final FileAttribute<?>[] OWNER_ONLY = {
			PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")) };

	private final Path target;

	private final Path aside;

	private AtomicFile(Path target, Path aside) {
		this.target = target;
		this.aside = aside;
	}

	/**
	 * Create an empty file beside the one that it is to replace.
	 * @param path where it is to be in the end
	 * @return the new file, which has the owner, group and permissions of the old one
	 * @throws IOException if that cannot be, for what {@code path} or its directory is
	 */
	static AtomicFile beside(Path path) throws IOException {
		Objects.requireNonNull(path, "path must not be null");
		Path target = target(path);
		Path aside = target.resolveSibling(".atomic-" + random() + ".tmp");
		PosixFileAttributes attributes = attributes(target);
		Files.createFile(aside, (attributes != null) ? OWNER_ONLY : NO_ATTRIBUTES);
		AtomicFile file = new AtomicFile(target, aside);
		try {
			if (attributes != null) {
				copy(attributes, aside);
			}
			return file;
		}
		catch (Throwable ex) {
			file.discardAfter(ex);
			throw ex;
		}
	}

	/**
	 * Return where it is to be written.
	 * @return the file aside
	 */
	Path aside() {
		return this.aside;
	}

	/**
	 * Return the file that the path leads to, which need not exist.
	 */
	private static Path target(Path path) throws IOException {
		if (Files.exists(path)) {
			checkRegular(path, Files.readAttributes(path, BasicFileAttributes.class));
			return path.toRealPath();
		}
		Path target = path.toAbsolutePath();
		for (int links = 0; Files.isSymbolicLink(target); links++) {
			if (links == MOST_LINKS) {
				throw new FileSystemLoopException(path.toString());
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

	/**
	 * Force it to disk and move it into place, or delete it, and let the old content
	 * stand.
	 * @param success which of it
	 * @throws IOException if it cannot be written, moved or deleted
	 */
	void end(boolean success) throws IOException {
		if (success) {
			publish();
		}
		else {
			discard();
		}
	}

	private void publish() throws IOException {
		try {
			force(this.aside, StandardOpenOption.WRITE);
			Files.move(this.aside, this.target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
			if (File.separatorChar == '/' && this.target.getFileSystem() == FileSystems.getDefault()) {
				// Windows and archives cannot open a directory, and need no force to keep
				// its entries
				force(this.target.resolveSibling(""), StandardOpenOption.READ);
			}
		}
		catch (Throwable ex) {
			discardAfter(ex);
			throw ex;
		}
	}

	private void discard() throws IOException {
		Files.deleteIfExists(this.aside);
	}

	private void discardAfter(Throwable failure) {
		try {
			discard();
		}
		catch (IOException ex) {
			failure.addSuppressed(ex);
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

	private static String random() {
		return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
	}

}
