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

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The calls of an application that were under way when a connection was borrowed, on
 * whose behalf it may be: those within the task or the request that the thread was at,
 * from the outermost one on.
 */
final class BorrowingCode {

	/** From there on the JDK may leave the outermost frames out. */
	private static final int TRUNCATED = 1024;

	/** What leads a thread from one task or request to the next. */
	private static final List<String> CARRIERS = List.of("java.util.concurrent.FutureTask",
			"java.util.concurrent.ThreadPoolExecutor", "java.util.concurrent.ForkJoin",
			"java.util.concurrent.CompletableFuture$Async", "java.lang.Thread", "java.lang.VirtualThread",
			"jakarta.servlet.", "org.apache.catalina.", "org.apache.coyote.", "org.eclipse.jetty.", "io.undertow.",
			"org.springframework.web.servlet.", "org.springframework.web.filter.", "org.springframework.web.method.",
			"org.springframework.scheduling.", "org.springframework.core.task.", "org.springframework.kafka.",
			"org.springframework.amqp.", "org.springframework.jms.", "io.netty.", "reactor.");

	/** What borrows for the code that calls it. All others keep what they borrow. */
	private static final List<String> SERVANTS = List.of("java.", "javax.", "jdk.", "org.springframework.jdbc.",
			"org.springframework.aop.", "io.transactionscope.", "com.zaxxer.hikari.");

	private final List<StackTraceElement> outermostFirst;

	/** The depth of the application's outermost call, negative if there is none. */
	private final int depth;

	private BorrowingCode(List<StackTraceElement> outermostFirst, int depth) {
		this.outermostFirst = outermostFirst;
		this.depth = depth;
	}

	static BorrowingCode of(List<StackTraceElement> borrowSite) {
		List<StackTraceElement> outermostFirst = reversed(borrowSite);
		int depth = -1;
		for (int i = outermostFirst.size() - 1; i >= 0 && !isCarrier(outermostFirst.get(i)); i--) {
			if (Frames.isOwn(outermostFirst.get(i))) {
				depth = i;
			}
			else if (depth < 0 && !isServant(outermostFirst.get(i))) {
				break;
			}
		}
		return new BorrowingCode(outermostFirst, (borrowSite.size() < TRUNCATED) ? depth : -1);
	}

	/**
	 * Return whether a thread has returned from all of it. To call the same code again in
	 * the same way does not show.
	 */
	boolean isLeftBy(List<StackTraceElement> stack) {
		if (this.depth < 0 || stack.isEmpty() || stack.size() >= TRUNCATED) {
			return false;
		}
		List<StackTraceElement> now = reversed(stack);
		if (now.size() <= this.depth) {
			return true;
		}
		// What is further out goes on where it was only after the call has returned.
		return !now.subList(0, this.depth).equals(this.outermostFirst.subList(0, this.depth))
				|| !isSameMethod(now.get(this.depth), this.outermostFirst.get(this.depth));
	}

	private static boolean isSameMethod(StackTraceElement first, StackTraceElement second) {
		return first.getClassName().equals(second.getClassName())
				&& first.getMethodName().equals(second.getMethodName());
	}

	private static boolean isServant(StackTraceElement frame) {
		String type = frame.getClassName();
		return type.contains("$Proxy") || type.contains("$$") || SERVANTS.stream().anyMatch(type::startsWith);
	}

	private static boolean isCarrier(StackTraceElement frame) {
		return CARRIERS.stream().anyMatch(frame.getClassName()::startsWith);
	}

	/**
	 * Without the frames that the JDK hides from the stack of a throwable, and not from
	 * that of another thread: those of lambdas and method handles.
	 */
	private static List<StackTraceElement> reversed(List<StackTraceElement> stack) {
		List<StackTraceElement> reversed = new ArrayList<>(stack);
		reversed.removeIf(BorrowingCode::isHidden);
		Collections.reverse(reversed);
		return reversed;
	}

	private static boolean isHidden(StackTraceElement frame) {
		// Only the name of a hidden class has a slash.
		return frame.getClassName().indexOf('/') >= 0 || frame.getClassName().startsWith("java.lang.invoke.");
	}

}
