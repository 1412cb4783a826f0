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

package io.transactionscope.pool.snapshot;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

import io.transactionscope.text.ApplicationCode;
import org.jspecify.annotations.Nullable;

/**
 * Tells an application's own stack frames from those of what it stands on.
 *
 * @since 0.1.0
 */
public final class Frames {

	private static final int MAXIMUM = 3;

	private static final String LEDGER = "io.transactionscope.pool.";

	private static final List<String> OF_JDK = List.of("java.", "javax.", "jdk.", "sun.");

	/** Connections, statements and rows as borrowers have them. */
	private static final String TRACKED = LEDGER + "tracked.";

	/** What they are asked for that is no statement, and may go to the database. */
	private static final Set<String> ROUND_TRIPS = Set.of("next", "previous", "first", "last", "absolute", "relative",
			"close", "getMoreResults", "prepareStatement", "prepareCall", "setSavepoint", "releaseSavepoint",
			"setAutoCommit", "setReadOnly", "setTransactionIsolation", "getTransactionIsolation", "setCatalog",
			"getCatalog", "setSchema", "getSchema", "isValid");

	/** What the JDK waits for other threads with, and what it stands on. */
	private static final List<String> CONCURRENCY = List.of("java.util.concurrent.", "java.util.stream.",
			"java.lang.Thread", "java.lang.VirtualThread", "java.lang.Object", "java.lang.System", "jdk.internal.misc.",
			"jdk.internal.vm.");

	private static final Map<String, Set<String>> JOINS = Map.of("FutureTask", Set.of("get"), "CompletableFuture",
			Set.of("get", "join"), "CountDownLatch", Set.of("await"), "ForkJoinTask",
			Set.of("get", "join", "invoke", "awaitDone"), "AbstractExecutorService", Set.of("invokeAll", "invokeAny"),
			"ThreadPerTaskExecutor", Set.of("invokeAll", "invokeAny", "close", "awaitTermination"),
			"ThreadPoolExecutor", Set.of("awaitTermination"), "CyclicBarrier", Set.of("await"), "Thread",
			Set.of("join"), "StructuredTaskScopeImpl", Set.of("join"));

	private Frames() {
	}

	/**
	 * {@return the frames from the one on that has called the ledger}
	 * @param stack a stack that was taken in the ledger, the innermost frame first
	 */
	public static List<StackTraceElement> ofCaller(StackTraceElement[] stack) {
		Objects.requireNonNull(stack, "stack must not be null");
		return Stream.of(stack).dropWhile((frame) -> frame.getClassName().startsWith(LEDGER)).toList();
	}

	/**
	 * {@return the innermost frames of an application's own, or just the innermost ones
	 * if there are none: 3 at most, after the {@link #join join} that they stand in}
	 * @param stack what a thread does, the innermost frame first
	 */
	public static List<StackTraceElement> ofApplication(List<StackTraceElement> stack) {
		Objects.requireNonNull(stack, "stack must not be null");
		List<StackTraceElement> own = stack.stream().filter(Frames::isOwn).limit(MAXIMUM).toList();
		if (own.isEmpty()) {
			return stack.stream().limit(MAXIMUM).toList();
		}
		return Stream.concat(Stream.ofNullable(join(stack)), own.stream()).toList();
	}

	/**
	 * Return the innermost frame of an application's own.
	 * @param stack what a thread does, the innermost frame first
	 * @return the frame, or {@code null} if there is none
	 */
	public static @Nullable StackTraceElement innermostOwn(List<StackTraceElement> stack) {
		Objects.requireNonNull(stack, "stack must not be null");
		return stack.stream().filter(Frames::isOwn).findFirst().orElse(null);
	}

	/**
	 * Return the call of an application's own code by which a thread waits for what other
	 * threads do, such as {@code CompletableFuture.join}.
	 * @param stack what a thread does, the innermost frame first
	 * @return the frame of the JDK that was called, or {@code null} if the thread does
	 * not do that
	 */
	public static @Nullable StackTraceElement join(List<StackTraceElement> stack) {
		Objects.requireNonNull(stack, "stack must not be null");
		List<StackTraceElement> inside = stack.stream().takeWhile((frame) -> !isOwn(frame)).toList();
		// Not within a client that waits for an answer, and calls that a future, too.
		boolean joins = !inside.isEmpty() && inside.size() < stack.size()
				&& inside.stream().allMatch(Frames::isOfConcurrency) && inside.stream().anyMatch(Frames::isJoin);
		return joins ? inside.get(inside.size() - 1) : null;
	}

	/**
	 * {@return whether a thread is at work on a task of a thread pool of the JDK's}
	 * @param stack what a thread does, the innermost frame first
	 */
	public static boolean runsTask(List<StackTraceElement> stack) {
		Objects.requireNonNull(stack, "stack must not be null");
		return stack.stream().map(StackTraceElement::getClassName).anyMatch(Frames::isWorker);
	}

	private static boolean isWorker(String type) {
		return type.equals("java.util.concurrent.ThreadPoolExecutor$Worker")
				|| type.equals("java.util.concurrent.ForkJoinWorkerThread")
				|| type.startsWith("java.util.concurrent.CompletableFuture$Async")
				|| type.startsWith("java.util.concurrent.ThreadPerTaskExecutor");
	}

