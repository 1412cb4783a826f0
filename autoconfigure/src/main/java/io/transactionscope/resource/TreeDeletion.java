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
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Deletes a directory and what is in it, as much of it as it can, without following
 * links.
 */
final class TreeDeletion extends SimpleFileVisitor<Path> {

	private final List<Throwable> failures = new ArrayList<>(0);

	static void delete(Path root) throws IOException {
		TreeDeletion deletion = new TreeDeletion();
		Files.walkFileTree(root, deletion);
		Throwable failure = Failures.join(deletion.failures);
		if (failure != null) {
			throw Failures.rethrow(failure);
		}
	}

	@Override
	public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
		return deleteOne(file);
	}

	@Override
	public FileVisitResult visitFileFailed(Path file, IOException failure) {
		if (!(failure instanceof NoSuchFileException)) {
			this.failures.add(failure);
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
			this.failures.add(ex);
		}
		return FileVisitResult.CONTINUE;
	}

}
