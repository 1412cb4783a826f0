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
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Deletes a directory and what is in it, as much of it as it can, without following
 * links. Directories that may not be read or written are made so. What others add
 * meanwhile is deleted, too, after the directory got another name under which they do not
 * find it: who adds as fast as this deletes would keep it busy without end.
 */
final class TreeDeletion extends SimpleFileVisitor<Path> {

	/**
	 * Others that add to the directory lose against so many, or it cannot be won.
	 */
	private static final int MOST_ROUNDS = 1_000;

	private static final Set<PosixFilePermission> ALL_OF_OWNER = PosixFilePermissions.fromString("rwx------");

	private final List<IOException> failures = new ArrayList<>(0);

	private boolean opened;

	private boolean onlyFilled = true;

	private final FileTime start;

	private final boolean hidden;

	private boolean outpaced;

	private TreeDeletion(FileTime start, boolean hidden) {
		this.start = start;
		this.hidden = hidden;
	}

	/**
	 * Delete a directory.
	 * @param root the directory
	 * @throws IOException the first one if something could not be deleted, with those of
	 * the rest
	 */
	static void delete(Path root) throws IOException {
		Objects.requireNonNull(root, "root must not be null");
		FileTime start = FileTime.from(Instant.now());
		boolean hidden = false;
		int rounds = 0;
		TreeDeletion round;
		do {
			round = new TreeDeletion(start, hidden);
			Files.walkFileTree(root, round);
			if (!hidden && round.isContested()) {
				root = hide(root);
				hidden = true;
			}
		}
		while (++rounds < MOST_ROUNDS && round.isWorthAnother());
		round.complete();
	}

	private void complete() throws IOException {
		if (!this.failures.isEmpty()) {
			IOException first = this.failures.get(0);
			this.failures.stream().skip(1).filter((each) -> each != first).forEach(first::addSuppressed);
			throw first;
		}
	}

	/**
	 * Move a directory out of the way of those who know it by its name.
	 * @return where it is now, which is where it was if it cannot be moved
	 */
	private static Path hide(Path directory) {
		try {
			return Files.move(directory, directory.resolveSibling(directory.getFileName() + ".deleted"));
		}
		catch (IOException ex) {
			// What cannot be deleted for it is going to be told
			return directory;
		}
	}

	private boolean isContested() {
		return this.outpaced || (!this.failures.isEmpty() && this.onlyFilled);
	}

	private boolean isWorthAnother() {
		return isContested() || (!this.failures.isEmpty() && this.opened);
	}

	@Override
	public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
		if (outpaces(attributes)) {
			return FileVisitResult.TERMINATE;
		}
		if (!Files.isWritable(directory) || !Files.isExecutable(directory)) {
			open(directory);
		}
		return FileVisitResult.CONTINUE;
	}

	@Override
	public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
		return outpaces(attributes) ? FileVisitResult.TERMINATE : deleteOne(file);
	}

	@Override
	public FileVisitResult visitFileFailed(Path file, IOException failure) {
		if (failure instanceof AccessDeniedException && Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
			this.opened |= open(file);
		}
		keep(failure);
		return FileVisitResult.CONTINUE;
	}

	@Override
	public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure) {
		if (failure != null) {
			keep(failure);
		}
		return deleteOne(directory);
	}

	private FileVisitResult deleteOne(Path path) {
		try {
			Files.deleteIfExists(path);
		}
		catch (IOException ex) {
			keep(ex);
		}
		return FileVisitResult.CONTINUE;
	}

	private boolean outpaces(BasicFileAttributes attributes) {
		this.outpaced |= !this.hidden && attributes.lastModifiedTime().compareTo(this.start) > 0;
		return this.outpaced;
	}

	private void keep(IOException failure) {
		if (!(failure instanceof NoSuchFileException)) {
			this.failures.add(failure);
			this.onlyFilled &= failure instanceof DirectoryNotEmptyException;
		}
	}

	/**
	 * Give all that is needed to the owner of a directory.
	 * @return whether that changed anything
	 */
	private static boolean open(Path directory) {
		try {
			Set<PosixFilePermission> permissions = new HashSet<>(
					Files.getPosixFilePermissions(directory, LinkOption.NOFOLLOW_LINKS));
			boolean changed = permissions.addAll(ALL_OF_OWNER);
			Files.setPosixFilePermissions(directory, permissions);
			return changed;
		}
		catch (IOException | UnsupportedOperationException ex) {
			// What cannot be deleted for it is going to be told
			return false;
		}
	}

}
