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
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.ResourceScope;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link AtomicReplacement#withBackup()}.
 */
class BackupTests {

	@TempDir
	private Path directory;

	private Path file;

	private Path backup;

	@BeforeEach
	void writeOldContent() throws IOException {
		this.file = Files.writeString(this.directory.resolve("report.txt"), "old");
		this.backup = this.directory.resolve("report.txt.bak");
	}

	@Test
	void hasTheOldContent() throws IOException {
		ResourceScope.run((scope) -> {
			scope.enter(FileResources.atomicWriter(this.file).withBackup()).write("new");
			assertThat(this.backup).doesNotExist();
		});
		assertThat(this.file).hasContent("new");
		assertThat(this.backup).hasContent("old");
		assertThat(names()).containsExactlyInAnyOrder("report.txt", "report.txt.bak");
	}

	@Test
	void isReplacedByTheNextOne() throws IOException {
		AtomicReplacement<Path> replacement = FileResources.atomicFile(this.file).withBackup();
		for (String text : List.of("new", "newer", "newest")) {
			ResourceScope.run((scope) -> Files.writeString(scope.enter(replacement), text));
		}
		assertThat(this.file).hasContent("newest");
		assertThat(this.backup).hasContent("newer");
		assertThat(names()).hasSize(2);
	}

	@Test
	void doesNotChangeIfThereIsNoOldFile() throws IOException {
		Files.delete(this.file);
		Files.writeString(this.backup, "older");
		ResourceScope.run((scope) -> scope.enter(FileResources.atomicWriter(this.file).withBackup()).write("new"));
		assertThat(this.file).hasContent("new");
		assertThat(this.backup).hasContent("older");
		assertThat(names()).hasSize(2);
	}

	@Test
	void doesNotChangeIfTheScopeFailsOrIsInDoubt() throws IOException {
		Files.writeString(this.backup, "older");
		for (Outcome outcome : List.of(Outcome.failed(), Outcome.unknown(new IOException("link lost")))) {
			ResourceScope scope = ResourceScope.open();
			scope.enter(FileResources.atomicWriter(this.file).withBackup()).write("new");
			assertThat(scope.end(outcome)).isEmpty();
			assertThat(this.file).hasContent("old");
			assertThat(this.backup).hasContent("older");
		}
		assertThat(names()).hasSize(2);
	}

