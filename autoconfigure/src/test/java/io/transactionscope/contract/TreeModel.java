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

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

import io.transactionscope.transaction.TransactionOutcome;
import org.jspecify.annotations.Nullable;

/**
 * What is to happen when a tree runs.
 */
final class TreeModel {

	private static final Transaction NONE = new Transaction(false);

	private final Grove grove;

	private final List<String> log = new ArrayList<>();

	private final SortedSet<String> committed = new TreeSet<>();

	/** What the thread is in, the innermost first. */
	private final Deque<Frame> frames = new ArrayDeque<>();

	/** The locks that a rollback to a savepoint has freed. */
	private final Set<Tree.Step> freed = new HashSet<>();

	TreeModel(Grove grove) {
		this.grove = grove;
	}

	List<String> of(Tree tree) {
		Failure told = run(tree, new Around(NONE, NONE));
		this.log.add((told != null) ? "threw " + told.name + " carrying " + told.carriedNames() : "returned");
		this.log.add("committed " + List.copyOf(this.committed));
		return this.log;
	}

	private @Nullable Failure run(Tree tree, Around around) {
		Transaction current = around.at(tree.side());
		if (tree.kind() == Tree.Kind.RESOURCES) {
			return resources(tree, around);
		}
		return current.real ? runInside(tree, around, current) : switch (tree.kind()) {
			case MANDATORY -> new Failure("refused");
			case WITHOUT, NEVER -> owner(tree, around, false);
			case PLAIN, PLAIN_NEW, PLAIN_NESTED -> plainOwner(tree, around);
			default -> owner(tree, around, true);
		};
	}

	private @Nullable Failure runInside(Tree tree, Around around, Transaction current) {
		return switch (tree.kind()) {
			case NESTED -> nested(tree, around, current);
			case REQUIRES_NEW -> owner(tree, around, true);
			case WITHOUT -> owner(tree, around, false);
			case NEVER, OUTERMOST -> new Failure("refused");
			case PLAIN -> plainJoined(tree, around, current);
			case PLAIN_NEW -> plainOwner(tree, around);
			case PLAIN_NESTED -> plainNested(tree, around, current);
			default -> joined(tree, around, current);
		};
	}

	/** A resource scope: each release sees the failure so far. */
	private @Nullable Failure resources(Tree tree, Around around) {
		List<Tree.Step> entered = new ArrayList<>();
		Failure failure = body(tree, around, null, entered).failure;
		for (int i = entered.size() - 1; i >= 0; i--) {
			Failure released = release(entered.get(i), (failure != null) ? "failure after " + failure.name : "success");
			failure = (failure != null) ? failure.carry(released) : released;
		}
		return failure;
	}

	/** Its end is the end of what it registered; of a transaction, if it has one. */
	private @Nullable Failure owner(Tree tree, Around around, boolean real) {
		if (real && (tree.fault() == Tree.Fault.BORROW || tree.fault() == Tree.Fault.BEGIN)) {
			return refused(tree);
		}
		Transaction own = new Transaction(real);
		Body body = body(tree, around.with(tree.side(), own), own, own.entered);
		Failure told = body.toldTo(tree);
		TransactionOutcome outcome = TransactionOutcome.ROLLED_BACK;
		List<Failure> later = new ArrayList<>();
		boolean commit = body.failure == null && !body.asked;
		if (commit) {
			told = objection(own);
			commit = told == null;
		}
		if (commit && flushFails(tree, own)) {
			told = new Failure(tree.faultMessage());
		}
		else if (commit && real && tree.fault() == Tree.Fault.COMMIT_REFUSED) {
			told = new Failure("commit failed, ROLLED_BACK");
		}
		else if (commit && real && tree.fault() == Tree.Fault.COMMIT_LOST) {
			outcome = TransactionOutcome.UNKNOWN;
			told = new Failure("commit failed, UNKNOWN");
		}
		else if (commit) {
			outcome = TransactionOutcome.COMMITTED;
			own.flush();
			this.committed.addAll(own.inserted);
		}
		else if (real && tree.fault() == Tree.Fault.ROLLBACK) {
			later.add(new Failure(tree.faultMessage()));
		}
		if (real) {
			giveBack(tree, own, outcome, commit, later);
		}
		follow(own, outcome, told, (told != null) ? told : own.unexpectedRollback(), later);
		return body.thrown(tree, tell(outcome, told, later));
	}

