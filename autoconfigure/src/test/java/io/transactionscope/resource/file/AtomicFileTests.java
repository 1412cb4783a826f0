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
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.ResourceScope;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Tests for {@link FileResources#atomicFile}.
 */
class AtomicFileTests {

	@TempDir
	private Path directory;

	private Path file;

	@BeforeEach
	void writeOldContent() throws IOException {
		this.file = Files.writeString(this.directory.resolve("report.txt"), "old");
	}

	@Test
	void isMovedIntoPlaceAtTheEnd() throws IOException {
		ResourceScope.run((scope) -> {
			Path aside = scope.enter(FileResources.atomicFile(this.file));
			assertThat(aside).isEmptyFile().hasParent(this.directory.toRealPath());
			Files.writeString(aside, "new");
			assertThat(this.file).hasContent("old");
		});
		assertThat(this.file).hasContent("new");
		assertNothingElse();
	}

	@Test
	void mayBeNew() throws IOException {
		Path fresh = this.directory.resolve("fresh.txt");
		ResourceScope.run((scope) -> {
			Files.writeString(scope.enter(FileResources.atomicFile(fresh)), "new");
			assertThat(fresh).doesNotExist();
		});
		assertThat(fresh).hasContent("new");
	}

	@Test
	void keepsTheOldContentAfterAFailure() throws IOException {
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			Files.writeString(scope.enter(FileResources.atomicFile(this.file)), "new");
			throw new IOException("body");
		})).withMessage("body");
		assertThat(this.file).hasContent("old");
		assertNothingElse();
	}

	@Test
	void keepsTheOldContentIfAnotherReleaseFails() throws IOException {
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			Path aside = scope.enter(FileResources.atomicFile(this.file));
			scope.onExit((outcome) -> {
				throw new IOException("cannot flush");
			});
			Files.writeString(aside, "half");
		})).withMessage("cannot flush");
		assertThat(this.file).hasContent("old");
		assertNothingElse();
	}

	@Test
	void keepsTheOldContentIfTheOutcomeIsUnknown() throws IOException {
		ResourceScope scope = ResourceScope.open();
		Files.writeString(scope.enter(FileResources.atomicFile(this.file)), "new");
		scope.end(Outcome.unknown(new IOException("link lost")));
		assertThat(this.file).hasContent("old");
		assertNothingElse();
	}

	@Test
	void isMovedIntoPlaceForACommitThatAnotherReleaseCannotUndo() throws IOException {
		ResourceScope scope = ResourceScope.open();
		Files.writeString(scope.enter(FileResources.atomicFile(this.file)), "new");
		scope.onExit((outcome) -> {
			throw new IOException("release");
		});
		assertThat(scope.end(Outcome.succeeded())).singleElement()
			.satisfies((told) -> assertThat(told).hasMessage("release"));
		assertThat(this.file).hasContent("new");
		assertNothingElse();
	}

	@Test
	void failsAndLeavesNothingIfItCannotBeMoved() throws IOException {
		assertThatExceptionOfType(FileSystemException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			Path target = this.directory.resolve("target");
			Files.writeString(scope.enter(FileResources.atomicFile(target)), "new");
			Files.createDirectories(target.resolve("in the way"));
		}));
		assertThat(this.directory.resolve("target")).isDirectory();
		assertThat(names()).containsExactlyInAnyOrder("report.txt", "target");
	}

	@Test
	void failsIfTheBodyDeletedIt() {
		assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(
				() -> ResourceScope.run((scope) -> Files.delete(scope.enter(FileResources.atomicFile(this.file)))));
		assertThat(this.file).hasContent("old");
	}

	@Test
	void isMovedIntoPlaceInAnArchive() throws IOException {
		Path archive = this.directory.resolve("archive.zip");
		try (FileSystem zip = FileSystems.newFileSystem(archive, Map.of("create", "true"))) {
			Path entry = zip.getPath("/report.txt");
			for (String text : List.of("new", "newer")) {
				ResourceScope.run((scope) -> Files.writeString(scope.enter(FileResources.atomicFile(entry)), text));
				assertThat(entry).hasContent(text);
			}
		}
	}

	@Test
	void refusesADirectory() throws IOException {
		assertThatExceptionOfType(FileSystemException.class)
			.isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(FileResources.atomicFile(this.directory))))
			.withMessageContaining(this.directory.getFileName().toString())
			.withMessageContaining("is a directory");
		assertNothingElse();
	}

	@Test
	void refusesADirectoryThatDoesNotExist() {
		Path nowhere = this.directory.resolve("nowhere");
		assertThatExceptionOfType(NoSuchFileException.class)
			.isThrownBy(
					() -> ResourceScope.run((scope) -> scope.enter(FileResources.atomicFile(nowhere.resolve("file")))))
			.withMessageContaining("nowhere")
			.withMessageContaining(nowhere.resolve("file") + ": there is no directory for the file to be in");
	}

	@Test
	void refusesAPathWhereThereCannotBeAFileAtOnce() throws IOException {
		List<Path> impossible = List.of(this.directory.resolve("n".repeat(256)), this.file.resolve("file"));
		for (Path each : impossible) {
			assertThatExceptionOfType(FileSystemException.class)
				.isThrownBy(() -> FileResources.atomicFile(each).acquire())
				.withMessageContaining(each.toString());
		}
		assertNothingElse();
	}

	@Test
	void keepsThePermissionsOfTheOldFile() throws IOException {
		Files.setPosixFilePermissions(this.file, PosixFilePermissions.fromString("rw-rw-r--"));
		ResourceScope.run((scope) -> Files.writeString(scope.enter(FileResources.atomicFile(this.file)), "new"));
		assertThat(this.file).hasContent("new");
		assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(this.file))).isEqualTo("rw-rw-r--");
	}

	@Test
	void followsASymbolicLink() throws IOException {
		Path link = Files.createSymbolicLink(this.directory.resolve("link"), this.file);
		ResourceScope.run((scope) -> Files.writeString(scope.enter(FileResources.atomicFile(link)), "new"));
		assertThat(link).isSymbolicLink();
		assertThat(this.file).hasContent("new");
	}

	@Test
	void writesWhereADanglingLinkLeads() throws IOException {
		Path there = Files.createDirectory(this.directory.resolve("there"));
		Path link = Files.createSymbolicLink(this.directory.resolve("link"), Path.of("there/second"));
		Files.createSymbolicLink(there.resolve("second"), Path.of("../there/fresh.txt"));
		ResourceScope.run((scope) -> Files.writeString(scope.enter(FileResources.atomicFile(link)), "new"));
		assertThat(link).isSymbolicLink();
		assertThat(there.resolve("second")).isSymbolicLink();
		assertThat(there.resolve("fresh.txt")).isRegularFile().hasContent("new");
	}

	@Test
	void refusesLinksThatLoop() throws IOException {
		Path one = this.directory.resolve("one");
		Path two = Files.createSymbolicLink(this.directory.resolve("two"), one);
		Files.createSymbolicLink(one, two);
		assertThatExceptionOfType(FileSystemLoopException.class)
			.isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(FileResources.atomicFile(one))))
			.withMessage(one.toString());
		assertThat(one).isSymbolicLink();
		assertThat(two).isSymbolicLink();
	}

	@Test
	@EnabledOnOs({ OS.LINUX, OS.MAC })
	void refusesWhatIsNoFileSuchAsADeviceOrASocket() throws IOException {
		Path socket = this.directory.resolve("socket");
		Path link = Files.createSymbolicLink(this.directory.resolve("link"), socket);
		try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
			server.bind(UnixDomainSocketAddress.of(socket));
			for (Path path : List.of(socket, link)) {
				assertThatExceptionOfType(FileSystemException.class)
					.isThrownBy(() -> ResourceScope.run((scope) -> scope.enter(FileResources.atomicFile(path))))
					.withMessageContaining(path.toString())
					.withMessageContaining("write to it directly");
			}
			assertThat(Files.readAttributes(socket, BasicFileAttributes.class).isOther()).isTrue();
		}
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void keepsTheOwnerTheGroupAndAllPermissionsOfTheOldFile() throws IOException {
		assumeThat(Files.getOwner(this.file).getName()).as("who may give files away").isEqualTo("root");
		Files.setAttribute(this.file, "unix:uid", 12345);
		Files.setAttribute(this.file, "unix:gid", 23456);
		Files.setAttribute(this.file, "unix:mode", 0640);
		ResourceScope.run((scope) -> {
			Path aside = scope.enter(FileResources.atomicFile(this.file));
			assertThat(Files.getAttribute(aside, "unix:uid")).isEqualTo(12345);
			Files.writeString(aside, "new");
		});
		assertThat(this.file).hasContent("new");
		assertThat(Files.readAttributes(this.file, "unix:uid,gid")).containsEntry("uid", 12345)
			.containsEntry("gid", 23456);
		assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(this.file))).isEqualTo("rw-r-----");
	}

	@Test
	void isForcedToDiskByAnInterruptedThread() throws IOException {
		try {
			ResourceScope.run((scope) -> {
				Files.writeString(scope.enter(FileResources.atomicFile(this.file)), "new");
				Thread.currentThread().interrupt();
			});
			assertThat(Thread.currentThread().isInterrupted()).isTrue();
		}
		finally {
			Thread.interrupted();
		}
		assertThat(this.file).hasContent("new");
		assertNothingElse();
	}

	@Test
	void lastOneToEndWins() throws IOException {
		ResourceScope.run((scope) -> {
			Files.writeString(scope.enter(FileResources.atomicFile(this.file)), "outer");
			ResourceScope.run((inner) -> Files.writeString(inner.enter(FileResources.atomicFile(this.file)), "inner"));
			assertThat(this.file).hasContent("inner");
		});
		assertThat(this.file).hasContent("outer");
		assertNothingElse();
	}

	@ParameterizedTest
	@EnumSource
	void keepsTheOldContentIfTheProcessIsKilled(Moment moment) throws Exception {
		Process process = new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(), "-cp",
				System.getProperty("java.class.path"), HaltedWriter.class.getName(), this.file.toString(),
				moment.name())
			.redirectErrorStream(true)
			.start();
		String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
		assertThat(process.exitValue()).as(output).isEqualTo(HaltedWriter.EXIT_CODE);
		assertThat(this.file).hasContent("old");
		assertThat(names()).hasSize(2)
			.contains("report.txt")
			.anySatisfy((name) -> assertThat(name).startsWith(".atomic-").endsWith(".tmp"));
	}

	private void assertNothingElse() throws IOException {
		assertThat(names()).containsExactly("report.txt");
	}

	private List<String> names() throws IOException {
		try (Stream<Path> files = Files.list(this.directory)) {
			return files.map((path) -> path.getFileName().toString()).toList();
		}
	}

	enum Moment {

		MID_WRITE, AFTER_BODY

	}

	/**
	 * Writes an atomic file, and is halted at it: nothing is flushed, closed or released.
	 */
	static final class HaltedWriter {

		static final int EXIT_CODE = 77;

		private HaltedWriter() {
		}

		public static void main(String[] args) throws IOException {
			Moment moment = Moment.valueOf(args[1]);
			ResourceScope.run((scope) -> {
				Path aside = scope.enter(FileResources.atomicFile(Path.of(args[0])));
				OutputStream out = Files.newOutputStream(aside);
				out.write("ne".getBytes(StandardCharsets.UTF_8));
				if (moment == Moment.MID_WRITE) {
					Runtime.getRuntime().halt(EXIT_CODE);
				}
				scope.onSuccess(() -> Runtime.getRuntime().halt(EXIT_CODE));
				out.write("w".getBytes(StandardCharsets.UTF_8));
			});
		}

	}

}
