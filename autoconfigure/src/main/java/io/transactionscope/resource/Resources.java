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

import java.io.PrintStream;
import java.math.MathContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.transactionscope.resource.file.AtomicFile;
import io.transactionscope.resource.file.TreeDeletion;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The catalogue: resources that services need every day. Each may be entered in a
 * {@link ResourceScope} and in a transaction scope, where it is released after the commit
 * or rollback.
 *
 * <p>
 * What is made here may be kept in a field and shared between threads. Times of waiting
 * are bounded, by any {@link Duration} from zero, which means not to wait at all; a
 * negative one is an {@link IllegalArgumentException} at once. Waits can be interrupted,
 * and end with a {@link ResourceUnavailableException} that names the resource and the
 * wait.
 *
 * @see io.transactionscope.resource.spring.SpringResources what needs Spring
 * @see io.transactionscope.resource.observation.ObservedResources what needs Micrometer
 */
public final class Resources {

	private static final Logger logger = LoggerFactory.getLogger(Resources.class);

	private Resources() {
	}

	/**
	 * Hold a lock.
	 * @param lock the lock, whose own text stands in the error
	 * @param maxWait how long to wait for it at most
	 * @return a resource that throws {@link ResourceUnavailableException} if the lock
	 * cannot be had in that time
	 */
	public static Resource<Lock> lock(Lock lock, Duration maxWait) {
		Objects.requireNonNull(lock, "lock must not be null");
		return BoundedWait.lock("lock", lock, lock, maxWait);
	}

	/**
	 * Hold a lock that has a name.
	 * @param name what the lock stands for, for the error
	 * @param lock the lock
	 * @param maxWait how long to wait for it at most
	 * @return a resource that throws {@link ResourceUnavailableException} if the lock
	 * cannot be had in that time
	 */
	public static Resource<Lock> lock(String name, Lock lock, Duration maxWait) {
		Objects.requireNonNull(name, "name must not be null");
		Objects.requireNonNull(lock, "lock must not be null");
		return BoundedWait.lock("lock '" + name + "'", lock, lock, maxWait);
	}

	/**
	 * Hold the read side of a lock.
	 * @param lock the lock, whose own text stands in the error
	 * @param maxWait how long to wait for it at most
	 * @return a resource that throws {@link ResourceUnavailableException} if the lock
	 * cannot be had in that time
	 */
	public static Resource<Lock> readLock(ReadWriteLock lock, Duration maxWait) {
		Objects.requireNonNull(lock, "lock must not be null");
		return BoundedWait.lock("read lock", lock, lock.readLock(), maxWait);
	}

	/**
	 * Hold the write side of a lock.
	 * @param lock the lock, whose own text stands in the error
	 * @param maxWait how long to wait for it at most
	 * @return a resource that throws {@link ResourceUnavailableException} if the lock
	 * cannot be had in that time
	 */
	public static Resource<Lock> writeLock(ReadWriteLock lock, Duration maxWait) {
		Objects.requireNonNull(lock, "lock must not be null");
		return BoundedWait.lock("write lock", lock, lock.writeLock(), maxWait);
	}

	/**
	 * Hold one permit of a semaphore.
	 * @param semaphore the semaphore, whose own text stands in the error
	 * @param maxWait how long to wait for the permit at most
	 * @return a resource that throws {@link ResourceUnavailableException} if no permit
	 * can be had in that time
	 */
	public static Resource<Semaphore> permit(Semaphore semaphore, Duration maxWait) {
		return permits(semaphore, 1, maxWait);
	}

	/**
	 * Hold several permits of a semaphore.
	 * @param semaphore the semaphore, whose own text stands in the error
	 * @param permits how many, at least one
	 * @param maxWait how long to wait for them at most
	 * @return a resource that throws {@link ResourceUnavailableException} if they cannot
	 * be had in that time
	 */
	public static Resource<Semaphore> permits(Semaphore semaphore, int permits, Duration maxWait) {
		Objects.requireNonNull(semaphore, "semaphore must not be null");
		return BoundedWait.permits(semaphore, permits, maxWait);
	}

	/**
	 * Let at most so many entries begin in a window of time, not counting those that fail
	 * while their window lasts: they give their slots back.
	 * <p>
	 * Windows follow one another without a gap, the first one from this call on; entries
	 * late in one and early in the next may come close together. Needs the library
	 * {@code com.bucket4j:bucket4j_jdk17-core}.
	 * @param entries how many, at least one
	 * @param window how long a window is, more than zero and at most 365 days
	 * @param maxWait how long to wait for a slot at most. An entry fails as soon as the
	 * next window begins too late for it; those that wait for one window have no order
	 * @return a resource to keep and share, as it is what counts. It throws
	 * {@link ResourceUnavailableException} if there is no slot in that time; its value is
	 * how long the entry waited
	 */
	public static Resource<Duration> rateLimit(int entries, Duration window, Duration maxWait) {
		Objects.requireNonNull(window, "window must not be null");
		try {
			return new RateLimit(entries, window, maxWait, System::nanoTime);
		}
		catch (NoClassDefFoundError ex) {
			throw new IllegalStateException(
					"A rate limit needs Bucket4j: add com.bucket4j:bucket4j_jdk17-core to the dependencies", ex);
		}
	}

