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
import java.util.stream.Stream;

import io.transactionscope.text.ApplicationCode;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Tests for {@link BorrowingCode}.
 */
class BorrowingCodeTests {

	private static final String WORKER = "java.lang.Thread.run:9 java.util.concurrent.ThreadPoolExecutor.runWorker:8 ";

	private static final String REQUEST = WORKER
			+ "com.example.LogFilter.doFilter:3 org.springframework.web.servlet.DispatcherServlet.doDispatch:7 ";

	private static final String GET = " com.zaxxer.hikari.HikariDataSource.getConnection:5";

	@BeforeAll
	static void tellWhereAnApplicationIs() {
		ApplicationCode.isIn(List.of("org.springframework.samples.clinic"));
	}

	static Stream<Arguments> stacks() {
		return Stream.of(
				arguments("the next request has left the code of the one before",
						REQUEST + "com.example.Orders.place:10" + GET, REQUEST + "com.example.Orders.read:20", true),
				arguments("so it has where the application is among Spring's own code",
						REQUEST + "org.springframework.samples.clinic.Visits.book:10" + GET,
						REQUEST + "org.springframework.samples.clinic.Visits.list:20", true),
				arguments("a filter around both does not hold what was borrowed within",
						REQUEST + "com.example.Orders.place:10 com.example.Dao.open:4" + GET,
						REQUEST + "com.example.Payments.pay:20", true),
				arguments("a thread that goes on in the code that has borrowed has not left it",
						REQUEST + "com.example.Orders.place:10" + GET,
						REQUEST + "com.example.Orders.place:12 com.example.Client.call:1", false),
				arguments("lambdas show in the stack of another thread alone",
						REQUEST + "com.example.Orders.place:10" + GET,
						REQUEST + "com.example.Orders$$Lambda$1/0x00007f3780000a08.call:-1 com.example.Orders.place:12",
						false),
				arguments("the caller of what has borrowed may have it",
						REQUEST + "com.example.Orders.place:10 com.example.Dao.open:4" + GET,
						REQUEST + "com.example.Orders.place:12 com.example.Client.call:1", false),
				arguments("the same code called again looks as before", REQUEST + "com.example.Orders.place:10" + GET,
						REQUEST + "com.example.Orders.place:10 com.example.Client.call:1", false),
				arguments("a call from another line is another call",
						WORKER + "com.example.Jobs.run:1 com.example.Jobs.next:2"
								+ " java.util.concurrent.FutureTask.run:3 com.example.Job.call:4" + GET,
						WORKER + "com.example.Jobs.run:2 com.example.Jobs.next:2"
								+ " java.util.concurrent.FutureTask.run:3 com.example.Job.call:4",
						true),
				arguments("a session keeps what it borrows",
						REQUEST + "com.example.Orders.place:10 org.hibernate.Session.connect:2" + GET,
						REQUEST + "com.example.Orders.render:20", false),
				arguments("no code of the application, no conclusion", WORKER + GET.trim(),
						WORKER + "com.example.Orders.read:20", false),
				arguments("who is known to have borrowed nowhere has left nothing", "", WORKER, false),
				arguments("a thread that is not known to do anything has left nothing",
						REQUEST + "com.example.Orders.place:10" + GET, "", false),
				arguments("a thread with fewer calls has left the code", REQUEST + "com.example.Orders.place:10" + GET,
						WORKER, true));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("stacks")
	void codeIsLeftWhenAllOfItHasReturned(String sentence, String borrowSite, String stack, boolean left) {
		assertThat(BorrowingCode.of(stack(borrowSite)).isLeftBy(stack(stack))).as(sentence).isEqualTo(left);
	}

	/** The innermost first, as the JDK has it. */
	private static List<StackTraceElement> stack(String outermostFirst) {
		List<StackTraceElement> stack = new ArrayList<>();
		for (String frame : outermostFirst.isBlank() ? new String[0] : outermostFirst.trim().split(" ", -1)) {
			int method = frame.lastIndexOf('.');
			int line = frame.lastIndexOf(':');
			stack.add(new StackTraceElement(frame.substring(0, method), frame.substring(method + 1, line), "Code.java",
					Integer.parseInt(frame.substring(line + 1))));
		}
		Collections.reverse(stack);
		return stack;
	}

}
