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

package io.transactionscope.sample;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

import io.transactionscope.ActiveScope;
import io.transactionscope.resource.file.FileResources;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/**
 * A file for each order, which is there exactly when the order is.
 */
@Component
class Invoices {

	private final Path directory;

	Invoices(@Value("${sample.invoices:#{null}}") @Nullable Path directory) throws IOException {
		this.directory = (directory != null) ? Files.createDirectories(directory)
				: Files.createTempDirectory("invoices-");
	}

	/**
	 * Written aside now, and moved into place once the scope's transaction is committed.
	 */
	void write(ActiveScope tx, Order order) {
		Path invoice = tx.enter(FileResources.atomicFile(path(order.id())));
		try {
			Files.writeString(invoice,
					"Invoice of order %d for %s: %s%n".formatted(order.id(), order.customer(), order.lines()));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Gone once the order is. */
	void withdraw(ActiveScope tx, long orderId) {
		tx.afterCommit(() -> Files.deleteIfExists(path(orderId)));
	}

	Optional<String> find(long orderId) {
		Path invoice = path(orderId);
		try {
			return Files.exists(invoice) ? Optional.of(Files.readString(invoice)) : Optional.empty();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	Path directory() {
		return this.directory;
	}

	private Path path(long orderId) {
		return this.directory.resolve("order-%d.txt".formatted(orderId));
	}

}