	/**
	 * Replace a file as a whole, or not at all. The resource's value is an empty file in
	 * the same directory, to be written and closed by the body. If the scope succeeds it
	 * is forced to disk and moved into place; otherwise, also if a transaction is in
	 * doubt, it is deleted, and the old content stands.
	 * <p>
	 * At no time, not even when the machine is switched off, is there anything else at
	 * the path than the whole old or the whole new content. A process that is killed may
	 * leave a file named {@code .atomic-*.tmp} behind.
	 * <p>
	 * Symbolic links are followed, also to a file that is not there yet. The owner, the
	 * group and the permissions of the old file are kept. Of several scopes that replace
	 * the same file the last one to end wins.
	 * @param path the file, which need not exist; its directory must
	 * @return a resource whose entry throws {@link java.io.IOException} if the directory
	 * cannot be written, if the new file cannot be given to whom the old one belongs, or
	 * if there is anything else than a file at the path, such as a device
	 */
	public static Resource<Path> atomicFile(Path path) {
		Objects.requireNonNull(path, "path must not be null");
		return Resource.of(() -> AtomicFile.beside(path), (file, outcome) -> file.end(outcome.isSuccess()))
			.map(AtomicFile::aside);
	}

	/**
	 * Have a new directory in the system's place for temporary files. It is deleted at
	 * the end with all that is in it, be it read-only, or still written to by another
	 * thread; links in it are, and not what they lead to.
	 * @return a resource whose value is the directory
	 */
	public static Resource<Path> tempDirectory() {
		return Resource.of(() -> Files.createTempDirectory("scope-"), (path, outcome) -> TreeDeletion.delete(path));
	}

	/**
	 * Have a new empty file in the system's place for temporary files. It is deleted at
	 * the end, if it is still there.
	 * @return a resource whose value is the file
	 */
	public static Resource<Path> tempFile() {
		return tempFile(".tmp");
	}

