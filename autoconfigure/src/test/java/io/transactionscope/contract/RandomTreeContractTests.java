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

import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.LongStream;

import io.transactionscope.ActiveScope;
import io.transactionscope.AfterCommitException;
import io.transactionscope.CommitFailedException;
import io.transactionscope.TransactionOutcome;
import io.transactionscope.resource.Failures;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.test.Faults;
import io.transactionscope.test.LeakCheck;
import io.transactionscope.test.Phase;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.TransactionSystemException;
import org.springframework.transaction.UnexpectedRollbackException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Compares random trees of blocks, of each propagation and with resource scopes among
 * them, that fail at random in their body, at acquire, at release, in callbacks, at
 * commit and at rollback, with a model that knows nothing but the guarantees.
 */
class RandomTreeContractTests {

	private static final int TREES_PER_SEED = 150;

	private final Application application = Application.of(Wiring.STARTER, Database.H2);

	static LongStream seeds() {
		return LongStream.rangeClosed(1, 8);
	}

	@AfterEach
	void nothingIsLost() throws SQLException {
		this.application.verifyAndReset();
	}

	@ParameterizedTest
	@MethodSource("seeds")
	@DisplayName("T1 to T6, R1 to R4: what is thrown, carried, committed, called and released is what the model says")
	void treesEndAsTheModelSays(long seed) {
		Random random = new Random(seed);
		for (int i = 0; i < TREES_PER_SEED; i++) {
			Block tree = new Trees(random).tree();
			List<String> actual = new Run(this.application).of(tree);
			assertThat(actual).as("tree %d of seed %d: %s", i, seed, tree).isEqualTo(new Model().of(tree));
			assertThat(this.application.borrowed()).as("tree %d of seed %d: %s", i, seed, tree).isZero();
			LeakCheck.verifyThread();
			this.application.execute("delete from item");
		}
	}

	private enum Kind {

		RESOURCES, REQUIRED, NESTED, REQUIRES_NEW, WITHOUT, MANDATORY, NEVER, OUTERMOST;

		Form form() {
			return switch (this) {
				case RESOURCES, REQUIRED -> Form.INNER;
				case NESTED -> Form.NESTED;
				case REQUIRES_NEW -> Form.REQUIRES_NEW;
				case WITHOUT -> Form.NOT_SUPPORTED;
				case MANDATORY -> Form.MANDATORY;
				case NEVER -> Form.NEVER;
				case OUTERMOST -> Form.OUTERMOST;
			};
		}

		/** Whether what is in it may need one connection more. */
		boolean borrows() {
			return this == REQUIRES_NEW || this == WITHOUT || this == NEVER;
		}

	}

	/** What goes wrong at the end of a block, if it comes to that. */
	private enum Fault {

		NONE, COMMIT_REFUSED, COMMIT_LOST, ROLLBACK, ROLLBACK_TO_SAVEPOINT

	}

	private enum Deed {

		INSERT, ENTER, AFTER_COMMIT, AFTER_ROLLBACK, ON_COMPLETION, BEFORE_COMMIT, INNER, SET_ROLLBACK_ONLY, THROW

	}

	private record Block(String name, Kind kind, Way way, List<Step> steps, Fault fault) {
	}

	/**
	 * What a body does.
	 *
	 * @param fails whether it fails; of an inner block, whether its failure is swallowed
	 * @param releaseFails of a resource
	 * @param inner the block inside, if it is one
	 */
	private record Step(Deed deed, String name, boolean fails, boolean releaseFails, @Nullable Block inner) {
	}

	/**
	 * Makes trees.
	 */
	private static final class Trees {

		private final Random random;

		private final double failureRate;

		private int names;

		Trees(Random random) {
			this.random = random;
			this.failureRate = random.nextDouble() * 0.4;
		}

		Block tree() {
			return block(4, Application.POOL_SIZE);
		}

