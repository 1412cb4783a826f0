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

package io.transactionscope.contract;

import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;

import io.transactionscope.ActiveScope;
import io.transactionscope.test.FaultyDriver;
import io.transactionscope.transaction.TransactionOutcome;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.Parameter;

import org.springframework.transaction.TransactionSystemException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * What the parts of the contract suite share. After each test the pool's own counters are
 * read: a connection that was not returned fails it.
 */
abstract class Contract {

	/** What the callbacks of {@link #watch} were told, in order. */
	final List<String> heard = new ArrayList<>();

	@Parameter
	@SuppressWarnings("NullAway.Init")
	Arrangement arrangement;

	@BeforeEach
	void beginRequest() {
		application().beginRequest();
	}

	@AfterEach
	void nothingIsLost() throws SQLException {
		application().endRequest();
		application().verifyAndReset();
	}

	final Application application() {
		return Application.of(this.arrangement.wiring(), this.arrangement.database());
	}

	final Wiring wiring() {
		return this.arrangement.wiring();
	}

	final FaultyDriver driver() {
		return application().driver();
	}

	/** What knows nothing of scopes. */
	final PlainMethods plain() {
		return application().plainMethods();
	}

	/** For a block inside a {@code @Transactional} method, which declares no errors. */
	static void quietly(ThrowingCallable block) throws Exception {
		try {
			block.call();
		}
		catch (Exception | Error ex) {
			throw ex;
		}
		catch (Throwable ex) {
			throw new AssertionError("Neither exception nor error", ex);
		}
	}

	final boolean isTryWithResources() {
		return this.arrangement.way() == Way.TRY_WITH_RESOURCES;
	}

	final @Nullable Object call(Form form, Body body) throws Throwable {
		return this.arrangement.way().call(application(), form, body);
	}

	final void run(Form form, Run body) throws Throwable {
		call(form, (tx) -> {
			body.run(tx);
			return null;
		});
	}

	/** What a block throws, or {@code null} if it succeeds. */
	final @Nullable Throwable failureOf(Form form, Run body) {
		return catchThrowable(() -> run(form, body));
	}

	final Throwable thrownBy(Form form, Run body) {
		Throwable thrown = failureOf(form, body);
		assertThat(thrown).as("what the block throws").isNotNull();
		return Objects.requireNonNull(thrown);
	}

	final void insert(String name) {
		application().insert(name);
	}

	/** On the connection of the scope, so that nobody translates its exceptions. */
	static void insert(ActiveScope tx, String name) throws SQLException {
		try (Statement statement = tx.connection().createStatement()) {
			statement.executeUpdate("insert into item values ('" + name + "')");
		}
	}

	final void assertCommitted(String... names) {
		assertThat(application().committed()).as("rows seen from another connection").containsExactly(names);
	}

	/** Write down what the callbacks of a scope are told. */
	final void watch(ActiveScope tx) {
		String name = tx.name();
		tx.afterCommit(() -> hear(name, "committed"));
		tx.afterRollback(() -> hear(name, "rolled back"));
		tx.onCompletion((outcome) -> hear(name, outcome.name()));
	}

	private void hear(String name, String what) {
		this.heard.add(name + ": " + what);
	}

	final void assertHeard(String name, TransactionOutcome outcome) {
		switch (outcome) {
			case COMMITTED -> assertThat(this.heard).containsExactly(name + ": committed", name + ": COMMITTED");
			case ROLLED_BACK -> assertThat(this.heard).containsExactly(name + ": rolled back", name + ": ROLLED_BACK");
			case UNKNOWN -> assertThat(this.heard).containsExactly(name + ": UNKNOWN");
		}
	}

	/**
	 * What a body's failure carries of what failed after it. With try-with-resources,
	 * Java adds what {@code close()} throws, and that carries the rest.
	 */
	final List<Throwable> later(Throwable failure) {
		List<Throwable> suppressed = List.of(failure.getSuppressed());
		if (!isTryWithResources() || suppressed.isEmpty()) {
			return suppressed;
		}
		Throwable closing = suppressed.get(0);
		assertThat(suppressed).hasSize(1);
		assertThat(closing).isInstanceOf(TransactionSystemException.class);
		List<Throwable> later = new ArrayList<>();
		if (closing.getCause() != null) {
			later.add(closing.getCause());
		}
		later.addAll(List.of(closing.getSuppressed()));
		return later;
	}

	static List<Throwable> causesOf(Throwable failure) {
		List<Throwable> causes = new ArrayList<>();
		for (Throwable each = failure; each != null && !causes.contains(each); each = each.getCause()) {
			causes.add(each);
		}
		return causes;
	}

	/** All that can be found in a stack trace of the failure. */
	static Set<Throwable> everythingIn(Throwable failure) {
		Set<Throwable> found = Collections.newSetFromMap(new IdentityHashMap<>());
		collect(failure, found);
		return found;
	}

	private static void collect(@Nullable Throwable failure, Set<Throwable> found) {
		if (failure != null && found.add(failure)) {
			collect(failure.getCause(), found);
			for (Throwable each : failure.getSuppressed()) {
				collect(each, found);
			}
		}
	}

	/**
	 * A body that returns nothing.
	 */
	@FunctionalInterface
	interface Run {

		void run(ActiveScope tx) throws Throwable;

	}

}
