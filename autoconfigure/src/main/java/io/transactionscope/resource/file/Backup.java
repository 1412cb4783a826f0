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
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Another file that gets the content of one which is about to be replaced.
 */
final class Backup {

	private final FileTarget file;

	private final FileTarget backup;

	private Backup(FileTarget file, FileTarget backup) {
		this.file = file;
		this.backup = backup;
	}

	/**
	 * Return the backup of a file, which is made later.
	 * @param file the file
	 * @param path where it is to be kept
	 * @throws IOException if that cannot be, for what {@code path} or its directory is
	 */
	static Backup of(FileTarget file, Path path) throws IOException {
		FileTarget backup = FileTarget.of(path, "the backup");
		if (backup.equals(file)) {
			throw new FileSystemException(path.toString(), null,
					"is the file itself that is to be replaced: give another path for its backup");
		}
		return new Backup(file, backup);
	}

	/**
	 * Keep the content that the file has now, if there is one.
	 */
	void keep() throws IOException {
		if (!Files.isRegularFile(this.file.path())) {
			return;
		}
		Path aside = this.backup.aside();
		try {
			linkOrCopy(aside);
			this.backup.replaceBy(aside);
			// Two links to one file, as one that was killed here leaves them, are not
			// moved
			Files.deleteIfExists(aside);
		}
		catch (Throwable ex) {
			FileTarget.deleteAfter(ex, aside);
			throw ex;
		}
	}

	private void linkOrCopy(Path aside) throws IOException {
		try {
			Files.createLink(aside, this.file.path());
		}
		catch (IOException | UnsupportedOperationException | IllegalArgumentException ex) {
			// In another file system, or one without links, or a file of others
			Files.copy(this.file.path(), aside, StandardCopyOption.COPY_ATTRIBUTES);
			FileTarget.force(aside, StandardOpenOption.READ);
		}
	}

}