		private Block block(int height, int connections) {
			Kind kind;
			do {
				kind = any(Kind.values());
			}
			while (kind.borrows() && connections == 1);
			Way way = this.random.nextBoolean() ? Way.LAMBDA : Way.ANNOTATION;
			String name = name("block");
			List<Step> steps = new ArrayList<>();
			for (int i = this.random.nextInt(6); i > 0; i--) {
				steps.add(step(kind, height, kind.borrows() ? connections - 1 : connections));
			}
			Fault fault = fails() ? any(Fault.values()) : Fault.NONE;
			return new Block(name, kind, way, steps, fault);
		}

		private Step step(Kind kind, int height, int connections) {
			Deed deed;
			do {
				deed = any(Deed.values());
			}
			while ((deed == Deed.INNER && height == 1) || (deed == Deed.THROW && !fails())
					|| (deed == Deed.SET_ROLLBACK_ONLY && !fails()) || (kind == Kind.RESOURCES && deed != Deed.INSERT
							&& deed != Deed.ENTER && deed != Deed.INNER && deed != Deed.THROW));
			Block inner = (deed == Deed.INNER) ? block(height - 1, connections) : null;
			return new Step(deed, name("step"), (deed == Deed.INNER) ? this.random.nextBoolean() : fails(), fails(),
					inner);
		}

		private String name(String what) {
			this.names++;
			return what + " " + this.names;
		}

		private <T> T any(T[] choice) {
			return List.of(choice).get(this.random.nextInt(choice.length));
		}

		private boolean fails() {
			return this.random.nextDouble() < this.failureRate;
		}

	}

	/**
	 * Runs a tree and writes down what happens.
	 */
	private static final class Run {

		private final Application application;

		private final List<String> log = new ArrayList<>();

		Run(Application application) {
			this.application = application;
		}

		List<String> of(Block tree) {
			try {
				run(tree);
				this.log.add("returned");
			}
			catch (Throwable ex) {
				this.log.add("threw " + describe(ex));
			}
			this.log.add("committed " + this.application.committed());
			return this.log;
		}

		private void run(Block block) throws Throwable {
			try {
				if (block.kind() == Kind.RESOURCES) {
					ResourceScope.<Throwable>run((scope) -> body(block, null, scope));
				}
				else {
					block.way().call(this.application, block.kind().form(), (tx) -> {
						body(block, tx, null);
						return true;
					});
				}
			}
			finally {
				this.application.driver().heal();
			}
		}

		private void body(Block block, @Nullable ActiveScope tx, @Nullable ResourceScope resources) throws Throwable {
			try {
				for (Step step : block.steps()) {
					if (tx != null) {
						run(step, tx);
					}
					else if (step.deed() == Deed.ENTER && resources != null) {
						resources.enter(resource(step));
					}
					else {
						run(step);
					}
				}
			}
			finally {
				arm(block);
			}
		}

		private void arm(Block block) {
			switch (block.fault()) {
				case NONE -> {
				}
				case COMMIT_REFUSED -> this.application.driver().failAt(Phase.COMMIT, Faults.refused());
				case COMMIT_LOST -> this.application.driver().failAt(Phase.COMMIT, Faults.lostLink());
				case ROLLBACK ->
					this.application.driver().failAt(Phase.ROLLBACK, new SQLException("rollback of " + block.name()));
				case ROLLBACK_TO_SAVEPOINT -> this.application.driver()
					.failAt(Phase.ROLLBACK_TO_SAVEPOINT, new SQLException("rollback of " + block.name()));
			}
		}

		private void run(Step step, ActiveScope tx) throws Throwable {
			switch (step.deed()) {
				case ENTER -> tx.enter(resource(step));
				case AFTER_COMMIT -> tx.afterCommit(() -> call(step));
				case AFTER_ROLLBACK -> tx.afterRollback(() -> call(step));
				case ON_COMPLETION -> tx.onCompletion((outcome) -> call(step));
				case BEFORE_COMMIT -> tx.beforeCommit(() -> call(step));
				case SET_ROLLBACK_ONLY -> tx.setRollbackOnly(step.name());
				default -> run(step);
			}
		}

