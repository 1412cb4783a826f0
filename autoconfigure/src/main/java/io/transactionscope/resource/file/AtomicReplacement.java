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
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.UnaryOperator;

import io.transactionscope.resource.Held;
import io.transactionscope.resource.Resource;
import org.jspecify.annotations.Nullable;

/**
 * Replaces a file as a whole, or not at all. Immutable.
 *
 * <pre class="code">
 * Writer report = scope.enter(FileResources.atomicWriter(path).withBackup());
 * </pre>
 *
 * @param <T> the type of what the new content is written to
 * @see FileResources#atomicFile(Path)
 * @see FileResources#atomicWriter(Path)
 * @since 0.1.0
 */
public final class AtomicReplacement<T> implements Resource<T> {

	private final Path path;

	private final NewContent.Opening<T> opening;

	private final @Nullable UnaryOperator<Path> backup;

	AtomicReplacement(Path path, NewContent.Opening<T> opening) {
		this(Objects.requireNonNull(path, "path must not be null"), opening, null);
	}

	private AtomicReplacement(Path path, NewContent.Opening<T> opening, @Nullable UnaryOperator<Path> backup) {
		this.path = path;
		this.opening = opening;
		this.backup = backup;
	}

	/**
	 * Return one that keeps the old content in a file with the same name and the suffix
	 * {@code .bak}, in the same directory. If the path is a symbolic link, it is the file
	 * where it leads to that has the name and the directory.
	 * @return the other one
	 * @see #withBackup(Path)
	 */
	public AtomicReplacement<T> withBackup() {
		return new AtomicReplacement<>(this.path, this.opening,
				(file) -> file.resolveSibling(file.getFileName() + ".bak"));
	}

	/**
	 * Return one that keeps the old content at another path. If the scope succeeds it is
	 * there before the new content is in its place, whole and forced to disk, so that at
	 * no time there is neither. A backup from before is replaced as a whole, too. If
	 * there is no old file, nothing is changed; nor is it if the scope fails, or the new
	 * content cannot be written.
	 * @param backup where to keep the old content; symbolic links are followed. Its
	 * directory must exist; in the same file system nothing is copied
	 * @return the other one, whose entry also throws {@link IOException} if there cannot
	 * be a file at that path, or if it is that of the file itself
	 */
	public AtomicReplacement<T> withBackup(Path backup) {
		Objects.requireNonNull(backup, "backup must not be null");
		return new AtomicReplacement<>(this.path, this.opening, (file) -> backup);
	}

	@Override
	public Held<T> acquire() throws IOException {
		AtomicFile file = AtomicFile.beside(this.path, this.backup);
		try {
			NewContent<T> content = this.opening.open(file.aside());
			return Held.of(content.value(), (outcome) -> file.end(content, outcome.isSuccess()));
		}
		catch (Throwable ex) {
			file.discardAfter(ex);
			throw ex;
		}
	}

}
