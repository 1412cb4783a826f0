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

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import io.transactionscope.resource.failure.Failures;
import org.jspecify.annotations.Nullable;

/**
 * Releases what was entered in it: in reverse order, each exactly once, whatever fails,
 * and with one {@link Outcome} that everything in the scope gets to see.
 *
 * <pre class="code">
 * ResourceScope.run((scope) -&gt; {
 *     scope.enter(lock);
 *     Writer writer = scope.enter(Files.newBufferedWriter(report));
 *     scope.onFailure((outcome) -&gt; alarm(outcome.failure()));
 *     print(writer);
 * });
 * </pre>
 *
 * <h2>Outcome</h2> A scope succeeds if its body returns and fails if it throws. With
 * {@link #open()} and try-with-resources it cannot see what its block throws; there it
 * succeeds only if {@link #complete()} was called, as the last statement of the block,
 * and fails otherwise. A release that throws makes the scope fail for what was entered
 * earlier.
 *
 * <h2>Failures</h2> The first failure reaches the caller, the same instance, checked or
 * not, and carries all later ones (see {@link Failures}). A release that throws because
 * of the failure that it was shown, and names it as the cause, has not failed later but
 * translated it: what it throws takes the failure's place, for the caller and for what
 * was entered earlier. A checked exception that a resource throws when it is acquired or
 * released is not part of any signature here (see {@link Resource}). A failure of a block
 * in try-with-resources is thrown by the block itself, past everything that could
 * translate it, and carries what {@link #close()} throws.
 *
 * <h2>Threads</h2> A scope belongs to the thread that opened it. Any use from another
 * one, and any but a second {@link #close()} once it has ended, fails with an
 * {@link IllegalStateException} and changes nothing. To hand a scope to another thread,
 * {@link #detach()} it: what is returned belongs to the first thread that uses it.
 *
 * @since 0.1.0
 */
public final class ResourceScope extends OwnedUnwinding implements AutoCloseable {

	private ResourceScope(@Nullable Thread owner, boolean completed) {
		super(owner, completed);
		StackReserve.probe();
	}

	/**
	 * Open a scope for try-with-resources. It fails unless {@link #complete()} is called
	 * before it is closed. <pre class="code">
	 * try (ResourceScope scope = ResourceScope.open()) {
	 *     Path report = scope.enter(FileResources.atomicFile(target));
	 *     print(report);
	 *     scope.complete();
	 * }
	 * </pre>
	 * @return the open scope, which belongs to the current thread
	 */
	public static ResourceScope open() {
		return new ResourceScope(Thread.currentThread(), false);
	}

	/**
	 * Run a body in a scope of its own.
	 * @param <X> the type of the checked exception that the body throws, if any
	 * @param body what to run; the scope that it is given ends with it
	 * @throws X what the body throws, the same instance unless a release translates it
	 */
	public static <X extends Throwable> void run(Block<X> body) throws X {
		Objects.requireNonNull(body, "body must not be null");
		ResourceScope scope = new ResourceScope(Thread.currentThread(), true);
		try {
			body.run(scope);
		}
		catch (Throwable ex) {
			scope.close(ex);
			return;
		}
		scope.close(null);
	}

	/**
	 * Run a body in a scope of its own and return its result.
	 * @param <T> the type of the result
	 * @param <X> the type of the checked exception that the body throws, if any
	 * @param body what to run; the scope that it is given ends with it
	 * @return what the body returns
	 * @throws X what the body throws, the same instance unless a release translates it
	 * @throws IllegalStateException if the body's failure was suppressed, as the body had
	 * asked for, so that there is nothing to return; that failure is the cause
	 */
	public static <T extends @Nullable Object, X extends Throwable> T call(Call<T, X> body) throws X {
		Objects.requireNonNull(body, "body must not be null");
		ResourceScope scope = new ResourceScope(Thread.currentThread(), true);
		T result;
		try {
			result = body.call(scope);
			LateWork.refuse("A ResourceScope's body", result);
		}
		catch (Throwable ex) {
			scope.close(ex);
			throw new IllegalStateException("The failure of this scope's body was suppressed, and so call(...) has"
					+ " no result to return: use run(...), or catch the failure in the body and return another result",
					ex);
		}
		scope.close(null);
		return result;
	}

	/**
	 * Acquire a resource now and release it at the end of this scope.
	 * <p>
	 * What the resource throws comes as it is, checked or not. Nothing is to be released
	 * for it then; what was entered earlier is released with it as the failure, unless
	 * the body catches it.
	 * @param <T> the type of the resource's value
	 * @param resource what to acquire
	 * @return the resource's value
	 * @throws IllegalStateException if this scope has ended or belongs to another thread;
	 * nothing is acquired then. A resource that ends this scope while it is acquired is
	 * released at once, with this exception as the failure
	 */
	public <T extends @Nullable Object> T enter(Resource<? extends T> resource) {
		checkUsable();
		Objects.requireNonNull(resource, "resource must not be null");
		StackReserve.probe();
		Held<? extends T> held = acquire(resource);
		try {
			checkNotEnded();
			push(held);
		}
		catch (IllegalStateException | VirtualMachineError ex) {
			throw Apart.abandon(List.of(held), ex);
		}
		counted(held);
		return held.value();
	}