		private void run(Step step) throws Throwable {
			if (step.deed() == Deed.INSERT) {
				this.application.insert(step.name());
			}
			else if (step.deed() == Deed.THROW) {
				throw failure(step.name());
			}
			else if (step.inner() != null) {
				try {
					run(step.inner());
				}
				catch (Throwable ex) {
					if (!step.fails()) {
						throw ex;
					}
				}
			}
		}

		private void call(Step step) {
			this.log.add(step.name() + " is called");
			if (step.fails()) {
				throw Failures.rethrow(failure(step.name()));
			}
		}

		private Resource<String> resource(Step step) {
			return Resource.of(() -> {
				if (step.fails()) {
					throw Failures.rethrow(failure(step.name()));
				}
				return step.name();
			}, (name, outcome) -> {
				this.log.add("release of " + name + " sees " + text(outcome));
				if (step.releaseFails()) {
					throw Failures.rethrow(failure("release of " + name));
				}
			});
		}

		private static String text(Outcome outcome) {
			Throwable failure = outcome.failure();
			return (outcome.isSuccess() ? "success" : outcome.isFailure() ? "failure" : "doubt")
					+ ((failure != null) ? " after " + name(failure) : "");
		}

		/** Of each kind, by the name. */
		private static Throwable failure(String name) {
			return switch (name.length() % 3) {
				case 0 -> new IOException(name);
				case 1 -> new IllegalStateException(name);
				default -> new AssertionError(name);
			};
		}

		private static String describe(Throwable failure) {
			List<String> carried = new ArrayList<>();
			for (Throwable each : failure.getSuppressed()) {
				carried.add(name(each));
			}
			return name(failure) + " carrying " + carried;
		}

		private static String name(Throwable failure) {
			if (failure instanceof CommitFailedException commit) {
				return "commit failed, " + commit.outcome();
			}
			if (failure instanceof AfterCommitException after) {
				return "after the commit " + after.failures().stream().map(Run::name).toList();
			}
			if (failure instanceof IllegalTransactionStateException
					|| failure instanceof CannotCreateTransactionException) {
				return "refused";
			}
			if (failure instanceof UnexpectedRollbackException) {
				return "unexpected rollback" + cause(failure);
			}
			return (failure instanceof TransactionSystemException) ? "rolled back as asked" + cause(failure)
					: String.valueOf(failure.getMessage());
		}

		private static String cause(Throwable failure) {
			return (failure.getCause() != null) ? " caused by " + name(failure.getCause()) : "";
		}

	}

	/**
	 * What is to happen.
	 */
	private static final class Model {

		private final List<String> log = new ArrayList<>();

		private final SortedSet<String> committed = new TreeSet<>();

		List<String> of(Block tree) {
			Failure told = run(tree, null);
			this.log.add((told != null) ? "threw " + told.name + " carrying " + told.carriedNames() : "returned");
			this.log.add("committed " + List.copyOf(this.committed));
			return this.log;
		}

		private @Nullable Failure run(Block block, @Nullable Transaction around) {
			if (block.kind() == Kind.RESOURCES) {
				return resources(block, around);
			}
			return (around != null && around.real) ? runInside(block, around) : switch (block.kind()) {
				case MANDATORY -> new Failure("refused");
				case WITHOUT, NEVER -> owner(block, false);
				default -> owner(block, true);
			};
		}

		private @Nullable Failure runInside(Block block, Transaction around) {
			return switch (block.kind()) {
				case NESTED -> nested(block, around);
				case REQUIRES_NEW -> owner(block, true);
				case WITHOUT -> owner(block, false);
				case NEVER, OUTERMOST -> new Failure("refused");
				default -> joined(block, around);
			};
		}

		/** A resource scope: each release sees the failure so far. */
		private @Nullable Failure resources(Block block, @Nullable Transaction around) {
			List<Step> entered = new ArrayList<>();
			Failure failure = body(block, around, entered);
			for (int i = entered.size() - 1; i >= 0; i--) {
				Failure released = release(entered.get(i),
						(failure != null) ? "failure after " + failure.name : "success");
				failure = (failure != null) ? failure.carry(released) : released;
			}
			return failure;
		}

