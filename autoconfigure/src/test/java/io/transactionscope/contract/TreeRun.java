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
import java.lang.reflect.UndeclaredThrowableException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

import io.transactionscope.ActiveScope;
import io.transactionscope.test.Phase;
import io.transactionscope.postgresql.AdvisoryLocks;
import io.transactionscope.resource.failure.Failures;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.transaction.AfterCommitException;
import io.transactionscope.transaction.CommitFailedException;
import jakarta.persistence.EntityManager;
import org.jspecify.annotations.Nullable;

import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.TransactionSystemException;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.interceptor.TransactionAspectSupport;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Runs a tree and writes down what happens.
 */
final class TreeRun {

	private static final Duration WAIT = Duration.ofSeconds(1);

	private final Grove grove;

	private final List<String> log = new ArrayList<>();

	/** What the thread is in, the innermost first. */
	private final Deque<Frame> frames = new ArrayDeque<>();

	TreeRun(Grove grove) {
		this.grove = grove;
	}

	List<String> of(Tree tree) {
		this.grove.application(0).beginRequest();
		try {
			run(tree);
			this.log.add("returned");
		}
		catch (Throwable ex) {
			this.log.add("threw " + describe(ex));
		}
		finally {
			this.grove.application(0).endRequest();
		}
		this.log.add("committed " + this.grove.committed());
		return this.log;
	}

	private void run(Tree tree) throws Throwable {
		Application application = this.grove.application(tree.side());
		try {
			if (tree.fault().isAtBegin()) {
				arm(tree, application);
			}
			switch (tree.kind()) {
				case RESOURCES -> ResourceScope.<Throwable>run((scope) -> body(tree, null, scope, null));
				case PLAIN, PLAIN_NESTED, PLAIN_NEW -> runPlain(tree, application);
				default -> way(tree).call(application, form(tree), (tx) -> {
					body(tree, tx, null, null);
					return true;
				});
			}
		}
		finally {
			heal(application);
		}
	}

	private void runPlain(Tree tree, Application application) throws Throwable {
		if (tree.way() == Tree.Written.ANNOTATION) {
			PlainMethods methods = application.plainMethods();
			PlainMethods.Block body = () -> {
				try {
					body(tree, null, null, TransactionAspectSupport.currentTransactionStatus());
				}
				catch (Throwable ex) {
					throw Failures.rethrow(ex);
				}
			};
			switch (tree.kind()) {
				case PLAIN_NESTED -> methods.nested(body);
				case PLAIN_NEW -> methods.requiresNew(body);
				default -> methods.required(body);
			}
			return;
		}
		TransactionTemplate template = new TransactionTemplate(application.manager());
		template.setPropagationBehavior(switch (tree.kind()) {
			case PLAIN_NESTED -> TransactionDefinition.PROPAGATION_NESTED;
			case PLAIN_NEW -> TransactionDefinition.PROPAGATION_REQUIRES_NEW;
			default -> TransactionDefinition.PROPAGATION_REQUIRED;
		});
		template.executeWithoutResult((status) -> {
			try {
				body(tree, null, null, status);
			}
			catch (Throwable ex) {
				throw Failures.rethrow(ex);
			}
		});
	}

	private static Way way(Tree tree) {
		return switch (tree.way()) {
			case LAMBDA -> Way.LAMBDA;
			case TRY_WITH_RESOURCES -> Way.TRY_WITH_RESOURCES;
			case ANNOTATION -> Way.ANNOTATION;
		};
	}

	private static Form form(Tree tree) {
		return switch (tree.kind()) {
			case NESTED -> Form.NESTED;
			case REQUIRES_NEW -> Form.REQUIRES_NEW;
			case WITHOUT -> Form.NOT_SUPPORTED;
			case MANDATORY -> Form.MANDATORY;
			case NEVER -> Form.NEVER;
			case OUTERMOST -> Form.OUTERMOST;
			default -> Form.INNER;
		};
	}

	private void body(Tree tree, @Nullable ActiveScope tx, @Nullable ResourceScope resources,
			@Nullable TransactionStatus plain) throws Throwable {
		Application application = this.grove.application(tree.side());
		heal(application);
		Frame own = new Frame(tree, tx, resources, plain, new ArrayList<>());
		this.frames.push(own);
		try {
			for (Tree.Step step : tree.steps()) {
				Frame frame = step.outward() ? around(step) : own;
				if (frame != null) {
					run(step, frame);
				}
				if (step.inner() != null && !own.locks.isEmpty()) {
					this.log.add("%s holds %d locks".formatted(tree.name(),
							own.locks.stream().filter(application.heldLocks()::contains).count()));
				}
			}
		}
		finally {
			this.frames.pop();
			if (!tree.fault().isAtBegin()) {
				arm(tree, application);
			}
		}
	}

	private static void heal(Application application) {
		application.driver().heal();
		application.pool().heal();
	}

	private void arm(Tree tree, Application application) {
		String message = tree.faultMessage();
		SQLException failure = new SQLException(message, "99999");
		switch (tree.fault()) {
			case NONE -> {
			}
			case BORROW -> application.pool().failToLend(failure);
			case COMMIT_REFUSED -> application.driver().failAt(Phase.COMMIT, new SQLException(message, "40001"));
			case COMMIT_LOST -> application.driver().failAt(Phase.COMMIT, new SQLException(message, "08006"));
			default -> application.driver().failAt(Phase.valueOf(tree.fault().name()), failure);
		}
	}

	private @Nullable Frame around(Tree.Step step) {
		return this.frames.stream()
			.skip(1)
			.filter((each) -> each.tree.side() == step.side() && step.deed().fitsFromInside(each.tree.kind()))
			.findFirst()
			.orElse(null);
	}

