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

import java.util.Objects;
import java.util.function.Function;

import io.transactionscope.resource.failure.Failures;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The catalogue: what can be done with any resource, or with none. Each may be entered in
 * a {@link ResourceScope} and in a transaction scope, where it is released after the
 * commit or rollback. Resources of one kind are in catalogues of their own, each named
 * {@code ...Resources}: of locks and permits, rate limits, files, settings, and those
 * that need Micrometer or Spring.
 *
 * <pre class="code">
 * ResourceScope.run((scope) -&gt; {
 *     scope.enter(Resources.translating(SQLException.class, IndexException::new));
 *     scope.enter(Resources.suppressing(NoSuchFileException.class));
 *     Engine engine = scope.enter(Resources.closing(engines.get(), Engine::stop));
 *     engine.index(Files.readString(file));
 * });
 * </pre>
 *
 * <p>
 * What is made here may be kept in a field and shared between threads.
 *
 * @since 0.1.0
 */
public final class Resources {

	private static final Logger logger = LoggerFactory.getLogger(Resources.class);

	private static final @Nullable Object[] NO_ARGUMENTS = {};

	private Resources() {
	}

	/**
	 * Keep failures of the listed types, and of their subclasses, from leaving the scope:
	 * of what is entered later, and of the body. What is entered earlier sees a success.
	 * <p>
	 * What a listed failure carries as suppressed and is not listed is a failure of its
	 * own: it goes on in its place. The same holds of what its causes carry, but not of
	 * the causes themselves, which are a part of it.
	 * <p>
	 * Each failure kept is logged at WARN with its stack trace, and counted. See
	 * {@link ResourceScope#call} for what becomes of a result.
	 * <p>
	 * Of the body's failure only a plain scope can be kept from. In a transaction scope
	 * it has rolled the transaction back, so its caller gets it, and with
	 * try-with-resources the block throws it past every scope. There this catches
	 * failures of releases only, and those that come after see the outcome as it is.
	 * @param <X> what the types have in common
	 * @param types what to suppress; with none, nothing is
	 * @return the resource, whose value counts, and which may be given a condition and a
	 * name, or be bound to one release
	 */
	@SafeVarargs
	@SuppressWarnings("varargs")
	public static <X extends Throwable> Suppressing<X> suppressing(Class<? extends X>... types) {
		Objects.requireNonNull(types, "types must not be null");
		return Suppressing.of(types);
	}

	/**
	 * Turn failures of a type, and of its subclasses, into others on their way out of the
	 * scope: those of what is entered later, and of the body. The caller gets, and what
	 * is entered earlier sees, what the translator returns. <pre class="code">
	 * scope.enter(Resources.translating(SQLException.class, IndexException::new));
	 * </pre>
	 * <p>
	 * The failure is kept: if what the translator returns has no cause, the failure
	 * becomes its cause, and if it has another one, it carries the failure as suppressed.
	 * A translator that throws an exception with the failure as a cause has translated it
	 * as well. If it fails otherwise, or returns {@code null}, the failure goes on as it
	 * is, and carries that.
	 * <p>
	 * In a transaction scope the failure of a body, a COMMIT or another block that ends
	 * the transaction is translated after the rollback, which it does not change, and so
	 * is each failure of a release. What has reached its caller already goes on as it is:
	 * the failure of a block in try-with-resources, of a savepoint inside which this was
	 * entered, and of a {@code @Transactional} method that began the transaction.
	 * @param <X> the type of what to translate
	 * @param type the type of what to translate
	 * @param translator returns what is to take the place of a failure, or the same to
	 * let it pass; called by the thread that ends the scope
	 * @return a resource whose value is the type
	 */
	public static <X extends Throwable> Resource<Class<X>> translating(Class<X> type,
			Function<? super X, ? extends Throwable> translator) {
		Objects.requireNonNull(type, "type must not be null");
		Objects.requireNonNull(translator, "translator must not be null");
		Held<Class<X>> translating = new Translating<>(type, translator);
		return () -> translating;
	}

	/**
	 * Hold a value that exists already, and let go of it at the end.
	 * @param <T> the type of the value
	 * @param value the value
	 * @param closer what lets go of it
	 * @return a resource whose value it is
	 */
	public static <T extends @Nullable Object> Resource<T> closing(T value, Closer<? super T> closer) {
		Objects.requireNonNull(closer, "closer must not be null");
		return () -> Held.of(value, (outcome) -> closer.close(value));
	}

