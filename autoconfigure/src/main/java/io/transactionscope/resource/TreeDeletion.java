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

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

import org.jspecify.annotations.Nullable;

/**
 * Deletes a directory and what is in it, as much of it as it can, without following
 * links.
 */
final class TreeDeletion extends SimpleFileVisitor<Path> {

	private @Nullable Throwable failure;

	static void delete(Path root) throws IOException {
		TreeDeletion deletion = new TreeDeletion();
		Files.walkFileTree(root, deletion);
		if (deletion.failure != null) {
			throw Failures.rethrow(deletion.failure);
		}
	}

	@Override
	public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
		return deleteOne(file);
	}

	@Override
	public FileVisitResult visitFileFailed(Path file, IOException failure) {
		if (!(failure instanceof NoSuchFileException)) {
			this.failure = Failures.join(this.failure, failure);
		}
		return FileVisitResult.CONTINUE;
	}

	@Override
	public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure) {
		if (failure != null) {
			visitFileFailed(directory, failure);
		}
		return deleteOne(directory);
	}

	private FileVisitResult deleteOne(Path path) {
		try {
			Files.deleteIfExists(path);
		}
		catch (IOException ex) {
			this.failure = Failures.join(this.failure, ex);
		}
		return FileVisitResult.CONTINUE;
	}

}