	@Test
	void doesNotChangeIfTheNewContentCannotBeForced() throws IOException {
		Files.writeString(this.backup, "older");
		assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> ResourceScope
			.run((scope) -> Files.delete(scope.enter(FileResources.atomicFile(this.file).withBackup()))));
		assertThat(this.file).hasContent("old");
		assertThat(this.backup).hasContent("older");
		assertThat(names()).hasSize(2);
	}

	@Test
	void keepsTheNewContentFromItsPlaceIfItCannotBeMade() throws IOException {
		assertThatExceptionOfType(FileSystemException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(FileResources.atomicWriter(this.file).withBackup()).write("new");
			Files.createDirectories(this.backup.resolve("in the way"));
		}));
		assertThat(this.file).hasContent("old");
		assertThat(names()).containsExactlyInAnyOrder("report.txt", "report.txt.bak");
	}

	@Test
	void isAsTheOldFileWas() throws IOException {
		FileTime time = FileTime.from(Instant.parse("2001-02-03T04:05:06Z"));
		Files.setPosixFilePermissions(this.file, PosixFilePermissions.fromString("r--r-----"));
		Files.setLastModifiedTime(this.file, time);
		ResourceScope.run((scope) -> {
			Path aside = scope.enter(FileResources.atomicFile(this.file).withBackup());
			Files.setPosixFilePermissions(aside, PosixFilePermissions.fromString("rw-------"));
			Files.writeString(aside, "new");
		});
		assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(this.backup))).isEqualTo("r--r-----");
		assertThat(Files.getLastModifiedTime(this.backup)).isEqualTo(time);
		Files.writeString(this.file, "changed in place");
		assertThat(this.backup).hasContent("old");
	}

	@Test
	void mayBeInAnotherDirectory() throws IOException {
		Path elsewhere = Files.createDirectory(this.directory.resolve("backups")).resolve("old.txt");
		ResourceScope
			.run((scope) -> scope.enter(FileResources.atomicWriter(this.file).withBackup(elsewhere)).write("new"));
		assertThat(this.file).hasContent("new");
		assertThat(elsewhere).hasContent("old");
		assertThat(elsewhere.getParent()).isDirectoryNotContaining("glob:**.tmp");
	}

	@Test
	void mayBeInAnotherFileSystem() throws IOException {
		try (FileSystem zip = FileSystems.newFileSystem(this.directory.resolve("a.zip"), Map.of("create", "true"))) {
			Path elsewhere = zip.getPath("/old.txt");
			for (String text : List.of("new", "newer")) {
				ResourceScope.run((scope) -> scope.enter(FileResources.atomicWriter(this.file).withBackup(elsewhere))
					.write(text));
			}
			assertThat(this.file).hasContent("newer");
			assertThat(elsewhere).hasContent("new");
			try (Stream<Path> files = Files.list(zip.getPath("/"))) {
				assertThat(files).hasSize(1);
			}
		}
	}

	@Test
	void isBesideTheFileThatALinkLeadsTo() throws IOException {
		Path link = Files.createSymbolicLink(Files.createDirectory(this.directory.resolve("links")).resolve("link"),
				this.file);
		ResourceScope.run((scope) -> scope.enter(FileResources.atomicWriter(link).withBackup()).write("new"));
		assertThat(link).isSymbolicLink().hasContent("new");
		assertThat(this.backup).isRegularFile().hasContent("old");
	}

	@Test
	void isWhereALinkLeadsTo() throws IOException {
		Path there = this.directory.resolve("there.txt");
		Files.createSymbolicLink(this.backup, there);
		ResourceScope.run((scope) -> scope.enter(FileResources.atomicWriter(this.file).withBackup()).write("new"));
		assertThat(this.backup).isSymbolicLink();
		assertThat(there).isRegularFile().hasContent("old");
	}

	@Test
	void leavesNothingBehindWhereAnEarlierOneWasKilledBeforeTheMove() throws IOException {
		Files.createLink(this.backup, this.file);
		ResourceScope.run((scope) -> scope.enter(FileResources.atomicWriter(this.file).withBackup()).write("new"));
		assertThat(this.file).hasContent("new");
		assertThat(this.backup).hasContent("old");
		assertThat(names()).hasSize(2);
	}

	@Test
	void isMadeByAnInterruptedThread() throws IOException {
		try {
			ResourceScope.run((scope) -> {
				scope.enter(FileResources.atomicWriter(this.file).withBackup()).write("new");
				Thread.currentThread().interrupt();
			});
		}
		finally {
			assertThat(Thread.interrupted()).isTrue();
		}
		assertThat(this.file).hasContent("new");
		assertThat(this.backup).hasContent("old");
	}

	@Test
	void isThereAtAllTimesAsIsTheFile() throws IOException {
		AtomicReplacement<?> first = FileResources.atomicFile(this.file).withBackup();
		ResourceScope.run((scope) -> scope.enter(first));
		Files.writeString(this.file, "content");
		Files.writeString(this.backup, "content");
		CompletableFuture<Boolean> replaced = CompletableFuture.supplyAsync(() -> {
			for (int i = 0; i < 50; i++) {
				ResourceScope.run((scope) -> {
					try (var writer = scope.enter(FileResources.atomicWriter(this.file).withBackup())) {
						writer.write("content");
					}
					catch (IOException ex) {
						throw new AssertionError(ex);
					}
				});
			}
			return true;
		}, (task) -> new Thread(task).start());
		while (!replaced.isDone()) {
			assertThat(Files.readString(this.file)).isEqualTo("content");
			assertThat(Files.readString(this.backup)).isEqualTo("content");
		}
		assertThat(replaced.join()).isTrue();
	}

	@Test
	void refusesWhatCannotBeOneAtOnce() throws IOException {
		Path link = Files.createSymbolicLink(this.directory.resolve("link"), this.file);
		assertRefused(this.file, "is the file itself that is to be replaced");
		assertRefused(link, "is the file itself that is to be replaced");
		assertRefused(this.directory, "is a directory");
		assertRefused(this.directory.resolve("nowhere/old.txt"), "there is no directory for the backup to be in");
		assertRefused(this.directory.resolve("n".repeat(256)), "");
		assertThat(this.file).hasContent("old");
		assertThat(names()).containsExactlyInAnyOrder("report.txt", "link");
	}

	private void assertRefused(Path path, String message) {
		assertThatExceptionOfType(FileSystemException.class).isThrownBy(
				() -> ResourceScope.run((scope) -> scope.enter(FileResources.atomicFile(this.file).withBackup(path))))
			.withMessageContaining(path.toString())
			.withMessageContaining(message);
	}

	private List<String> names() throws IOException {
		try (Stream<Path> files = Files.list(this.directory)) {
			return files.map((path) -> path.getFileName().toString()).toList();
		}
	}

}
