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

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

import io.transactionscope.resource.lock.LockResources;
import io.transactionscope.resource.setting.SettingResources;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Cases of CPython's {@code test_contextlib} and {@code test_with}, by their names, that
 * the tests of the single subjects do not have. Those that only ask for a name to exist
 * are the compiler's here. Where an exit fails after the body, Java's rule stands in
 * place of Python's: the first failure stays, and carries the later ones.
 */
@DisplayName("CPython")
class ContextlibCaseTests {

	private final Trace trace = new Trace();

	private final ArithmeticException zeroDivision = new ArithmeticException("/ by zero");

	private static RuntimeException failure(String message) {
		return new IllegalStateException(message);
	}

	@Nested
	@DisplayName("TestAbstractContextManager")
	class AbstractContextManager {

		@Test
		@DisplayName("test_enter")
		void resourceMayBeItsOwnValue() {
			Session session = new Session();
			ResourceScope.run((scope) -> {
				assertThat(scope.enter(session)).isSameAs(session);
				assertThat(session.open).isTrue();
			});
			assertThat(session.open).isFalse();
		}

		@Test
		@DisplayName("test_structural_subclassing")
		void anythingThatAcquiresIsAResource() {
			Session session = new Session();
			Resource<Session> resource = () -> {
				session.open = true;
				return session;
			};
			ResourceScope.run((scope) -> assertThat(scope.enter(resource)).isSameAs(session));
			assertThat(session.open).isFalse();
		}

		private static final class Session implements Resource<Session>, Held<Session> {

			private boolean open;

			@Override
			public Held<Session> acquire() {
				this.open = true;
				return this;
			}

			@Override
			public Session value() {
				return this;
			}

			@Override
			public void release(Outcome outcome) {
				this.open = false;
			}

		}

	}

	@Nested
	@DisplayName("ContextManagerTestCase")
	class ContextManager {

		private final Around<Integer> around = (body) -> {
			ContextlibCaseTests.this.trace.add("setup");
			body.run(42);
			ContextlibCaseTests.this.trace.add("teardown");
		};

		@Test
		@DisplayName("test_contextmanager_traceback, _except_stopiter, _except_pep479")
		void failureOfTheBodyComesAsItIsFromWhereItWasThrown() {
			for (RuntimeException thrown : List.of(failure("any"), new NoSuchElementException("any"),
					new NoSuchElementException("a subclass") {
					})) {
				StackTraceElement[] stackTrace = thrown.getStackTrace();
				assertThat(catchThrowable(() -> this.around.run((value) -> {
					throw thrown;
				}))).isSameAs(thrown).hasNoCause();
				assertThat(thrown.getStackTrace()).isEqualTo(stackTrace);
				assertThat(thrown.getSuppressed()).isEmpty();
			}
		}

		@Test
		@DisplayName("test_contextmanager_no_reraise")
		void releaseByHandDoesNotThrowTheFailureAgain() throws Exception {
			Held<String> held = ContextlibCaseTests.this.trace.resource("a").acquire();
			assertThatNoException().isThrownBy(() -> held.release(Outcome.failed(failure("foo"))));
		}

		@Test
		@DisplayName("test_keywords, test_param_errors")
		void parametersAreThoseOfAMethod() {
			ResourceScope.run((scope) -> assertThat(scope.enter(with(11, "22"))).isEqualTo("11 and 22"));
		}

		private static Resource<String> with(int number, String text) {
			return Resource.of(() -> number + " and " + text, (value, outcome) -> {
			});
		}

		@Test
		@DisplayName("test_recursive")
		void recursiveDecoratedCallsBalance() {
			int[] depth = { 0 };
			int[] calls = { 0 };
			Around<Integer> around = (body) -> {
				calls[0]++;
				int before = depth[0]++;
				body.run(before);
				depth[0]--;
				assertThat(depth[0]).isEqualTo(before);
			};
			List<Runnable> recursive = new ArrayList<>();
			recursive.add(around.wrap(() -> {
				if (depth[0] < 10) {
					recursive.get(0).run();
				}
			}));
			recursive.get(0).run();
			assertThat(calls[0]).isEqualTo(10);
			assertThat(depth[0]).isZero();
		}

	}

