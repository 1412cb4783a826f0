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
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnmappableCharacterException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.ResourceScope;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link FileResources#atomicWriter}.
 */
class AtomicWriterTests {

	@TempDir
	private Path directory;

	private Path file;

	@BeforeEach
	void writeOldContent() throws IOException {
		this.file = Files.writeString(this.directory.resolve("report.txt"), "old");
	}

	@Test
	void replacesTheFileAtTheEnd() throws IOException {
		ResourceScope.run((scope) -> {
			Writer writer = scope.enter(FileResources.atomicWriter(this.file));
			writer.write("new äß€");
			writer.flush();
			assertThat(this.file).hasContent("old");
		});
		assertThat(Files.readAllBytes(this.file)).isEqualTo("new äß€".getBytes(StandardCharsets.UTF_8));
		assertNothingElse();
	}

	@Test
	void writesInTheCharsetThatItIsGiven() throws IOException {
		ResourceScope.run((scope) -> {
			BufferedWriter writer = scope.enter(FileResources.atomicWriter(this.file, StandardCharsets.ISO_8859_1));
			writer.write("ä");
			writer.newLine();
		});
		assertThat(Files.readString(this.file, StandardCharsets.ISO_8859_1)).isEqualTo("ä" + System.lineSeparator());
	}

	@Test
	void mayBeClosedByTheBody() throws IOException {
		ResourceScope.run((scope) -> {
			try (Writer writer = scope.enter(FileResources.atomicWriter(this.file))) {
				writer.write("new");
			}
			assertThat(this.file).hasContent("old");
		});
		assertThat(this.file).hasContent("new");
		assertNothingElse();
	}

	@Test
	void keepsTheOldContentAfterAFailure() throws IOException {
		IllegalStateException failure = new IllegalStateException("body");
		assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			scope.enter(FileResources.atomicWriter(this.file)).write("half");
			throw failure;
		})).isSameAs(failure).withNoCause();
		assertThat(failure.getSuppressed()).isEmpty();
		assertThat(this.file).hasContent("old");
		assertNothingElse();
	}

	@Test
	void keepsTheOldContentIfTheOutcomeIsUnknown() throws IOException {
		ResourceScope scope = ResourceScope.open();
		scope.enter(FileResources.atomicWriter(this.file)).write("new");
		assertThat(scope.end(Outcome.unknown(new IOException("link lost")))).isEmpty();
		assertThat(this.file).hasContent("old");
		assertNothingElse();
	}

	@Test
	void failsIfNotAllCanBeWrittenThoughTheBodyDoesNotSee() throws IOException {
		assertThatExceptionOfType(UnmappableCharacterException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			PrintWriter printer = new PrintWriter(
					scope.enter(FileResources.atomicWriter(this.file, StandardCharsets.US_ASCII)));
			printer.println("begin");
			printer.println("ä");
			printer.flush();
			printer.println("end");
			printer.close();
		}));
		assertThat(this.file).hasContent("old");
		assertNothingElse();
	}

	@Test
	void failsIfItIsWrittenToAfterTheBodyHasClosedIt() {
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			Writer writer = scope.enter(FileResources.atomicWriter(this.file));
			writer.close();
			new PrintWriter(writer, true).println("lost");
		})).withMessage("Stream closed");
		assertThat(this.file).hasContent("old");
	}

	@Test
	void failsIfTheLastOfItCannotBeWritten() throws IOException {
		assertThatExceptionOfType(UnmappableCharacterException.class).isThrownBy(() -> ResourceScope
			.run((scope) -> scope.enter(FileResources.atomicWriter(this.file, StandardCharsets.US_ASCII)).write("ä")));
		assertThat(this.file).hasContent("old");
		assertNothingElse();
	}

	@Test
	void failsOnceWhereTheBodyFailsAsItCannotWrite() {
		assertThatExceptionOfType(UnmappableCharacterException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			try (Writer writer = scope
				.enter(FileResources.atomicWriter(this.file, StandardCharsets.US_ASCII).withBackup())) {
				writer.write("ä");
				writer.flush();
			}
		})).satisfies((ex) -> assertThat(ex.getSuppressed()).doesNotContain(ex));
		assertThat(this.directory.resolve("report.txt.bak")).doesNotExist();
	}

	@Test
	void remembersWhateverFailed() {
		FullDisk disk = new FullDisk();
		WholeText text = new WholeText(disk);
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> {
			text.value().write("x".repeat(100_000));
		}).withMessage("disk full");
		disk.isFull = false;
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> text.value().flush())
			.withMessage("Not all that came before could be written");
		assertThatExceptionOfType(IOException.class).isThrownBy(text::end).withMessage("disk full");
		assertThat(disk.isClosed).isTrue();
		assertThat(disk).hasToString("");
	}

	@Test
	void remembersAnErrorToo() {
		WholeText text = new WholeText(new FullDisk() {

			@Override
			public void flush() {
				throw new StackOverflowError("deep");
			}

		});
		assertThatExceptionOfType(StackOverflowError.class).isThrownBy(() -> text.value().flush());
		assertThatExceptionOfType(IOException.class).isThrownBy(text::end)
			.withMessage("Not all could be written")
			.withCauseInstanceOf(StackOverflowError.class);
	}

	@Test
	void failsIfItCannotBeClosed() {
		WholeText text = new WholeText(new FullDisk() {

			@Override
			public void close() throws IOException {
				throw new IOException("cannot close");
			}

		});
		assertThatExceptionOfType(IOException.class).isThrownBy(text::end).withMessage("cannot close");
		assertThatExceptionOfType(IOException.class).isThrownBy(text::end).withMessage("cannot close");
	}

	@Test
	void isWrittenByAnInterruptedThread() throws IOException {
		try {
			ResourceScope.run((scope) -> {
				scope.enter(FileResources.atomicWriter(this.file)).write("new");
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
	void mayBeInAnArchive() throws IOException {
		try (FileSystem zip = FileSystems.newFileSystem(this.directory.resolve("a.zip"), Map.of("create", "true"))) {
			Path entry = zip.getPath("/report.txt");
			for (String text : List.of("new", "newer")) {
				ResourceScope.run((scope) -> scope.enter(FileResources.atomicWriter(entry).withBackup()).write(text));
				assertThat(entry).hasContent(text);
			}
			assertThat(zip.getPath("/report.txt.bak")).hasContent("new");
		}
	}

	@Test
	void refusesACharsetThatCanOnlyBeRead() {
		Charset readOnly = Charset.availableCharsets()
			.values()
			.stream()
			.filter((each) -> !each.canEncode())
			.findFirst()
			.orElseThrow();
		assertThatIllegalArgumentException().isThrownBy(() -> FileResources.atomicWriter(this.file, readOnly))
			.withMessage("Invalid charset (%s): it can only be read, give one that can be written".formatted(readOnly));
	}

	private void assertNothingElse() throws IOException {
		try (Stream<Path> files = Files.list(this.directory)) {
			assertThat(files.map((path) -> path.getFileName().toString())).containsExactly("report.txt");
		}
	}

	private static class FullDisk extends Writer {

		private final StringBuilder written = new StringBuilder();

		private boolean isFull = true;

		private boolean isClosed;

		@Override
		public void write(char[] text, int offset, int length) throws IOException {
			if (this.isFull) {
				throw new IOException("disk full");
			}
			this.written.append(text, offset, length);
		}

		@Override
		public void flush() {
		}

		@Override
		public void close() throws IOException {
			this.isClosed = true;
		}

		@Override
		public String toString() {
			return this.written.toString();
		}

	}

}