	/**
	 * Take over something that is held already: it is released at the end of this scope.
	 * @param <T> the type of its value
	 * @param held what is held; where this method throws, it is not taken over
	 * @return its value
	 * @throws IllegalStateException if this scope has ended or belongs to another thread
	 */
	public <T extends @Nullable Object> T adopt(Held<? extends T> held) {
		checkUsable();
		Objects.requireNonNull(held, "held must not be null");
		T value = held.value();
		push(held);
		counted(held);
		return value;
	}

	/**
	 * Close something at the end of this scope. Another {@link ResourceScope} entered
	 * here ends with this one, and with this one's outcome.
	 * @param <C> the type of what to close
	 * @param closeable what to close; where this method throws, it is not taken over
	 * @return the same
	 * @throws IllegalStateException if this scope has ended or belongs to another thread,
	 * or if what to close is a scope that belongs to another thread
	 */
	public <C extends AutoCloseable> C enter(C closeable) {
		checkUsable();
		Objects.requireNonNull(closeable, "closeable must not be null");
		if (closeable == this) {
			throw new IllegalArgumentException("A ResourceScope cannot be entered in itself: enter it in another one");
		}
		if (closeable instanceof ResourceScope inner) {
			inner.checkThread();
			pushInner(inner);
		}
		else {
			push(closeable);
		}
		counted(closeable);
		return closeable;
	}

	/**
	 * Run an action at the end of this scope, which gets to see how it ended.
	 * @param action what to run
	 * @throws IllegalStateException if this scope has ended or belongs to another thread
	 */
	public void onExit(ExitAction action) {
		checkUsable();
		Objects.requireNonNull(action, "action must not be null");
		push(action);
		counted(action);
	}

	/**
	 * Run an action at the end of this scope if it succeeded; in a transaction scope, if
	 * the transaction is committed.
	 * @param action what to run
	 * @throws IllegalStateException if this scope has ended or belongs to another thread
	 */
	public void onSuccess(Runnable action) {
		Objects.requireNonNull(action, "action must not be null");
		onExit((outcome) -> {
			if (outcome.isSuccess()) {
				action.run();
			}
		});
	}

	/**
	 * Run an action at the end of this scope if it failed; in a transaction scope, if the
	 * transaction is rolled back. It is not run if nobody knows: see
	 * {@link Outcome.Unknown}.
	 * @param action what to run
	 * @throws IllegalStateException if this scope has ended or belongs to another thread
	 */
	public void onFailure(ExitAction action) {
		Objects.requireNonNull(action, "action must not be null");
		onExit((outcome) -> {
			if (outcome.isFailure()) {
				action.run(outcome);
			}
		});
	}

	/**
	 * Run an action at the end of this scope, however it ended.
	 * @param action what to run
	 * @throws IllegalStateException if this scope has ended or belongs to another thread
	 */
	public void defer(Runnable action) {
		Objects.requireNonNull(action, "action must not be null");
		onExit((outcome) -> action.run());
	}

	/**
	 * {@return how many entries this scope holds: what was entered in it and is not
	 * released yet} A scope in it counts as one, and what that one holds counts as well.
	 * @throws IllegalStateException if this scope belongs to another thread
	 */
	public int size() {
		checkThread();
		return count();
	}

	/**
	 * Expect up to so many entries in this scope, in place of 1,000. One more is logged
	 * at WARN, once, with its type and a stack trace: most likely, a loop enters what
	 * only its current round needs.
	 * @param entries how many, at least 1
	 * @throws IllegalStateException if this scope has ended or belongs to another thread
	 */
	public void expect(int entries) {
		checkUsable();
		if (entries < 1) {
			throw new IllegalArgumentException("Invalid entries (%d): must be at least 1".formatted(entries));
		}
		makeRoom(entries);
	}

	/**
	 * Move all that was entered so far to a new scope. This one then releases nothing of
	 * it; it stays open, and is empty. Scopes that were entered in this one go with it.
	 * <p>
	 * For an owner that acquires several things, each of which may fail, and keeps them
	 * once it has them all: <pre class="code">
	 * try (ResourceScope scope = ResourceScope.open()) {
	 *     this.socket = scope.enter(connect(address));
	 *     this.file = scope.enter(Files.newByteChannel(journal, CREATE, WRITE));
	 *     this.resources = scope.detach();
	 * }
	 * </pre>
	 * @return the new scope, whose {@link #close()} is a success unless something fails
	 * in it. It belongs to the first thread that uses it; to hand it on once more, detach
	 * it again.
	 * @throws IllegalStateException if this scope has ended, is being closed, or belongs
	 * to another thread
	 */
	public ResourceScope detach() {
		checkNotClosing("detach()");
		ResourceScope detached = new ResourceScope(null, true);
		leaveTo(detached);
		return detached;
	}

