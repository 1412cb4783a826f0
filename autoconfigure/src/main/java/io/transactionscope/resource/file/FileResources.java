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

import java.io.BufferedWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

import io.transactionscope.resource.Resource;

/**
 * Files and directories that are there while a scope lasts, or because it succeeded.
 *
 * <pre class="code">
 * ResourceScope.run((scope) -&gt; {
 *     Path scratch = scope.enter(FileResources.tempDirectory());
 *     Writer report = scope.enter(FileResources.atomicWriter(target));
 *     report.write(summary(scratch));
 * });
 * </pre>
 *
 * <p>
 * What is made here may be kept in a field and shared between threads.
 *
 * @since 0.1.0
 */
public final class FileResources {

	private FileResources() {
	}

	/**
	 * Replace a file as a whole, or not at all. The resource's value is an empty file in
	 * the same directory, to be written and closed by the body. If the scope succeeds it
	 * is forced to disk and moved into place; otherwise, also if a transaction is in
	 * doubt, it is deleted, and the old content stands.
	 * <p>
	 * At no time, not even when the machine is switched off, is there anything else at
	 * the path than the whole old or the whole new content. A process that is killed may
	 * leave a file named {@code .atomic-*.tmp} behind.
	 * <p>
	 * Symbolic links are followed, also to a file that is not there yet. The owner, the
	 * group and the permissions of the old file are kept. Of several scopes that replace
	 * the same file the last one to end wins.
	 * @param path the file, which need not exist; its directory must
	 * @return a resource that can keep the old content, too. Its entry throws
	 * {@link java.io.IOException} if the directory cannot be written, if the new file
	 * cannot be given to whom the old one belongs, or if there cannot be a file at the
	 * path, or is anything else, such as a device
	 * @see #atomicWriter(Path)
	 */
	public static AtomicReplacement<Path> atomicFile(Path path) {
		return new AtomicReplacement<>(path, NewContent.OfBody::new);
	}

	/**
	 * Write a text in UTF-8 that replaces a file as a whole, or not at all, see
	 * {@link #atomicWriter(Path, Charset)}.
	 * @param path the file, which need not exist; its directory must
	 * @return a resource whose value is a writer, and which can keep the old content, too
	 */
	public static AtomicReplacement<BufferedWriter> atomicWriter(Path path) {
		return atomicWriter(path, StandardCharsets.UTF_8);
	}

	/**
	 * Write a text that replaces a file as a whole, or not at all: under the rules of
	 * {@link #atomicFile(Path)}, with a writer at once. If the scope succeeds, the writer
	 * is closed before the file is forced to disk and moved into place; the body need not
	 * flush it, and may close it.
	 * <p>
	 * If anything cannot be written, the old content stands, and the scope fails with the
	 * {@link java.io.IOException}: also if the body has caught it, or has not seen it as
	 * behind a {@link java.io.PrintWriter}, and if it is only that a character cannot be
	 * encoded.
	 * @param path the file, which need not exist; its directory must
	 * @param charset the encoding
	 * @return a resource whose value is a writer, and which can keep the old content, too
	 */
	public static AtomicReplacement<BufferedWriter> atomicWriter(Path path, Charset charset) {
		Objects.requireNonNull(path, "path must not be null");
		Objects.requireNonNull(charset, "charset must not be null");
		if (!charset.canEncode()) {
			throw new IllegalArgumentException(
					"Invalid charset (%s): it can only be read, give one that can be written".formatted(charset));
		}
		return new AtomicReplacement<>(path, (aside) -> WholeText.open(aside, charset));
	}

	/**
	 * Have a new directory in the system's place for temporary files. It is deleted at
	 * the end with all that is in it, be it read-only, or still written to by another
	 * thread; links in it are, and not what they lead to.
	 * @return a resource whose value is the directory
	 */
	public static Resource<Path> tempDirectory() {
		return Resource.of(() -> Files.createTempDirectory("scope-"), (path, outcome) -> TreeDeletion.delete(path));
	}

	/**
	 * Have a new empty file in the system's place for temporary files. It is deleted at
	 * the end, if it is still there.
	 * @return a resource whose value is the file
	 */
	public static Resource<Path> tempFile() {
		return tempFile(".tmp");
	}

	/**
	 * Have a new empty file in the system's place for temporary files. It is deleted at
	 * the end, if it is still there.
	 * @param suffix how its name is to end, such as {@code ".csv"}
	 * @return a resource whose value is the file
	 */
	public static Resource<Path> tempFile(String suffix) {
		Objects.requireNonNull(suffix, "suffix must not be null");
		return Resource.of(() -> Files.createTempFile("scope-", suffix), (path, outcome) -> Files.deleteIfExists(path));
	}

}