	/**
	 * Unlock, the latest lock first, and restore: until the connection is discarded,
	 * which may be before.
	 * @param commit whether a COMMIT was tried
	 */
	private void giveBack(Tree tree, Transaction own, TransactionOutcome outcome, boolean commit, List<Failure> later) {
		if (outcome == TransactionOutcome.UNKNOWN || (!commit && tree.fault() == Tree.Fault.ROLLBACK)) {
			return;
		}
		for (int i = own.ofSession.size() - 1; i >= 0; i--) {
			if (own.ofSession.get(i).fails()) {
				// Nobody knows whether it was granted.
				return;
			}
			if (unlockFails(tree, commit)) {
				// The driver throws the same again where that has failed the commit.
				if (!commit || outcome == TransactionOutcome.COMMITTED) {
					later.add(new Failure(tree.faultMessage()));
				}
				return;
			}
		}
		// Where a session is closed with its transaction, Hibernate keeps it to itself,
		// and the pool discards the connection.
		if (tree.fault() == Tree.Fault.RESTORE && (!isJpa(tree) || isInSessionOfRequest(tree))) {
			later.add(new Failure(tree.faultMessage()));
		}
	}

	/** It commits unless auto-commit is on again, as Hibernate leaves it if it can. */
	private boolean unlockFails(Tree tree, boolean commit) {
		return tree.fault() == Tree.Fault.STATEMENT || ((commit || !isJpa(tree))
				&& (tree.fault() == Tree.Fault.COMMIT_REFUSED || tree.fault() == Tree.Fault.COMMIT_LOST));
	}

	/** Only the first transaction has it, and those that are inside another do not. */
	private boolean isInSessionOfRequest(Tree tree) {
		return this.grove.wiring(tree.side()) == Wiring.OPEN_IN_VIEW && this.frames.stream()
			.noneMatch((each) -> each.tree.side() == tree.side() && each.tx != null && each.tx.real);
	}

	/** Whether something waits to be written, and cannot. */
	private static boolean flushFails(Tree tree, Transaction tx) {
		return tree.fault() == Tree.Fault.STATEMENT && !tx.persisted.isEmpty();
	}

	private boolean isJpa(Tree tree) {
		return this.grove.wiring(tree.side()).isJpa();
	}

	private @Nullable Failure objection(Transaction own) {
		Failure failure = own.doomed ? null : beforeCommit(own);
		return (failure != null) ? failure : own.doomed ? own.unexpectedRollback() : null;
	}

	private @Nullable Failure beforeCommit(Transaction own) {
		for (Tree.Step callback : own.callbacks) {
			if (callback.deed() == Tree.Deed.BEFORE_COMMIT) {
				Failure failure = call(callback);
				if (failure != null) {
					return failure;
				}
			}
		}
		return null;
	}