	/**
	 * Mark this scope as successful: to be called last in the block of
	 * try-with-resources. Needed after {@link #open()} only, and harmless elsewhere.
	 * @throws IllegalStateException if this scope has ended, is being closed, or belongs
	 * to another thread
	 */
	public void complete() {
		checkNotClosing("complete()");
		succeed();
	}

	/**
	 * Release everything now. The outcome is a success, as long as no release fails,
	 * except in a scope that was {@linkplain #open() opened} and not
	 * {@linkplain #complete() completed}: that one has failed.
	 * <p>
	 * Throws the first failure of a release, checked or not, which carries the later
	 * ones. Does nothing in a scope that has ended or is being closed.
	 * @throws IllegalStateException if this scope belongs to another thread
	 */
	@Override
	public void close() {
		checkThread();
		close(null);
	}

	/**
	 * Release everything now with an outcome that is known and that no failing release
	 * can change. This is for those who build scopes of their own on this one, as the
	 * transaction scope is.
	 * <p>
	 * No failure of a release is thrown: they are returned, for the caller to tell.
	 * Nothing is released in a scope that has ended or is being closed.
	 * @param outcome what every release gets to see
	 * @return the failures of releases in order, without those that were suppressed by
	 * what was entered for it; empty if there are none
	 * @throws IllegalStateException if this scope belongs to another thread
	 */
	public List<Throwable> end(Outcome outcome) {
		List<Throwable> failures = new ArrayList<>(0);
		end(outcome, null, failures);
		return failures;
	}

	/**
	 * Release everything now as {@link #end(Outcome)} does, in a scope that is one of
	 * several which end together: what was entered here may translate or suppress what
	 * failed in those that were opened after it.
	 * @param outcome what every release gets to see
	 * @param failure what is on its way to the caller, most often the outcome's failure,
	 * so that releases may translate it; {@code null} if nothing is
	 * @param later the failures of releases so far, in order; takes those of the releases
	 * here, and loses those that are suppressed
	 * @return what is on its way now: the given failure, or what it was translated into,
	 * which the outcome shows in its place from then on
	 * @throws IllegalStateException if this scope belongs to another thread
	 */
	public @Nullable Throwable end(Outcome outcome, @Nullable Throwable failure, List<Throwable> later) {
		checkThread();
		Objects.requireNonNull(outcome, "outcome must not be null");
		Objects.requireNonNull(later, "later must not be null");
		return hasBegun() ? failure : unwind(outcome, failure, joined(outcome, later));
	}

	private void close(@Nullable Throwable failure) {
		Throwable left = hasBegun() ? failure : unwind(joined(failure));
		if (left != null) {
			throw Failures.rethrow(left);
		}
	}

	void checkUsable() {
		checkThread();
		checkNotEnded();
	}

	private void checkNotEnded() {
		if (hasEnded()) {
			throw new IllegalStateException("This ResourceScope has ended and takes nothing more:"
					+ " use it before its body returns and before close()");
		}
	}

	private void checkNotClosing(String call) {
		checkUsable();
		if (hasBegun()) {
			throw new IllegalStateException(
					"This ResourceScope is being closed already: call " + call + " before, in its block");
		}
	}

	static <T extends @Nullable Object> Held<T> acquire(Resource<T> resource) {
		Held<T> held;
		try {
			held = resource.acquire();
		}
		catch (Exception ex) {
			throw Failures.rethrow(ex);
		}
		if (held == null) {
			throw new NullPointerException("acquire() of " + resource + " must not return null");
		}
		return held;
	}

	/**
	 * A body that returns nothing.
	 *
	 * @param <X> the type of the checked exception that it throws, if any
	 * @since 0.1.0
	 */
	@FunctionalInterface
	public interface Block<X extends Throwable> {

		/**
		 * Run the body.
		 * @param scope the scope of the body, which ends with it
		 * @throws X whatever makes the body fail
		 */
		void run(ResourceScope scope) throws X;

	}

	/**
	 * A body that returns a result.
	 *
	 * @param <T> the type of the result
	 * @param <X> the type of the checked exception that it throws, if any
	 * @since 0.1.0
	 */
	@FunctionalInterface
	public interface Call<T extends @Nullable Object, X extends Throwable> {

		/**
		 * Run the body.
		 * @param scope the scope of the body, which ends with it
		 * @return its result
		 * @throws X whatever makes the body fail
		 */
		T call(ResourceScope scope) throws X;

	}

}
