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

// tag::code[]
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.file.FileResources;
import io.transactionscope.resource.lock.LockResources;

class ReportPublisher {

	private final Resource<Semaphore> slot;

	private final Path target;

	private final Consumer<Path> searchIndex;

	ReportPublisher(Path target, Consumer<Path> searchIndex) {
		this.slot = LockResources.permit(new Semaphore(2), Duration.ofMillis(200));
		this.target = target;
		this.searchIndex = searchIndex;
	}

	void publish(Iterable<String> lines) throws IOException {
		ResourceScope.run((scope) -> {
			scope.enter(this.slot); // <1>
			scope.onSuccess(() -> this.searchIndex.accept(this.target)); // <2>
			Path report = scope.enter(FileResources.atomicFile(this.target)); // <3>
			Files.write(report, lines); // <4>
		});
	}

}
// end::code[]