	/**
	 * Let follow what was registered.
	 * @param told the caller's failure, which takes what failed by the end of the
	 * callbacks
	 * @param seen what resources see of a transaction that was not committed
	 */
	private void follow(Transaction own, TransactionOutcome outcome, @Nullable Failure told, Failure seen,
			List<Failure> later) {
		for (Tree.Step callback : own.callbacks) {
			if (callback.deed() == Tree.Deed.ON_COMPLETION
					|| (callback.deed() == Tree.Deed.AFTER_COMMIT && outcome == TransactionOutcome.COMMITTED)
					|| (callback.deed() == Tree.Deed.AFTER_ROLLBACK && outcome == TransactionOutcome.ROLLED_BACK)) {
				Failure failure = call(callback);
				if (failure != null) {
					later.add(failure);
				}
			}
		}
		if (told != null) {
			later.forEach(told::carry);
			later.clear();
		}
		String text = switch (outcome) {
			case COMMITTED -> "success";
			case ROLLED_BACK -> "failure after " + seen.name;
			case UNKNOWN -> "doubt after " + seen.name;
		};
		for (int i = own.entered.size() - 1; i >= 0; i--) {
			Tree.Step resource = own.entered.get(i);
			Failure ofSavepoint = own.savepointFailures.get(resource);
			Failure failure = release(resource, (ofSavepoint != null) ? "failure after " + ofSavepoint.name : text);
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
	private @Nullable Failure joined(Tree tree, Around around, Transaction current) {
		Body body = body(tree, around, current, current.entered);
		if (body.failure != null && body.isClosed(tree) && !body.asked) {
			current.doom(new Failure("Scope '%s' was closed without complete()"
				.formatted((tree.kind() == Tree.Kind.MANDATORY) ? "mandatory" : "inner")));
		}
		else if (body.failure != null || body.asked) {
			current.doom(body.toldTo(tree));
		}
		return body.failure;
	}

	/** A block at a savepoint takes back what came since, and no more. */
	private @Nullable Failure nested(Tree tree, Around around, Transaction current) {
		if (current.doomed) {
			return new Failure("refused");
		}
		Position position = new Position(current);
		if (tree.fault() == Tree.Fault.SAVEPOINT) {
			return refused(tree);
		}
		Body body = body(tree, around, current, current.entered);
		Failure told = body.toldTo(tree);
		boolean commit = body.failure == null && !body.asked;
		List<Failure> later = new ArrayList<>();
		if (commit && !current.doomed) {
			boolean flushFails = flushFails(tree, current);
			if (!flushFails && tree.fault() != Tree.Fault.RELEASE_SAVEPOINT) {
				current.flush();
				return null;
			}
			Failure failure = new Failure(tree.faultMessage());
			current.forGood |= flushFails;
			position.rollBack(failure, tree);
			if (current.forGood) {
				current.doom(failure);
			}
			return failure;
		}
		told = commit ? current.unexpectedRollback() : told;
		Failure cause = (told != null) ? told : new Failure("unexpected rollback");
		position.rollBack(cause, tree);
		if (tree.fault() == Tree.Fault.ROLLBACK_TO_SAVEPOINT) {
			current.doom(cause);
			later.add(new Failure(tree.faultMessage()));
		}
		else if (current.forGood) {
			current.doom(cause);
		}
		if (tree.fault() == Tree.Fault.RELEASE_SAVEPOINT) {
			later.add(new Failure(tree.faultMessage()));
		}
		return body.thrown(tree, tell(TransactionOutcome.ROLLED_BACK, told, later));
	}

	/** Spring's manager is told nothing of what failed, but to whom it throws. */
	private @Nullable Failure plainOwner(Tree tree, Around around) {
		if (tree.fault() == Tree.Fault.BORROW || tree.fault() == Tree.Fault.BEGIN) {
			return refused(tree);
		}
		Transaction own = new Transaction(true);
		Body body = body(tree, around.with(tree.side(), own), own, own.entered);
		TransactionOutcome outcome = TransactionOutcome.ROLLED_BACK;
		List<Failure> later = new ArrayList<>();
		Failure thrown = body.thrownPlainly(tree);
		Failure known = own.doomedBy;
		boolean commit = !body.rollsBackPlainly(tree);
		if (commit) {
			Failure objection = plainObjection(own);
			if (objection != null) {
				thrown = objection;
				commit = false;
			}
			else if (flushFails(tree, own)) {
				thrown = new Failure(tree.faultMessage());
			}
			else if (tree.fault() == Tree.Fault.COMMIT_REFUSED) {
				thrown = new Failure(tree.faultMessage());
				known = thrown;
			}
			else if (tree.fault() == Tree.Fault.COMMIT_LOST) {
				outcome = TransactionOutcome.UNKNOWN;
				thrown = new Failure("commit failed, UNKNOWN");
				known = thrown;
			}
			else {
				outcome = TransactionOutcome.COMMITTED;
				own.flush();
				this.committed.addAll(own.inserted);
			}
		}
		giveBack(tree, own, outcome, commit, later);
		follow(own, outcome, known, (known != null) ? known : own.unexpectedRollback(), later);
		Failure told = tell(outcome, known, later);
		return (outcome == TransactionOutcome.COMMITTED && told != null) ? told : thrown;
	}

	private @Nullable Failure plainObjection(Transaction own) {
		if (own.doomed) {
			return own.unexpectedRollback();
		}
		Failure failure = beforeCommit(own);
		return (failure != null && failure.checked) ? new Failure("before: " + failure.name) : failure;
	}

	/** It marks the transaction, and says nothing of itself. */
	private @Nullable Failure plainJoined(Tree tree, Around around, Transaction current) {
		Body body = body(tree, around, current, current.entered);
		if (body.rollsBackPlainly(tree)) {
			current.doomed = true;
			// JPA's own mark cannot be taken back.
			current.forGood = isJpa(tree);
		}
		return body.thrownPlainly(tree);
	}

	private @Nullable Failure plainNested(Tree tree, Around around, Transaction current) {
		if (current.doomed) {
			return new Failure("refused");
		}
		Position position = new Position(current);
		if (tree.fault() == Tree.Fault.SAVEPOINT) {
			return refused(tree);
		}
		Body body = body(tree, around, current, current.entered);
		Failure thrown = body.thrownPlainly(tree);
		boolean unreleased = tree.fault() == Tree.Fault.RELEASE_SAVEPOINT;
		if (!body.rollsBackPlainly(tree)) {
			if (!current.doomed && flushFails(tree, current)) {
				current.doomed = true;
				current.forGood = true;
				return new Failure(tree.faultMessage());
			}
			if (!current.doomed) {
				current.flush();
				return unreleased ? new Failure(tree.faultMessage()) : thrown;
			}
			thrown = current.unexpectedRollback();
		}
		position.rollBack(current.unexpectedRollback(), tree);
		if (unreleased) {
			thrown = new Failure(tree.faultMessage());
		}
		if (tree.fault() == Tree.Fault.ROLLBACK_TO_SAVEPOINT) {
			thrown = new Failure(tree.faultMessage());
			current.doom(thrown);
		}
		return thrown;
	}

	private static Failure refused(Tree tree) {
		return new Failure("refused " + tree.faultMessage());
	}

	private Body body(Tree tree, Around around, @Nullable Transaction tx, List<Tree.Step> entered) {
		Body body = new Body();
		Frame own = new Frame(tree, body, tx, entered, new ArrayList<>());
		this.frames.push(own);
		for (Tree.Step step : tree.steps()) {
			Frame frame = step.outward() ? around(step) : own;
			if (frame != null) {
				body.failure = run(step, frame, around);
			}
			if (body.failure != null) {
				break;
			}
			if (step.inner() != null && !own.locks.isEmpty()) {
				this.log.add("%s holds %d locks".formatted(tree.name(),
						own.locks.stream().filter((each) -> !this.freed.contains(each)).count()));
			}
		}
		this.frames.pop();
		return body;
	}

	private @Nullable Frame around(Tree.Step step) {
		return this.frames.stream()
			.skip(1)
			.filter((each) -> each.tree.side() == step.side() && step.deed().fitsFromInside(each.tree.kind()))
			.findFirst()
			.orElse(null);
	}

	private @Nullable Failure run(Tree.Step step, Frame frame, Around around) {
		switch (step.deed()) {
			case INSERT, PERSIST, QUERY -> {
				return write(step, around.at(step.side()));
			}
			case THROW -> {
				return failure(step.name());
			}
			case INNER -> {
				Failure failure = run(Objects.requireNonNull(step.inner()), around);
				return step.fails() ? null : failure;
			}
			case SET_ROLLBACK_ONLY -> frame.body.asked = true;
			case ENTER -> {
				if (step.fails()) {
					return failure(step.name());
				}
				frame.entered.add(step);
			}
			case SESSION_LOCK, TRANSACTION_LOCK -> {
				return lock(step, frame, Objects.requireNonNull(frame.tx), around);
			}
			default -> Objects.requireNonNull(frame.tx).callbacks.add(step);
		}
		return null;
	}

	private @Nullable Failure write(Tree.Step step, Transaction current) {
		boolean byJpa = step.deed() != Tree.Deed.INSERT && current.real && this.grove.wiring(step.side()).isJpa();
		if (byJpa && (step.fails() || step.deed() == Tree.Deed.QUERY)) {
			current.flush();
		}
		if (step.fails()) {
			if (byJpa) {
				// JPA's own mark cannot be taken back.
				current.doomed = true;
				current.forGood = true;
			}
			return new Failure(step.faultMessage());
		}
		boolean waits = byJpa && step.deed() == Tree.Deed.PERSIST;
		(waits ? current.persisted : current.real ? current.inserted : this.committed).add(step.name());
		return null;
	}

	private @Nullable Failure lock(Tree.Step step, Frame frame, Transaction tx, Around around) {
		if (!this.grove.hasLocks(frame.tree.side())) {
			return null;
		}
		Transaction innermost = this.frames.stream()
			.filter((each) -> each.tree.kind().hasHandle())
			.findFirst()
			.map(Frame::tx)
			.orElseThrow();
		if (innermost != tx) {
			return new Failure("refused to lock from inside");
		}
		if (isJpa(frame.tree) && around.at(frame.tree.side()) != tx) {
			// Suspended for a plain one, and the manager has its connection.
			return new Failure("no connection here");
		}
		if (step.deed() == Tree.Deed.SESSION_LOCK) {
			tx.ofSession.add(step);
		}
		if (step.fails()) {
			return new Failure(step.faultMessage(), true);
		}
		frame.locks.add(step);
		if (step.deed() == Tree.Deed.TRANSACTION_LOCK) {
			tx.locked.add(step);
		}
		return null;
	}

	private static Failure failure(String name) {
		return new Failure(name, TreeRun.isChecked(name));
	}

	private @Nullable Failure call(Tree.Step callback) {
		this.log.add(callback.name() + " is called");
		return callback.fails() ? failure(callback.name()) : null;
	}

	private @Nullable Failure release(Tree.Step resource, String seen) {
		this.log.add("release of " + resource.name() + " sees " + seen);
		return resource.releaseFails() ? failure("release of " + resource.name()) : null;
	}

	/**
	 * What the thread is in, on each data source.
	 */
	private record Around(Transaction first, Transaction second) {

		Transaction at(int side) {
			return (side == 0) ? this.first : this.second;
		}

		Around with(int side, Transaction transaction) {
			return (side == 0) ? new Around(transaction, this.second) : new Around(this.first, transaction);
		}

	}

	/**
	 * How a body has ended.
	 */
	private static final class Body {

		private @Nullable Failure failure;

		private boolean asked;

		/** Whether its block is closed by Java, which tells no failure. */
		boolean isClosed(Tree tree) {
			return tree.way() == Tree.Written.TRY_WITH_RESOURCES;
		}

		/** What the block hears of its failure. */
		@Nullable Failure toldTo(Tree tree) {
			return isClosed(tree) ? null : this.failure;
		}

		/** What reaches the caller where the block throws that. */
		@Nullable Failure thrown(Tree tree, @Nullable Failure told) {
			return (this.failure != null && isClosed(tree)) ? this.failure.carry(told) : told;
		}

		boolean rollsBackPlainly(Tree tree) {
			return this.asked
					|| (this.failure != null && (tree.way() != Tree.Written.ANNOTATION || !this.failure.checked));
		}

		@Nullable Failure thrownPlainly(Tree tree) {
			return (this.failure != null && this.failure.checked && tree.way() != Tree.Written.ANNOTATION)
					? new Failure("undeclared caused by " + this.failure.name) : this.failure;
		}

	}

	/**
	 * A transaction, or what stands for it in a block without one.
	 */
	private static final class Transaction {

		private final boolean real;

		private final List<String> inserted = new ArrayList<>();

		/** What waits in the persistence context. */
		private final List<String> persisted = new ArrayList<>();

		/** By locks of its own, and not of the session. */
		private final List<Tree.Step> locked = new ArrayList<>();

		/** By locks of the session, asked for at least. */
		private final List<Tree.Step> ofSession = new ArrayList<>();

		private final List<Tree.Step> callbacks = new ArrayList<>();

		private final List<Tree.Step> entered = new ArrayList<>();

		/** Of the resources entered at a savepoint that was rolled back. */
		private final IdentityHashMap<Tree.Step, Failure> savepointFailures = new IdentityHashMap<>();

		private boolean doomed;

		/** Whatever is rolled back to a savepoint. */
		private boolean forGood;

		private boolean marked;

		private @Nullable Failure doomedBy;

		Transaction(boolean real) {
			this.real = real;
		}

		void flush() {
			this.inserted.addAll(this.persisted);
			this.persisted.clear();
		}

		/** The first block to do so is the reason. */
		void doom(@Nullable Failure failure) {
			this.doomed = true;
			if (!this.marked) {
				this.marked = true;
				this.doomedBy = failure;
			}
		}

		Failure unexpectedRollback() {
			return new Failure(
					"unexpected rollback" + ((this.doomedBy != null) ? " caused by " + this.doomedBy.name : ""));
		}

	}

	/**
	 * A body that runs.
	 */
	private record Frame(Tree tree, Body body, @Nullable Transaction tx, List<Tree.Step> entered,
			List<Tree.Step> locks) {
	}

	/**
	 * Where a transaction stood at a savepoint, not doomed. What waits in the persistence
	 * context is written first.
	 */
	private final class Position {

		private final Transaction transaction;

		private final int inserted;

		private final int locked;

		private final int callbacks;

		private final int entered;

		Position(Transaction transaction) {
			this.transaction = transaction;
			transaction.flush();
			this.inserted = transaction.inserted.size();
			this.locked = transaction.locked.size();
			this.callbacks = transaction.callbacks.size();
			this.entered = transaction.entered.size();
		}

		void rollBack(Failure cause, Tree tree) {
			Transaction tx = this.transaction;
			if (tree.fault() != Tree.Fault.ROLLBACK_TO_SAVEPOINT) {
				TreeModel.this.freed.addAll(tx.locked.subList(this.locked, tx.locked.size()));
			}
			tx.locked.subList(this.locked, tx.locked.size()).clear();
			tx.persisted.clear();
			tx.doomed = tx.forGood;
			tx.marked = false;
			tx.doomedBy = null;
			tx.inserted.subList(this.inserted, tx.inserted.size()).clear();
			tx.callbacks.subList(this.callbacks, tx.callbacks.size()).clear();
			tx.entered.stream().skip(this.entered).forEach((each) -> tx.savepointFailures.putIfAbsent(each, cause));
		}

	}

	/**
	 * A failure, by its name.
	 */
	private static final class Failure {

		private final String name;

		private final boolean checked;

		private final List<Failure> carried = new ArrayList<>();

		Failure(String name) {
			this(name, false);
		}

		Failure(String name, boolean checked) {
			this.name = name;
			this.checked = checked;
		}

		Failure carry(@Nullable Failure later) {
			if (later != null && !this.carried.contains(later)) {
				this.carried.add(later);
			}
			return this;
		}

		List<String> carriedNames() {
			return this.carried.stream().map((each) -> each.name).toList();
		}

	}

}