	/**
	 * Do nothing: for where a resource is asked for and there is none.
	 * @param <T> the type of the value
	 * @param value the value
	 * @return a resource whose value it is
	 */
	public static <T extends @Nullable Object> Resource<T> none(T value) {
		Held<T> held = Held.of(value, (outcome) -> {
		});
		return () -> held;
	}

	/**
	 * Log start and end of an activity at INFO, how long it took, and at WARN what made
	 * it fail, with its stack trace. A logger that fails changes nothing.
	 * @param activity what the scope does, with {@code {}} for each argument. If there
	 * are arguments and none of these, they follow it in brackets
	 * @param arguments what it does that with, as they are when the scope is entered. One
	 * whose text is long, spans lines or cannot be had does no harm
	 * @return a resource whose value is the activity with its arguments, and whose levels
	 * can be changed
	 */
	public static ActivityLog logged(String activity, @Nullable Object... arguments) {
		return new ActivityLog(logger, activity, arguments);
	}

	/**
	 * Log start and end of an activity to a logger of one's own, see
	 * {@link #logged(String, Object...)}.
	 * @param logger where to log
	 * @param activity what the scope does, with {@code {}} for each argument
	 * @param arguments what it does that with
	 * @return a resource whose value is the activity with its arguments, and whose levels
	 * can be changed
	 */
	public static ActivityLog logged(Logger logger, String activity, @Nullable Object... arguments) {
		return new ActivityLog(logger, activity, arguments);
	}

	/**
	 * Log start and end of an activity without arguments at the given level, see
	 * {@link #logged(String, Object...)}.
	 * @param activity what the scope does
	 * @param level the level to log at; a failure is logged at WARN at least
	 * @return a resource whose value is the activity, and whose levels can be changed
	 */
	public static ActivityLog logged(String activity, Level level) {
		return logged(logger, activity, level);
	}

	/**
	 * Log start and end of an activity without arguments to a logger of one's own at the
	 * given level, see {@link #logged(String, Object...)}.
	 * @param logger where to log
	 * @param activity what the scope does
	 * @param level the level to log at; a failure is logged at WARN at least
	 * @return a resource whose value is the activity, and whose levels can be changed
	 */
	public static ActivityLog logged(Logger logger, String activity, Level level) {
		return new ActivityLog(logger, activity, NO_ARGUMENTS).at(level);
	}

	/**
	 * Lets go of a value.
	 *
	 * @param <T> the type of the value
	 * @since 0.1.0
	 */
	@FunctionalInterface
	public interface Closer<T extends @Nullable Object> {

		/**
		 * Let go of the value.
		 * @param value the value
		 * @throws Exception if that failed; see {@link Held#release(Outcome)} for what
		 * becomes of it
		 */
		void close(T value) throws Exception;

	}

	/**
	 * Turns failures of a type into others.
	 *
	 * @param <X> the type of what is turned
	 */
	private static final class Translating<X extends Throwable> extends StepwiseUnwinding.Rule<Class<X>> {

		private final Class<X> type;

		private final Function<? super X, ? extends @Nullable Throwable> translator;

		Translating(Class<X> type, Function<? super X, ? extends @Nullable Throwable> translator) {
			this.type = type;
			this.translator = translator;
		}

		@Override
		public Class<X> value() {
			return this.type;
		}

		@Override
		void unwind(Unwinding unwinding) {
			unwinding.translateFailures(this::translate);
		}

		@Override
		public void release(Outcome outcome) {
			Throwable failure = outcome.failure();
			Throwable translation = (failure != null) ? translate(failure) : null;
			if (translation != failure && translation != null) {
				throw Failures.rethrow(translation);
			}
		}

		private Throwable translate(Throwable failure) {
			if (!this.type.isInstance(failure)) {
				return failure;
			}
			try {
				Throwable translation = Objects.requireNonNull(this.translator.apply(this.type.cast(failure)),
						() -> "The translator of " + this.type.getName()
								+ " must not return null: return the failure itself to let it pass");
				if (translation != failure) {
					keep(failure, translation);
				}
				return translation;
			}
			catch (Throwable ex) {
				return Failures.join(failure, ex);
			}
		}

		/**
		 * Keep a failure as the cause of what takes its place, or else among what that
		 * carries.
		 */
		private static void keep(Throwable failure, Throwable translation) {
			if (Failures.isTranslation(failure, translation)) {
				return;
			}
			if (translation.getCause() == null && !Failures.leadsTo(failure, translation)) {
				try {
					translation.initCause(failure);
					return;
				}
				catch (RuntimeException ex) {
					// It was made to have no cause
				}
			}
			Failures.suppress(translation, failure);
		}

	}

}
