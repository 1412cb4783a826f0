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

package io.transactionscope.reference;

import java.io.IOException;
import java.io.BufferedWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.file.FileResources;
import io.transactionscope.resource.lock.LockResources;
import io.transactionscope.resource.release.ReleaseTimeoutException;
import io.transactionscope.test.ResourceFaults;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.awaitility.Awaitility.await;

/**
 * An export of what a remote session tells, into a file of which the last version is
 * kept.
 */
class ExportProgramTests {

	private final ResourceFaults faults = new ResourceFaults();

	private Path target;

	private Export export;

	@BeforeEach
	void anExportThatIsWatched(@TempDir Path directory) throws IOException {
		this.target = Files.writeString(directory.resolve("orders.csv"), "old");
		Resource<Session> session = this.faults.watch("session",
				Resource.of(Session::new, (connected, outcome) -> connected.close()));
		this.export = new Export(
				this.faults.watch("lock", LockResources.lock(new ReentrantLock(), Duration.ofSeconds(1))),
				session.releaseWithin("session", Duration.ofSeconds(1)),
				this.faults.watch("file", FileResources.atomicWriter(this.target).withBackup()));
	}

	@AfterEach
	void nothingIsLeftBehind() {
		await().until(this.faults::held, List::isEmpty);
	}

	@Test
	void theOldVersionIsKeptBesideTheNew() throws IOException {
		this.export.run();
		assertThat(this.target).hasContent("1\n2\n");
		assertThat(this.target.resolveSibling("orders.csv.bak")).hasContent("old");
		assertThat(this.faults.released()).containsExactly("file", "session", "lock");
		assertThat(this.faults.releases()).allMatch((release) -> release.outcome().isSuccess());
	}

	@Test
	void anOrderThatCannotBeReadLeavesTheFileAsItWas() {
		this.faults.body("file").fails(new IOException("connection lost"));
		assertThatIOException().isThrownBy(this.export::run).withMessage("connection lost");
		assertThat(this.target).hasContent("old");
		assertThat(this.target.resolveSibling("orders.csv.bak")).doesNotExist();
		assertThat(this.faults.released()).containsExactly("file", "session", "lock");
		assertThat(this.faults.releases()).allMatch((release) -> release.outcome().isFailure());
	}

	// tag::test[]
	@Test
	void aSessionThatHangsAtItsEndHoldsNoLock() {
		this.faults.release("session").hangs();
		assertThatExceptionOfType(ReleaseTimeoutException.class).isThrownBy(this.export::run)
			.withMessageContaining("session");
		assertThat(this.target).hasContent("1\n2\n");
		assertThat(this.faults.released()).containsExactly("file", "session", "lock");
		assertThat(this.faults.releases().get(0).outcome().isSuccess()).isTrue();
		assertThat(this.faults.releases().get(2).outcome().isFailure()).isTrue();
	}
	// end::test[]

	// tag::export[]
	private record Export(Resource<Lock> lock, Resource<Session> session, Resource<BufferedWriter> file) {

		void run() throws IOException {
			ResourceScope.run((scope) -> {
				scope.enter(this.lock);
				Session session = scope.enter(this.session);
				BufferedWriter out = scope.enter(this.file);
				for (String order : session.orders()) {
					out.write(order + "\n");
				}
			});
		}

	}
	// end::export[]

	private static final class Session {

		List<String> orders() {
			return List.of("1", "2");
		}

		void close() {
		}

	}

}