	/**
	 * Have a new empty file in the system's place for temporary files. It is deleted at
	 * the end, if it is still there.
	 * @param suffix how its name is to end, such as {@code ".csv"}
	 * @return a resource whose value is the file
	 */
	public static Resource<Path> tempFile(String suffix) {
		Objects.requireNonNull(suffix, "suffix must not be null");
		return Resource.of(() -> Files.createTempFile("scope-", suffix), (path, outcome) -> Files.deleteIfExists(path));
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
	 * @param types what to suppress; with none, nothing is
	 * @return the resource, whose value counts
	 */
	@SafeVarargs
	@SuppressWarnings("varargs")
	public static Suppressing suppressing(Class<? extends Throwable>... types) {
		Objects.requireNonNull(types, "types must not be null");
		return new Suppressing(types);
	}

	/**
	 * Keep failures of the listed types, and of their subclasses, from leaving the
	 * release of one resource, under the rules of {@link #suppressing}. Failures of its
	 * entry, of the body and of all else go on.
	 * @param <T> the type of the resource's value
	 * @param resource what is to be released
	 * @param types what to suppress; with none, nothing is
	 * @return a resource with the same value
	 */
	@SafeVarargs
	@SuppressWarnings("varargs")
	public static <T extends @Nullable Object> Resource<T> suppressingRelease(Resource<T> resource,
			Class<? extends Throwable>... types) {
		Objects.requireNonNull(resource, "resource must not be null");
		Suppressing suppressing = suppressing(types);
		return () -> suppressing.around(ResourceScope.acquire(resource));
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
	 * Change a setting, and restore what it was before at the end. Overrides of one
	 * setting must end in reverse order, also where several threads share it.
	 * @param <T> the type of the setting
	 * @param current returns the setting
	 * @param change changes it
	 * @param value what it is to be
	 * @return a resource whose value is the given one
	 */
	public static <T extends @Nullable Object> Resource<T> override(Supplier<? extends T> current,
			Consumer<? super T> change, T value) {
		return new Setting<T>("setting", current, change).override(value);
	}

	/**
	 * Change a setting of the current thread, and restore what it was before at the end.
	 * The scope must end on the same thread: on another one the release fails with an
	 * {@link IllegalStateException} and changes nothing.
	 * @param <T> the type of the setting
	 * @param current returns the current thread's setting
	 * @param change changes it
	 * @param value what it is to be
	 * @return a resource whose value is the given one
	 */
	public static <T extends @Nullable Object> Resource<T> overrideForThread(Supplier<? extends T> current,
			Consumer<? super T> change, T value) {
		return new Setting<T>("setting", current, change).overrideForThread(value);
	}

	/**
	 * Set a thread-local for the current thread, and restore its value at the end. One
	 * that had none is removed then; one that makes its own first value has it from the
	 * entry on, as after any other look at it. The scope must end on the same thread.
	 * @param <T> the type of the value
	 * @param threadLocal the thread-local
	 * @param value what it is to be
	 * @return a resource whose value is the given one
	 */
	public static <T extends @Nullable Object> Resource<T> threadLocal(ThreadLocal<T> threadLocal, T value) {
		Objects.requireNonNull(threadLocal, "threadLocal must not be null");
		return Setting.of(threadLocal).overrideForThread(value);
	}

	/**
	 * Put an entry into the logging context (MDC) of the current thread, and restore what
	 * was there at the end. The scope must end on the same thread.
	 * @param key the key
	 * @param value the value, or {@code null} to remove the entry
	 * @return a resource whose value is the given one
	 */
	@SuppressWarnings("NullAway") // Sees no @Nullable type arguments
	public static Resource<@Nullable String> mdc(String key, @Nullable String value) {
		Objects.requireNonNull(key, "key must not be null");
		return Setting.mdc(key).overrideForThread(value);
	}

	/**
	 * Set a system property, and restore what it was at the end. Every thread of the
	 * process sees it meanwhile. The last of several overrides wins, and the last one to
	 * end restores what was before the first.
	 * @param name the name
	 * @param value the value, or {@code null} to clear the property
	 * @return a resource whose value is the given one
	 */
	@SuppressWarnings("NullAway") // Sees no @Nullable type arguments
	public static Resource<@Nullable String> systemProperty(String name, @Nullable String value) {
		Objects.requireNonNull(name, "name must not be null");
		return ProcessOverride.of(Setting.systemProperty(name), value);
	}

	/**
	 * Set the default locale for display and formatting, and restore what both were at
	 * the end. Every thread of the process sees it meanwhile. The last of several
	 * overrides wins, and the last one to end restores what was before the first.
	 * @param locale the locale
	 * @return a resource whose value it is
	 */
	public static Resource<Locale> locale(Locale locale) {
		Objects.requireNonNull(locale, "locale must not be null");
		return ProcessOverride.of(Setting.locales(), Setting.Locales.all(locale)).map(Setting.Locales::base);
	}

	/**
	 * Set the precision and rounding that {@link MathContextHolder#get()} returns to the
	 * current thread, and restore what it was at the end. The scope must end on the same
	 * thread.
	 * @param context the precision and rounding
	 * @return a resource whose value they are
	 */
	@SuppressWarnings("NullAway") // Sees no @Nullable type arguments
	public static Resource<MathContext> mathContext(MathContext context) {
		Objects.requireNonNull(context, "context must not be null");
		return Resources.<@Nullable MathContext>threadLocal(MathContextHolder.current, context).map((set) -> context);
	}

	/**
	 * Send what is written to {@link System#out} elsewhere, until the end. Every thread
	 * of the process is affected. The last of several overrides wins, and the last one to
	 * end restores what was before the first.
	 * @param target where to; it is flushed at the end, and not closed
	 * @return a resource whose value it is
	 */
	public static Resource<PrintStream> standardOutput(PrintStream target) {
		Objects.requireNonNull(target, "target must not be null");
		return ProcessOverride.redirection(Setting.standardOutput(), target);
	}

	/**
	 * Send what is written to {@link System#err} elsewhere, until the end. Every thread
	 * of the process is affected. The last of several overrides wins, and the last one to
	 * end restores what was before the first.
	 * @param target where to; it is flushed at the end, and not closed
	 * @return a resource whose value it is
	 */
	public static Resource<PrintStream> standardError(PrintStream target) {
		Objects.requireNonNull(target, "target must not be null");
		return ProcessOverride.redirection(Setting.standardError(), target);
	}

	/**
	 * Log start and end of the scope, how long it took, and what made it fail.
	 * @param name what the scope does
	 * @param level the level to log at
	 * @return a resource whose value is the name
	 */
	public static Resource<String> logged(String name, Level level) {
		return logged(logger, name, level);
	}

	/**
	 * Log start and end of the scope, how long it took, and what made it fail.
	 * @param logger where to log
	 * @param name what the scope does
	 * @param level the level to log at
	 * @return a resource whose value is the name
	 */
	public static Resource<String> logged(Logger logger, String name, Level level) {
		Objects.requireNonNull(logger, "logger must not be null");
		Objects.requireNonNull(name, "name must not be null");
		Objects.requireNonNull(level, "level must not be null");
		return new LoggedResource(logger, name, level);
	}

	/**
	 * Lets go of a value.
	 *
	 * @param <T> the type of the value
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

}