	private void run(Tree.Step step, Frame frame) throws Throwable {
		if (frame.tx != null) {
			run(step, frame, frame.tx);
		}
		else if (step.deed() == Tree.Deed.ENTER && frame.resources != null) {
			frame.resources.enter(resource(step));
		}
		else if (step.deed() == Tree.Deed.SET_ROLLBACK_ONLY && frame.plain != null) {
			frame.plain.setRollbackOnly();
		}
		else {
			run(step);
		}
	}

	private void run(Tree.Step step, Frame frame, ActiveScope tx) throws Throwable {
		switch (step.deed()) {
			case SESSION_LOCK, TRANSACTION_LOCK -> lock(step, frame, tx);
			case ENTER -> tx.enter(resource(step));
			case AFTER_COMMIT -> tx.afterCommit(() -> call(step));
			case AFTER_ROLLBACK -> tx.afterRollback(() -> call(step));
			case ON_COMPLETION -> tx.onCompletion((outcome) -> call(step));
			case BEFORE_COMMIT -> tx.beforeCommit(() -> call(step));
			case SET_ROLLBACK_ONLY -> tx.setRollbackOnly(step.name());
			default -> run(step);
		}
	}

	private void run(Tree.Step step) throws Throwable {
		if (step.deed().isWrite()) {
			write(step);
		}
		else if (step.deed() == Tree.Deed.THROW) {
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

	private void write(Tree.Step step) {
		Application application = this.grove.application(step.side());
		if (step.deed() != Tree.Deed.INSERT && application.isInJpaTransaction()) {
			write(step, application, application.entityManager());
			return;
		}
		if (step.fails()) {
			failStatement(step, application);
		}
		try {
			application.insert(step.name());
		}
		finally {
			application.driver().heal();
		}
	}

	private void write(Tree.Step step, Application application, EntityManager entityManager) {
		if (step.fails()) {
			// It alone, and not what waits since before.
			entityManager.flush();
			failStatement(step, application);
		}
		try {
			if (step.deed() == Tree.Deed.QUERY) {
				entityManager.createNativeQuery("insert into item values (?1)")
					.setParameter(1, step.name())
					.executeUpdate();
			}
			else {
				entityManager.persist(new Item(step.name()));
				if (step.fails()) {
					entityManager.flush();
				}
			}
		}
		finally {
			application.driver().heal();
		}
	}

	private static void failStatement(Tree.Step step, Application application) {
		application.driver().failAt(Phase.STATEMENT, new SQLException(step.faultMessage(), "99999"));
	}

	private void lock(Tree.Step step, Frame frame, ActiveScope tx) {
		if (!this.grove.hasLocks(frame.tree.side())) {
			return;
		}
		Application application = this.grove.application(frame.tree.side());
		if (step.fails()) {
			failStatement(step, application);
		}
		try {
			frame.locks.add(tx.enter((step.deed() == Tree.Deed.SESSION_LOCK) ? AdvisoryLocks.session(step.key(), WAIT)
					: AdvisoryLocks.transaction(step.key(), WAIT)));
		}
		finally {
			application.driver().heal();
		}
	}

	private void call(Tree.Step step) {
		this.log.add(step.name() + " is called");
		if (step.fails()) {
			throw Failures.rethrow(failure(step.name()));
		}
	}

	private Resource<String> resource(Tree.Step step) {
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

	static boolean isChecked(String name) {
		return name.length() % 3 == 0;
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
			return "after the commit " + after.failures().stream().map(TreeRun::name).toList();
		}
		if (failure instanceof IllegalTransactionStateException
				|| failure instanceof CannotCreateTransactionException) {
			// What has doomed the transaction before is not what the driver has refused
			// now.
			return "refused" + ((failure.getCause() instanceof UnexpectedRollbackException) ? "" : sqlMessage(failure));
		}
		if (failure instanceof UnexpectedRollbackException) {
			return "unexpected rollback" + cause(failure);
		}
		if (failure instanceof UndeclaredThrowableException) {
			return "undeclared" + cause(failure);
		}
		if (!sqlMessage(failure).isEmpty()) {
			return sqlMessage(failure).trim();
		}
		return (failure instanceof TransactionSystemException) ? "rolled back as asked" + cause(failure)
				: String.valueOf(failure.getMessage())
					.replaceFirst("^A callback before the commit of '.*' failed", "before")
					.replaceFirst("^Scope '.*' cannot acquire a resource .*", "refused to lock from inside")
					.replaceFirst("^Scope '.*' has no JDBC connection here.*", "no connection here");
	}

	private static String cause(Throwable failure) {
		return (failure.getCause() != null) ? " caused by " + name(failure.getCause()) : "";
	}

	/** What the driver has said, whoever translated it. */
	private static String sqlMessage(Throwable failure) {
		boolean asked = failure instanceof TransactionSystemException
				&& String.valueOf(failure.getMessage()).contains("is rolled back as asked");
		for (Throwable each = failure; each != null && !asked; each = each.getCause()) {
			if (each instanceof SQLException) {
				return " " + each.getMessage();
			}
		}
		return "";
	}

	/**
	 * A body that runs.
	 *
	 * @param tree its block
	 * @param tx the handle, if it has one
	 * @param resources the resources alone, if that is what it has
	 * @param plain what Spring knows it as, if it is not a block
	 * @param locks the keys of what was locked on the handle
	 */
	private record Frame(Tree tree, @Nullable ActiveScope tx, @Nullable ResourceScope resources,
			@Nullable TransactionStatus plain, List<Long> locks) {
	}

}
