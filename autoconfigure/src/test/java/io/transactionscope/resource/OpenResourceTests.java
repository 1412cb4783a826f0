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

package io.transactionscope.resource;

import java.io.IOException;

import io.transactionscope.TransactionScope;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.datasource.DriverManagerDataSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * A resource that stands in try-with-resources by itself, and one that is held already.
 */
class OpenResourceTests {

	private final Trace trace = new Trace();

	private final IOException failure = new IOException("failure");

	@Test
	void isReleasedWithSuccessIfItWasCompleted() {
		try (OpenResource<String> open = this.trace.resource("a").open()) {
			this.trace.add("body " + open.value());
			open.complete();
		}
		this.trace.assertEvents("enter a", "body a", "exit a: succeeded");
	}

	@Test
	void isReleasedWithAFailureOtherwise() {
		assertThatIOException().isThrownBy(() -> {
			try (OpenResource<String> open = this.trace.resource("a").open()) {
				this.trace.add("body " + open.value());
				throw this.failure;
			}
		}).isSameAs(this.failure);
		this.trace.assertEvents("enter a", "body a", "exit a: failed");
	}

	@Test
	void failureOfTheReleaseComesAsItIs() {
		OpenResource<String> open = this.trace.resource("a", this.failure).open();
		assertThatIOException().isThrownBy(open::close).isSameAs(this.failure);
		open.close();
		this.trace.assertEvents("enter a", "exit a: failed");
	}

	@Test
	void failureOfTheEntryComesAsItIs() {
		assertThatIOException().isThrownBy(() -> this.trace.unavailable("a", this.failure).open())
			.isSameAs(this.failure);
	}

	@Test
	void cannotBeUsedOnceItIsClosedOrByAnotherThread() throws Exception {
		OpenResource<String> open = this.trace.resource("a").open();
		Thread other = new Thread(() -> this.trace.add(String.valueOf(catchThrowable(open::value).getClass())));
		other.start();
		other.join();
		open.close();
		assertThatIllegalStateException().isThrownBy(open::value);
		assertThatIllegalStateException().isThrownBy(open::complete);
		this.trace.assertEvents("enter a", "class java.lang.IllegalStateException", "exit a: failed");
	}

	@Test
	@SuppressWarnings("NullAway")
	void scopeAdoptsWhatIsHeldAlready() throws Exception {
		Held<String> held = this.trace.resource("a").acquire();
		ResourceScope.run((scope) -> {
			assertThat(scope.<String>adopt(held)).isEqualTo("a");
			assertThatNullPointerException().isThrownBy(() -> scope.adopt(null)).withMessage("held must not be null");
			this.trace.add("body");
		});
		this.trace.assertEvents("enter a", "body", "exit a: succeeded");
	}

	@Test
	void scopeDoesNotAdoptWhatHasNoValue() throws Exception {
		Held<String> held = Held.mapped(this.trace.resource("a").acquire(), (value) -> {
			throw new IllegalStateException("no value");
		});
		ResourceScope.run((scope) -> {
			assertThatIllegalStateException().isThrownBy(() -> scope.adopt(held)).withMessage("no value");
			assertThat(scope.size()).isZero();
		});
		TransactionScope.create(new ScopedJdbcTransactionManager(new DriverManagerDataSource("jdbc:h2:mem:adopt")))
			.run((tx) -> assertThatIllegalStateException().isThrownBy(() -> tx.adopt(held)).withMessage("no value"));
		this.trace.assertEvents("enter a");
	}

	@Test
	void scopeThatHasEndedDoesNotAdopt() throws Exception {
		Held<String> held = this.trace.resource("a").acquire();
		ResourceScope scope = ResourceScope.open();
		scope.close();
		assertThatIllegalStateException().isThrownBy(() -> scope.adopt(held));
		this.trace.assertEvents("enter a");
	}

}
