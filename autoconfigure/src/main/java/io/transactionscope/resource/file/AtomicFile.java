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

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.function.UnaryOperator;

import org.jspecify.annotations.Nullable;

/**
 * A file that is written aside, and then moved into place or discarded.
 */
final class AtomicFile {

	private static final FileAttribute<?>[] NO_ATTRIBUTES = {};

	private static final FileAttribute<?>[] OWNER_ONLY = {
			PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")) };

	private final FileTarget target;

	private final Path aside;

	private final @Nullable Backup backup;

	private AtomicFile(FileTarget target, Path aside, @Nullable Backup backup) {
		this.target = target;
		this.aside = aside;
		this.backup = backup;
	}

	/**
	 * Create an empty file beside the one that it is to replace.
	 * @param path where it is to be in the end
	 * @param backup says where the old one is to be kept, or {@code null}
	 * @return the new file, which has the owner, group and permissions of the old one
	 * @throws IOException if that cannot be, for what {@code path}, that of the backup or
	 * their directories are
	 */
	static AtomicFile beside(Path path, @Nullable UnaryOperator<Path> backup) throws IOException {
		FileTarget target = FileTarget.of(path, "the file");
		Backup kept = (backup != null) ? Backup.of(target, backup.apply(target.path())) : null;
		PosixFileAttributes attributes = attributes(target.path());
		Path aside = Files.createFile(target.aside(), (attributes != null) ? OWNER_ONLY : NO_ATTRIBUTES);
		AtomicFile file = new AtomicFile(target, aside, kept);
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
	 */
	Path aside() {
		return this.aside;
	}

	/**
	 * Close it, force it to disk and move it into place, or delete it, and let the old
	 * content stand.
	 * @param content what was written
	 * @param success which of it
	 * @throws IOException if it cannot be written, moved or deleted
	 */
	void end(NewContent<?> content, boolean success) throws IOException {
		try {
			content.end();
			if (success) {
				publish();
			}
		}
		catch (Throwable ex) {
			discardAfter(ex);
			throw ex;
		}
		if (!success) {
			Files.deleteIfExists(this.aside);
		}
	}

	private void publish() throws IOException {
		FileTarget.force(this.aside, StandardOpenOption.WRITE);
		if (this.backup != null) {
			this.backup.keep();
		}
		this.target.replaceBy(this.aside);
	}

	void discardAfter(Throwable failure) {
		FileTarget.deleteAfter(failure, this.aside);
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

}