		/** Its end is the end of what it registered; of a transaction, if it has one. */
		private @Nullable Failure owner(Block block, boolean real) {
			Transaction own = new Transaction(real);
			Failure told = body(block, own, own.entered);
			TransactionOutcome outcome = TransactionOutcome.ROLLED_BACK;
			List<Failure> later = new ArrayList<>();
			boolean commit = told == null && !asksForRollback(block, told);
			if (commit) {
				told = objection(own);
				commit = told == null;
			}
			if (commit && real && block.fault() == Fault.COMMIT_REFUSED) {
				told = new Failure("commit failed, ROLLED_BACK");
			}
			else if (commit && real && block.fault() == Fault.COMMIT_LOST) {
				outcome = TransactionOutcome.UNKNOWN;
				told = new Failure("commit failed, UNKNOWN");
			}
			else if (commit) {
				outcome = TransactionOutcome.COMMITTED;
				this.committed.addAll(own.inserted);
			}
			else if (real && block.fault() == Fault.ROLLBACK) {
				later.add(new Failure("rollback of " + block.name()));
			}
			follow(own, outcome, told, later);
			return tell(outcome, told, later);
		}

		private @Nullable Failure objection(Transaction own) {
			for (int i = 0; i < own.callbacks.size() && !own.doomed; i++) {
				Step callback = own.callbacks.get(i);
				if (callback.deed() == Deed.BEFORE_COMMIT) {
					Failure failure = call(callback);
					if (failure != null) {
						return failure;
					}
				}
			}
			return own.doomed ? own.unexpectedRollback() : null;
		}

		private void follow(Transaction own, TransactionOutcome outcome, @Nullable Failure told, List<Failure> later) {
			for (Step callback : own.callbacks) {
				if (callback.deed() == Deed.ON_COMPLETION
						|| (callback.deed() == Deed.AFTER_COMMIT && outcome == TransactionOutcome.COMMITTED)
						|| (callback.deed() == Deed.AFTER_ROLLBACK && outcome == TransactionOutcome.ROLLED_BACK)) {
					Failure failure = call(callback);
					if (failure != null) {
						later.add(failure);
					}
				}
			}
			String seen = switch (outcome) {
				case COMMITTED -> "success";
				case ROLLED_BACK -> "failure after " + ((told != null) ? told : own.unexpectedRollback()).name;
				case UNKNOWN -> "doubt after " + ((told != null) ? told : own.unexpectedRollback()).name;
			};
			for (int i = own.entered.size() - 1; i >= 0; i--) {
				Step resource = own.entered.get(i);
				Failure ofSavepoint = own.savepointFailures.get(resource);
				Failure failure = release(resource, (ofSavepoint != null) ? "failure after " + ofSavepoint.name : seen);
				if (failure != null) {
					later.add(failure);
				}
			}
		}

		private static @Nullable Failure tell(TransactionOutcome outcome, @Nullable Failure told, List<Failure> later) {
			if (later.isEmpty()) {
				return told;
			}
			if (told == null && outcome == TransactionOutcome.COMMITTED) {
				told = new Failure("after the commit " + later.stream().map((each) -> each.name).toList());
				later.remove(0);
			}
			else if (told == null) {
				told = new Failure("rolled back as asked caused by " + later.remove(0).name);
			}
			later.forEach(told::carry);
			return told;
		}

		/** A block that joined ends nothing, and dooms the transaction if it fails. */
		private @Nullable Failure joined(Block block, Transaction around) {
			Failure failure = body(block, around, around.entered);
			if (failure != null || asksForRollback(block, failure)) {
				around.doom(failure);
			}
			return failure;
		}