	@Nested
	@DisplayName("FileContextTestCase, LockContextTestCase")
	class FilesAndLocks {

		@Test
		@DisplayName("testWithOpen")
		void fileIsClosedAfterSuccessAndFailure(@TempDir Path directory) throws IOException {
			Path file = directory.resolve("file");
			List<BufferedWriter> writers = new ArrayList<>();
			ResourceScope.run((scope) -> {
				writers.add(scope.enter(Files.newBufferedWriter(file)));
				writers.get(0).write("Booh\n");
			});
			assertThatIOException().isThrownBy(() -> writers.get(0).write("closed"));
			List<BufferedReader> readers = new ArrayList<>();
			assertThatExceptionOfType(ArithmeticException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
				readers.add(scope.enter(Files.newBufferedReader(file)));
				assertThat(readers.get(0).readLine()).isEqualTo("Booh");
				throw ContextlibCaseTests.this.zeroDivision;
			}));
			assertThatIOException().isThrownBy(() -> readers.get(0).readLine());
		}

		@Test
		@DisplayName("testWithCondition")
		void conditionIsUsedWhileItsLockIsHeld() {
			ReentrantLock lock = new ReentrantLock();
			Condition condition = lock.newCondition();
			ResourceScope.run((scope) -> {
				scope.enter(LockResources.lock(lock, Duration.ofSeconds(5)));
				condition.signalAll();
				assertThat(lock.hasWaiters(condition)).isFalse();
				assertThat(lock.isHeldByCurrentThread()).isTrue();
			});
			assertThat(lock.isLocked()).isFalse();
			assertThatExceptionOfType(ArithmeticException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
				scope.enter(LockResources.lock(lock, Duration.ofSeconds(5)));
				throw ContextlibCaseTests.this.zeroDivision;
			}));
			assertThat(lock.isLocked()).isFalse();
		}

	}

	@Nested
	@DisplayName("TestContextDecorator")
	class ContextDecorator {

		private final Resource<String> context = ContextlibCaseTests.this.trace.resource("context");

		@Test
		@DisplayName("test_contextdecorator_with_exception: catch = True")
		void oneThatCatches() {
			ResourceScope.run((scope) -> {
				scope.enter(this.context);
				scope.enter(Resources.suppressing(NoSuchElementException.class));
				throw new NoSuchElementException("foo");
			});
			ContextlibCaseTests.this.trace.assertEvents("enter context", "exit context: succeeded");
		}

		@Test
		@DisplayName("test_decorator_with_exception")
		void decoratedFailureIsSeenAndThrown() {
			NoSuchElementException foo = new NoSuchElementException("foo");
			Runnable decorated = this.context.wrap((Runnable) () -> {
				throw foo;
			});
			assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(decorated::run).isSameAs(foo);
			ContextlibCaseTests.this.trace.assertEvents("enter context", "exit context: failed by foo");
		}

		@Test
		@DisplayName("test_contextmanager_as_decorator")
		void decoratedFunctionIsReusable() {
			Around<Integer> around = (body) -> {
				ContextlibCaseTests.this.trace.add("setup");
				body.run(1);
				ContextlibCaseTests.this.trace.add("teardown");
			};
			Function<String, Integer> decorated = (text) -> around.call((value) -> {
				ContextlibCaseTests.this.trace.add(text);
				return text.length() + value;
			});
			assertThat(decorated.apply("something")).isEqualTo(10);
			assertThat(decorated.apply("something else")).isEqualTo(15);
			ContextlibCaseTests.this.trace.assertEvents("setup", "something", "teardown", "setup", "something else",
					"teardown");
		}

	}

	@Nested
	@DisplayName("TestExitStack")
	class ExitStack {

		private void failAtExit(ResourceScope scope, RuntimeException failure) {
			scope.defer(() -> {
				throw failure;
			});
		}

		@Test
		@DisplayName("test_callback: arguments")
		void deferredActionsHaveTheirArguments() {
			ResourceScope.run((scope) -> {
				for (String argument : List.of("one", "two", "three")) {
					scope.defer(() -> ContextlibCaseTests.this.trace.add(argument));
				}
			});
			ContextlibCaseTests.this.trace.assertEvents("three", "two", "one");
		}

		@Test
		@DisplayName("test_push: each exit sees what the suppressor has left")
		void eachExitSeesWhatTheSuppressorHasLeft() {
			List<Outcome> seen = new ArrayList<>();
			ResourceScope.run((scope) -> {
				scope.onExit(seen::add);
				scope.onExit(seen::add);
				scope.enter(Resources.suppressing(ArithmeticException.class));
				scope.onExit(seen::add);
				scope.onExit(seen::add);
				throw ContextlibCaseTests.this.zeroDivision;
			});
			assertThat(seen).containsExactly(Outcome.failed(ContextlibCaseTests.this.zeroDivision),
					Outcome.failed(ContextlibCaseTests.this.zeroDivision), Outcome.succeeded(), Outcome.succeeded());
		}

		@Test
		@DisplayName("test_exit_exception_traceback")
		void bothFailuresTellWhereTheyWereThrown() {
			RuntimeException atExit = failure("exit");
			assertThatExceptionOfType(ArithmeticException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
				failAtExit(scope, atExit);
				throw ContextlibCaseTests.this.zeroDivision;
			}))
				.satisfies((thrown) -> assertThat(thrown).hasStackTraceContaining("Suppressed: " + atExit)
					.hasStackTraceContaining(ContextlibCaseTests.class.getSimpleName()));
		}

		@Test
		@DisplayName("test_exit_exception_chaining, test_exit_exception_chaining_reference")
		void failuresAfterASuppressorAreChainedAndThoseBeforeItAreNot() {
			RuntimeException index = new IndexOutOfBoundsException("index");
			RuntimeException key = new NoSuchElementException("key");
			RuntimeException attribute = failure("attribute");
			RuntimeException value = new IllegalArgumentException("value");
			assertThatIllegalStateException().isThrownBy(() -> ResourceScope.run((scope) -> {
				failAtExit(scope, index);
				failAtExit(scope, key);
				failAtExit(scope, attribute);
				scope.enter(Resources.suppressing(RuntimeException.class));
				failAtExit(scope, value);
				throw ContextlibCaseTests.this.zeroDivision;
			})).isSameAs(attribute);
			assertThat(attribute.getSuppressed()).containsExactly(key, index);
			assertThat(ContextlibCaseTests.this.zeroDivision.getSuppressed()).containsExactly(value);
			assertThat(attribute).hasNoCause();
			assertThat(value.getSuppressed()).isEmpty();
		}

		@Test
		@DisplayName("test_exit_exception_non_suppressing")
		void actionThatReturnsSuppressesNothing() {
			RuntimeException index = new IndexOutOfBoundsException("index");
			RuntimeException key = new NoSuchElementException("key");
			assertThat(catchThrowable(() -> ResourceScope.run((scope) -> {
				scope.defer(() -> {
				});
				failAtExit(scope, index);
			}))).isSameAs(index);
			assertThat(catchThrowable(() -> ResourceScope.run((scope) -> {
				failAtExit(scope, key);
				scope.enter(Resources.suppressing(IndexOutOfBoundsException.class));
				failAtExit(scope, index);
			}))).isSameAs(key);
			assertThat(key.getSuppressed()).isEmpty();
		}

		@Test
		@DisplayName("test_exit_exception_with_correct_context, issue 20317")
		void failuresOfSeveralAroundsAreChainedOnceEach() {
			IOException first = new IOException("1");
			IllegalStateException second = new IllegalStateException("2");
			IllegalStateException third = new IllegalStateException("3");
			IllegalStateException fourth = new IllegalStateException("4");
			assertThatIOException()
				.isThrownBy(() -> failing(fourth).run((a) -> failing(third).run((b) -> failing(second).run((c) -> {
					throw first;
				}))))
				.isSameAs(first);
			assertThat(first.getSuppressed()).containsExactly(second, third, fourth);
			assertThat(List.of(second, third, fourth)).allSatisfy((each) -> {
				assertThat(each).hasNoCause();
				assertThat(each.getSuppressed()).isEmpty();
			});
		}

		private static Around<String> failing(RuntimeException failure) {
			return (body) -> {
				try {
					body.run("value");
				}
				finally {
					rethrow(failure);
				}
			};
		}

		private static void rethrow(RuntimeException failure) {
			throw failure;
		}

		@Test
		@DisplayName("test_exit_exception_with_existing_context")
		void failuresThatCarryOthersKeepThem() {
			RuntimeException first = failure("1");
			RuntimeException second = failure("2");
			RuntimeException third = new IllegalStateException("3", second);
			RuntimeException fourth = failure("4");
			RuntimeException fifth = new IllegalStateException("5", fourth);
			assertThat(catchThrowable(() -> ResourceScope.run((scope) -> {
				failAtExit(scope, fifth);
				failAtExit(scope, third);
				throw first;
			}))).isSameAs(first);
			assertThat(first.getSuppressed()).containsExactly(third, fifth);
			assertThat(third).hasCause(second);
			assertThat(fifth).hasCause(fourth);
		}

		@Test
		@DisplayName("test_exit_exception_explicit_none_context")
		void failureThatNamesNoCauseIsALaterOne() {
			RuntimeException other = failure("other");
			Around<String> replacing = failing(other);
			for (Around<String> each : List.<Around<String>>of(replacing, (body) -> replacing.run(body::run))) {
				IOException body = new IOException("body");
				assertThatIOException().isThrownBy(() -> each.run((value) -> {
					throw body;
				})).isSameAs(body);
				assertThat(body.getSuppressed()).containsExactly(other);
				assertThat(other).hasNoCause();
			}
		}

		@Test
		@DisplayName("test_exit_exception_chaining_suppress")
		void suppressorEndsAllThatFailedInside() {
			assertThatNoException().isThrownBy(() -> ResourceScope.run((scope) -> {
				scope.enter(Resources.suppressing(Exception.class));
				failAtExit(scope, ContextlibCaseTests.this.zeroDivision);
				failAtExit(scope, new NoSuchElementException("key"));
			}));
		}

	}

	@Nested
	@DisplayName("TestRedirectStdout, TestRedirectStderr")
	class Redirect {

		@Test
		@DisplayName("test_redirect_to_string_io, test_cm_is_reusable, test_cm_is_reentrant, test_enter_result_is_target")
		void capturesEachTime() {
			ByteArrayOutputStream out = new ByteArrayOutputStream();
			PrintStream target = new PrintStream(out);
			Resource<PrintStream> redirect = SettingResources.standardError(target);
			ResourceScope.run((scope) -> {
				assertThat(scope.enter(redirect)).isSameAs(target);
				System.err.print("Hello ");
				ResourceScope.run((inner) -> {
					inner.enter(redirect);
					System.err.print("World");
				});
			});
			ResourceScope.run((scope) -> {
				scope.enter(redirect);
				System.err.print("!");
			});
			assertThat(out).hasToString("Hello World!");
		}

	}

	@Nested
	@DisplayName("TestSuppress")
	class Suppress {

		@Test
		@DisplayName("test_no_exception")
		void nothingToSuppress() {
			assertThat(ResourceScope.<Integer, RuntimeException>call((scope) -> {
				scope.enter(Resources.suppressing(IllegalArgumentException.class));
				return 32;
			})).isEqualTo(32);
		}

		@Test
		@DisplayName("test_cm_is_reentrant")
		void reentrant() {
			Suppressing<?> ignore = Resources.suppressing(Exception.class);
			ResourceScope.run((scope) -> {
				scope.enter(ignore);
				ResourceScope.run((inner) -> {
					inner.enter(ignore);
					throw failure("inner");
				});
				ContextlibCaseTests.this.trace.add("outer continued");
				throw ContextlibCaseTests.this.zeroDivision;
			});
			ContextlibCaseTests.this.trace.assertEvents("outer continued");
			assertThat(ignore.count()).isEqualTo(2);
		}

	}

	@Nested
	@DisplayName("test_with")
	class With {

		private final Resource<String> resource = ContextlibCaseTests.this.trace.resource("a");

		@Test
		@DisplayName("testEnterThrows")
		void failedEntryAssignsNothing() {
			String[] target = { "before" };
			assertThatIOException().isThrownBy(() -> ResourceScope.run((scope) -> target[0] = scope
				.enter(ContextlibCaseTests.this.trace.unavailable("a", new IOException("Enter threw")))));
			assertThat(target).containsExactly("before");
		}

		@Test
		@DisplayName("testMultipleArgBound, testEnterReturnsTuple")
		void severalAtOnceHaveTheirValues() {
			record Both(String one, String other) {
			}
			ResourceScope.run((scope) -> {
				Both both = scope.enter(this.resource.and(ContextlibCaseTests.this.trace.resource("b"), Both::new));
				assertThat(both).isEqualTo(new Both("a", "b"));
			});
			ContextlibCaseTests.this.trace.assertEvents("enter a", "enter b", "exit b: succeeded", "exit a: succeeded");
		}

		@Test
		@DisplayName("testNestedExceptionBeforeInnerStatement, testNestedExceptionAfterInnerStatement")
		void innerScopeIsUntouchedByWhatFailsBeforeAndAfterIt() {
			assertThatIllegalStateException().isThrownBy(() -> ResourceScope.run((outer) -> {
				outer.enter(this.resource);
				ResourceScope.run((inner) -> inner.enter(ContextlibCaseTests.this.trace.resource("b")));
				throw failure("after");
			}));
			ContextlibCaseTests.this.trace.assertEvents("enter a", "enter b", "exit b: succeeded",
					"exit a: failed by after");
		}

		@Test
		@DisplayName("testRaisedGeneratorExit1, testRaisedGeneratorExit2")
		void throwablesOfAnyKindComeAsTheyAre() {
			Throwable thrown = new Throwable("from with");
			assertThat(catchThrowable(() -> ResourceScope.run((scope) -> {
				scope.enter(this.resource);
				throw thrown;
			}))).isSameAs(thrown);
			Around<String> around = (body) -> body.run("value");
			assertThat(catchThrowable(() -> around.run((value) -> {
				throw thrown;
			}))).isSameAs(thrown);
		}

		@Test
		@DisplayName("testWithBreak, testWithContinue, testWithReturn")
		void blockMayBeLeftInAnyWay() {
			int counter = 0;
			while (true) {
				counter++;
				try (ResourceScope scope = ResourceScope.open()) {
					scope.enter(this.resource);
					counter += 10;
					scope.complete();
					if (counter < 20) {
						continue;
					}
					break;
				}
			}
			assertThat(counter).isEqualTo(22);
			assertThat(returning()).isEqualTo("a");
			ContextlibCaseTests.this.trace.assertEvents("enter a", "exit a: succeeded", "enter a", "exit a: succeeded",
					"enter a", "exit a: succeeded");
		}

		private String returning() {
			try (ResourceScope scope = ResourceScope.open()) {
				String value = scope.enter(this.resource);
				scope.complete();
				return value;
			}
		}

		@Test
		@DisplayName("testExceptionInExprList")
		void failureBetweenTwoEntriesReleasesTheFirst() {
			assertThatIllegalStateException().isThrownBy(() -> ResourceScope.run((scope) -> {
				scope.enter(this.resource);
				scope.enter(initRaises());
			}));
			ContextlibCaseTests.this.trace.assertEvents("enter a", "exit a: failed by init");
		}

		private static Resource<String> initRaises() {
			throw failure("init");
		}

		@Test
		@DisplayName("testExceptionInExit")
		void failureOfAnExitIsSuppressedOutside() {
			ResourceScope.run((scope) -> {
				scope.enter(this.resource);
				scope.enter(Resources.suppressing(IllegalStateException.class));
				scope.enter(ContextlibCaseTests.this.trace.resource("b", failure("exit")));
			});
			ContextlibCaseTests.this.trace.assertEvents("enter a", "enter b", "exit b: succeeded", "exit a: succeeded");
		}

		@Test
		@DisplayName("testExceptionLocation")
		void failureOfAnEntryTellsTheLineThatEnters() {
			IOException thrown = catchThrowableOfType(IOException.class, () -> ResourceScope.run((scope) -> {
				scope.enter(this.resource);
				scope.enter(Resource.of(() -> {
					throw new IOException("enter");
				}, (value, outcome) -> {
				}));
			}));
			assertThat(thrown.getStackTrace()).filteredOn((frame) -> frame.getMethodName().contains("failureOfAnEntry"))
				.isNotEmpty();
		}

	}

}
