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

package io.transactionscope.pool.figures;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import io.transactionscope.pool.snapshot.Frames;
import org.jspecify.annotations.Nullable;

/**
 * The piece of work that a thread is at which serves many: the application's own code
 * that a framework has called last, or the framework's if there is none.
 *
 * @param code the application's frames, each called by the one before, at least one
 * @param callers what has called them, the innermost first: as long as the work lasts,
 * all of that stays where it is
 */
record Work(List<StackTraceElement> code, List<StackTraceElement> callers) {

	private static final String NETTY = "io.netty.";

	/**
	 * Return what a thread is at.
	 * @param stack what it does, the innermost frame first
	 * @return {@code null} if it waits for something to do
	 */
	static @Nullable Work seenIn(List<StackTraceElement> stack) {
		int innermost = innermostNotBetween(stack);
		if (innermost == stack.size() || isAtRest(stack, innermost)) {
			return null;
		}
		int own = innermostCalledByOthers(stack);
		if (own < 0) {
			return new Work(List.of(stack.get(innermost)), stack.subList(innermost + 1, stack.size()));
		}
		List<StackTraceElement> code = new ArrayList<>();
		int outermost = own;
		for (int i = own; i < stack.size() && isOfApplication(stack.get(i)); i++) {
			if (Frames.isOwn(stack.get(i))) {
				code.add(stack.get(i));
				outermost = i;
			}
		}
		Collections.reverse(code);
		return new Work(code, stack.subList(outermost + 1, stack.size()));
	}

	/**
	 * Return the work as far as it is that of an earlier look, too. What its code calls
	 * may differ.
	 * @return {@code null} if it is another one
	 */
	@Nullable Work commonWith(Work earlier) {
		if (!this.callers.equals(earlier.callers) || !isSameMethod(this.code.get(0), earlier.code.get(0))) {
			return null;
		}
		int common = 1;
		while (common < Math.min(this.code.size(), earlier.code.size())
				&& this.code.get(common - 1).equals(earlier.code.get(common - 1))
				&& isSameMethod(this.code.get(common), earlier.code.get(common))) {
			common++;
		}
		return new Work(this.code.subList(0, common), this.callers);
	}

	/**
	 * Return the innermost frame of the code.
	 */
	StackTraceElement innermost() {
		return this.code.get(this.code.size() - 1);
	}

	private static boolean isSameMethod(StackTraceElement one, StackTraceElement other) {
		return one.getClassName().equals(other.getClassName()) && one.getMethodName().equals(other.getMethodName());
	}

	/** What the application may have wrapped around the whole thread is no work. */
	private static int innermostCalledByOthers(List<StackTraceElement> stack) {
		int own = -1;
		for (int i = 0; i < stack.size(); i++) {
			if (own < 0 && Frames.isOwn(stack.get(i))) {
				own = i;
			}
			if (own >= 0 && !isOfApplication(stack.get(i))) {
				return own;
			}
		}
		return -1;
	}

	/** With what it calls itself by way of, such as a stream. */
	private static boolean isOfApplication(StackTraceElement frame) {
		return Frames.isOwn(frame) || isBetween(frame);
	}

	private static boolean isBetween(StackTraceElement frame) {
		return Frames.isOfJdk(frame) || Frames.isGenerated(frame);
	}

	private static int innermostNotBetween(List<StackTraceElement> stack) {
		int innermost = 0;
		while (innermost < stack.size() && isBetween(stack.get(innermost))) {
			innermost++;
		}
		return innermost;
	}

	private static boolean isAtRest(List<StackTraceElement> stack, int innermost) {
		StackTraceElement frame = stack.get(innermost);
		return Frames.waitsForTask(stack) || isNettyAtRest(frame) || (selects(stack.subList(0, innermost))
				&& (frame.getClassName().startsWith(NETTY) || stack.stream().noneMatch(Frames::isOwn)));
	}

	private static boolean selects(List<StackTraceElement> frames) {
		return frames.stream().anyMatch((frame) -> frame.getClassName().equals("sun.nio.ch.SelectorImpl"));
	}

	/** In epoll, kqueue, io_uring, or where an executor takes its next task. */
	private static boolean isNettyAtRest(StackTraceElement frame) {
		String type = frame.getClassName();
		String method = frame.getMethodName();
		return type.startsWith(NETTY)
				&& (method.equals("takeTask") || type.equals("io.netty.channel.local.LocalIoHandler")
						|| (type.endsWith(".Native") && (method.contains("Wait") || method.equals("ioUringEnter"))));
	}

}