	private static boolean isOfConcurrency(StackTraceElement frame) {
		return CONCURRENCY.stream().anyMatch(frame.getClassName()::startsWith);
	}

	private static boolean isJoin(StackTraceElement frame) {
		String type = frame.getClassName();
		return JOINS.getOrDefault(type.substring(type.lastIndexOf('.') + 1), Set.of()).contains(frame.getMethodName());
	}

	/**
	 * {@return a frame as a person expects it, without the class loader and the module}
	 * @param frame the frame as the JVM has it
	 */
	public static String describe(StackTraceElement frame) {
		Objects.requireNonNull(frame, "frame must not be null");
		return new StackTraceElement(frame.getClassName(), frame.getMethodName(), frame.getFileName(),
				frame.getLineNumber())
			.toString();
	}

	/**
	 * {@return whether a thread has nothing to do and waits for its thread pool's next
	 * task}
	 * @param stack what a thread does, the innermost frame first
	 */
	public static boolean waitsForTask(List<StackTraceElement> stack) {
		Objects.requireNonNull(stack, "stack must not be null");
		return stack.stream().anyMatch(Frames::takesTask);
	}

	/**
	 * {@return whether a thread waits for the answer to the test that HikariCP makes of a
	 * connection that was free for a while, before it lends it}
	 * @param stack what a thread does, the innermost frame first
	 */
	public static boolean testsConnection(List<StackTraceElement> stack) {
		Objects.requireNonNull(stack, "stack must not be null");
		return stack.stream().anyMatch(Frames::isTest);
	}

	/**
	 * {@return whether a thread is within the handing out of connections of a pool of
	 * {@code reactor-pool}, which no other thread goes on with until it has come back}
	 * @param stack what a thread does, the innermost frame first
	 */
	public static boolean handsOutConnections(List<StackTraceElement> stack) {
		Objects.requireNonNull(stack, "stack must not be null");
		return stack.stream()
			.anyMatch((frame) -> frame.getClassName().startsWith("reactor.pool.")
					&& frame.getMethodName().equals("drainLoop"));
	}

	private static boolean isTest(StackTraceElement frame) {
		return frame.getClassName().equals("com.zaxxer.hikari.pool.PoolBase")
				&& frame.getMethodName().equals("isConnectionDead");
	}

	/**
	 * {@return whether a thread stands in a call of JDBC that is no statement and may go
	 * to the database all the same, such as that for more rows or for a savepoint} Such
	 * calls are too many, or too short, to be timed.
	 * @param stack what a thread does, the innermost frame first
	 */
	public static boolean isInRoundTrip(List<StackTraceElement> stack) {
		Objects.requireNonNull(stack, "stack must not be null");
		return stack.stream()
			.filter((frame) -> frame.getClassName().startsWith(TRACKED))
			.findFirst()
			.filter((frame) -> ROUND_TRIPS.contains(frame.getMethodName()))
			.isPresent();
	}

	/**
	 * {@return whether a thread waits for what comes in over a link}
	 * @param stack what a thread does, the innermost frame first
	 */
	public static boolean readsLink(List<StackTraceElement> stack) {
		Objects.requireNonNull(stack, "stack must not be null");
		return stack.stream()
			.takeWhile(Frames::isOfJdk)
			.map(StackTraceElement::getClassName)
			.anyMatch((type) -> type.startsWith("sun.nio.ch.") || type.startsWith("java.net."));
	}

	/**
	 * Return how a thread that has borrowed a connection shows that it will not give it
	 * back.
	 * @param borrowSite the stack with which it has borrowed, empty if nobody knows
	 * @param stack what it does later, empty if nobody knows
	 * @return the sign, or {@code null} if there is none
	 */
	public static @Nullable Abandonment abandonment(List<StackTraceElement> borrowSite, List<StackTraceElement> stack) {
		Objects.requireNonNull(borrowSite, "borrowSite must not be null");
		Objects.requireNonNull(stack, "stack must not be null");
		if (waitsForTask(stack)) {
			return Abandonment.TASK_ENDED;
		}
		return BorrowingCode.of(borrowSite).isLeftBy(stack) ? Abandonment.CODE_LEFT : null;
	}

	private static boolean takesTask(StackTraceElement frame) {
		String type = frame.getClassName();
		return switch (frame.getMethodName()) {
			case "getTask" -> type.endsWith(".ThreadPoolExecutor");
			case "awaitWork" -> type.endsWith(".ForkJoinPool");
			default -> false;
		};
	}

	/**
	 * {@return whether a frame is of the JDK}
	 * @param frame the frame
	 */
	public static boolean isOfJdk(StackTraceElement frame) {
		return OF_JDK.stream().anyMatch(frame.getClassName()::startsWith);
	}

	/**
	 * {@return whether a frame is of code that nobody has written, such as a proxy's or
	 * what calls a lambda}
	 * @param frame the frame
	 */
	public static boolean isGenerated(StackTraceElement frame) {
		return frame.getClassName().contains("$$") || frame.getClassName().contains("$Proxy");
	}

	/**
	 * {@return whether a frame is of an application's own code}
	 * @param frame the frame
	 */
	public static boolean isOwn(StackTraceElement frame) {
		return !isGenerated(frame) && ApplicationCode.includes(frame.getClassName());
	}

}
