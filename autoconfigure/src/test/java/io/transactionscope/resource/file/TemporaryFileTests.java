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
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.Resources;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Tests for temporary files and directories in {@link Resources}.
 */
class TemporaryFileTests {

	private final List<Path> paths = new ArrayList<>();

	@Test
	void directoryIsGoneAtTheEndWithWhatIsInIt() throws IOException {
		ResourceScope.run((scope) -> {
			Path directory = scope.enter(FileResources.tempDirectory());
			Path deep = Files.createDirectories(directory.resolve("a/b/c"));
			Files.writeString(deep.resolve("file"), "text");
			Files.writeString(directory.resolve("file"), "text");
			this.paths.add(directory);
		});
		assertThat(this.paths.get(0)).doesNotExist();
	}

	@Test
	void directoryIsGoneAfterAFailure() {
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			this.paths.add(scope.enter(FileResources.tempDirectory()));
			throw new IOException("body");
		}));
		assertThat(this.paths.get(0)).doesNotExist();
	}

	@Test
	void eachEntryHasADirectoryOfItsOwn() {
		Resource<Path> directory = FileResources.tempDirectory();
		ResourceScope.run((scope) -> assertThat(scope.enter(directory)).isNotEqualTo(scope.enter(directory)));
	}

	@Test
	void whatALinkLeadsToStays(@TempDir Path elsewhere) throws IOException {
		Path kept = Files.writeString(elsewhere.resolve("kept"), "text");
		ResourceScope.run((scope) -> {
			Path directory = scope.enter(FileResources.tempDirectory());
			Files.createSymbolicLink(directory.resolve("directory"), elsewhere);
			Files.createSymbolicLink(directory.resolve("file"), kept);
			Files.createSymbolicLink(directory.resolve("dangling"), elsewhere.resolve("nothing"));
			this.paths.add(directory);
		});
		assertThat(this.paths.get(0)).doesNotExist();
		assertThat(kept).hasContent("text");
	}

	@Test
	void directoryMayHaveBeenDeletedOrMovedBefore() {
		assertThatNoException().isThrownBy(() -> ResourceScope.run((scope) -> {
			Files.delete(scope.enter(FileResources.tempDirectory()));
			Files.delete(scope.enter(FileResources.tempFile()));
		}));
	}

	@Test
	void deepDirectoryIsDeleted() throws IOException {
		ResourceScope.run((scope) -> {
			Path directory = scope.enter(FileResources.tempDirectory());
			this.paths.add(directory);
			for (int i = 0; i < 500; i++) {
				directory = Files.createDirectory(directory.resolve("d"));
			}
		});
		assertThat(this.paths.get(0)).doesNotExist();
	}

	@Test
	@EnabledOnOs({ OS.LINUX, OS.MAC })
	void readOnlyDirectoriesAreDeletedWithWhatIsInThem() throws IOException {
		ResourceScope.run((scope) -> {
			Path directory = scope.enter(FileResources.tempDirectory());
			this.paths.add(directory);
			for (String permissions : List.of("r-xr-xr-x", "r--------", "-wx------", "---------")) {
				Path outer = Files.createDirectory(directory.resolve(permissions));
				Path inner = Files.createDirectory(outer.resolve("inner"));
				Files.writeString(inner.resolve("file"), "text");
				Files.setPosixFilePermissions(inner, PosixFilePermissions.fromString(permissions));
				Files.setPosixFilePermissions(outer, PosixFilePermissions.fromString(permissions));
			}
			Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("r-x------"));
		});
		assertThat(this.paths.get(0)).doesNotExist();
	}

	@Test
	void directoryIsGoneThoughThreadsStillWriteToItFasterThanItIsDeleted() throws Exception {
		for (int round = 0; round < 10; round++) {
			CountDownLatch written = new CountDownLatch(200);
			List<Thread> writers = new ArrayList<>();
			ResourceScope.run((scope) -> {
				Path directory = scope.enter(FileResources.tempDirectory());
				this.paths.add(directory);
				Path inner = Files.createDirectory(directory.resolve("inner"));
				for (Path place : List.of(directory, inner)) {
					writers.add(startWriter(() -> Files.createTempFile(place, null, null), written));
					writers.add(startWriter(() -> Files.createTempDirectory(place, null), written));
				}
				written.await();
			});
			assertThat(this.paths.get(round)).doesNotExist();
			for (Thread writer : writers) {
				writer.join();
			}
		}
	}

	private static Thread startWriter(Callable<Path> write, CountDownLatch written) {
		Thread writer = new Thread(() -> {
			Path last;
			do {
				last = written(write);
				written.countDown();
			}
			while (last != null);
		});
		writer.start();
		return writer;
	}

	private static @Nullable Path written(Callable<Path> write) {
		try {
			return write.call();
		}
		catch (Exception ex) {
			// The directory has been deleted
			return null;
		}
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void reportsAllThatCannotBeDeleted() throws IOException {
		Path undeletable = Path.of("/proc/self/ns");
		try (Stream<Path> files = Files.list(undeletable)) {
			int count = (int) files.count();
			assertThatExceptionOfType(FileSystemException.class).isThrownBy(() -> TreeDeletion.delete(undeletable))
				.satisfies((thrown) -> assertThat(thrown.getSuppressed()).hasSize(count));
		}
	}

	@Test
	void fileIsGoneAtTheEnd() throws IOException {
		ResourceScope.run((scope) -> {
			Path file = scope.enter(FileResources.tempFile(".csv"));
			assertThat(file).isEmptyFile().satisfies((path) -> assertThat(path.toString()).endsWith(".csv"));
			Files.writeString(file, "text");
			this.paths.add(file);
		});
		assertThat(this.paths.get(0)).doesNotExist();
	}

	@Test
	void fileIsGoneAfterAFailure() {
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			this.paths.add(scope.enter(FileResources.tempFile()));
			throw new IOException("body");
		}));
		assertThat(this.paths.get(0)).doesNotExist();
	}

}