		/** A block at a savepoint takes back what came since, and no more. */
		private @Nullable Failure nested(Block block, Transaction around) {
			if (around.doomed) {
				return new Failure("refused");
			}
			int inserted = around.inserted.size();
			int callbacks = around.callbacks.size();
			int entered = around.entered.size();
			Failure told = body(block, around, around.entered);
			boolean commit = told == null && !asksForRollback(block, told);
			if (commit && !around.doomed) {
				return null;
			}
			told = commit ? around.unexpectedRollback() : told;
			Failure cause = (told != null) ? told : new Failure("unexpected rollback");
			around.doomed = false;
			around.inserted.subList(inserted, around.inserted.size()).clear();
			around.callbacks.subList(callbacks, around.callbacks.size()).clear();
			around.entered.stream().skip(entered).forEach((each) -> around.savepointFailures.putIfAbsent(each, cause));
			List<Failure> later = new ArrayList<>();
			if (block.fault() == Fault.ROLLBACK_TO_SAVEPOINT) {
				around.doom(cause);
				later.add(new Failure("rollback of " + block.name()));
			}
			return tell(TransactionOutcome.ROLLED_BACK, told, later);
		}

		private @Nullable Failure body(Block block, @Nullable Transaction tx, List<Step> entered) {
			for (Step step : block.steps()) {
				Failure failure = null;
				switch (step.deed()) {
					case INSERT -> ((tx != null && tx.real) ? tx.inserted : this.committed).add(step.name());
					case THROW -> failure = new Failure(step.name());
					case INNER -> failure = step.fails() ? swallow(step, tx) : run(inner(step), tx);
					case SET_ROLLBACK_ONLY -> {
					}
					case ENTER -> {
						if (step.fails()) {
							failure = new Failure(step.name());
						}
						else {
							entered.add(step);
						}
					}
					default -> callbacks(tx).add(step);
				}
				if (failure != null) {
					return failure;
				}
			}
			return null;
		}

		private @Nullable Failure swallow(Step step, @Nullable Transaction tx) {
			run(inner(step), tx);
			return null;
		}

		private static Block inner(Step step) {
			return Objects.requireNonNull(step.inner());
		}

		private static List<Step> callbacks(@Nullable Transaction tx) {
			return Objects.requireNonNull(tx).callbacks;
		}

		/** Where it came so far. */
		private static boolean asksForRollback(Block block, @Nullable Failure failure) {
			return failure == null && block.steps().stream().anyMatch((each) -> each.deed() == Deed.SET_ROLLBACK_ONLY);
		}

		private @Nullable Failure call(Step callback) {
			this.log.add(callback.name() + " is called");
			return callback.fails() ? new Failure(callback.name()) : null;
		}

		private @Nullable Failure release(Step resource, String seen) {
			this.log.add("release of " + resource.name() + " sees " + seen);
			return resource.releaseFails() ? new Failure("release of " + resource.name()) : null;
		}

	}

	/**
	 * A transaction of the model, or what stands for it in a block without one.
	 */
	private static final class Transaction {

		private final boolean real;

		private final List<String> inserted = new ArrayList<>();

		private final List<Step> callbacks = new ArrayList<>();

		private final List<Step> entered = new ArrayList<>();

		/** Of the resources entered at a savepoint that was rolled back. */
		private final IdentityHashMap<Step, Failure> savepointFailures = new IdentityHashMap<>();

		private boolean doomed;

		private @Nullable Failure doomedBy;

		Transaction(boolean real) {
			this.real = real;
		}

		void doom(@Nullable Failure failure) {
			if (!this.doomed) {
				this.doomed = true;
				this.doomedBy = failure;
			}
		}

		Failure unexpectedRollback() {
			return new Failure("unexpected rollback"
					+ ((this.doomed && this.doomedBy != null) ? " caused by " + this.doomedBy.name : ""));
		}

	}

	/**
	 * A failure of the model.
	 */
	private static final class Failure {

		private final String name;

		private final List<Failure> carried = new ArrayList<>();

		Failure(String name) {
			this.name = name;
		}

		Failure carry(@Nullable Failure later) {
			if (later != null) {
				this.carried.add(later);
			}
			return this;
		}

		List<String> carriedNames() {
			return this.carried.stream().map((each) -> each.name).toList();
		}

	}

}
