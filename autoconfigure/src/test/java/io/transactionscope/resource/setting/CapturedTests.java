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

package io.transactionscope.resource.setting;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link Captured}: of the process, and of one thread.
 */
class CapturedTests {

	private final PrintStream outBefore = System.out;

	private final PrintStream errBefore = System.err;

	private final Captured console = new Captured(this.outBefore, StandardCharsets.UTF_8);

	@BeforeEach
	void set() {
		System.setOut(this.console.stream());
	}

	@AfterEach
	void nothingIsLeft() {
		PrintStream out = System.out;
		PrintStream err = System.err;
		System.setOut(this.outBefore);
		System.setErr(this.errBefore);
		assertThat(out).isSameAs(this.console.stream());
		assertThat(err).isSameAs(this.errBefore);
	}

	static Stream<Kind> kinds() {
		return Stream.of(new Kind(SettingResources.capturedOutput(), () -> System.out),
				new Kind(SettingResources.capturedError(), () -> System.err),
				new Kind(SettingResources.capturedOutputForThread(), () -> System.out),
				new Kind(SettingResources.capturedErrorForThread(), () -> System.err));
	}

	@ParameterizedTest
	@MethodSource("kinds")
	void isReadInsideAndAfterTheEnd(Kind kind) {
		Captured captured = ResourceScope.call((scope) -> {
			Captured inside = scope.enter(kind.captured());
			assertThat(inside.text()).isEmpty();
			kind.current().print("1 inside");
			assertThat(inside.text()).isEqualTo("1 inside");
			kind.current().print(", ");
			return inside;
		});
		assertThat(captured.text()).isEqualTo("1 inside, ");
		assertThat(captured).hasToString("1 inside, ");
		assertThat(this.console.text()).isEmpty();
	}

	@ParameterizedTest
	@MethodSource("kinds")
	void isCapturedAnewAtEachEntryAndByTheInnermost(Kind kind) {
		ResourceScope.run((outer) -> {
			Captured first = outer.enter(kind.captured());
			kind.current().print("one ");
			ResourceScope.run((inner) -> {
				Captured second = inner.enter(kind.captured());
				kind.current().print("two");
				assertThat(second.text()).isEqualTo("two");
			});
			kind.current().print("three");
			assertThat(first.text()).isEqualTo("one three");
		});
	}

	@ParameterizedTest
	@MethodSource("kinds")
	void isRestoredAfterAFailure(Kind kind) {
		PrintStream before = kind.current();
		List<Captured> captured = new ArrayList<>();
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			captured.add(scope.enter(kind.captured()));
			kind.current().print("inside");
			throw new IOException("body");
		}));
		assertThat(kind.current()).isSameAs(before);
		assertThat(captured).singleElement().hasToString("inside");
	}

	@ParameterizedTest
	@MethodSource("kinds")
	void endsInAnyOrder(Kind kind) {
		ResourceScope one = ResourceScope.open();
		Captured first = one.enter(kind.captured());
		ResourceScope two = ResourceScope.open();
		Captured second = two.enter(kind.captured());
		kind.current().print("A");
		one.close();
		kind.current().print("B");
		two.close();
		assertThat(first.text()).isEmpty();
		assertThat(second.text()).isEqualTo("AB");
	}

	@ParameterizedTest
	@MethodSource("kinds")
	void whoKeepsTheStreamWritesWhereItWentBefore(Kind kind) {
		Captured outside = ResourceScope.call((outer) -> {
			Captured before = outer.enter(kind.captured());
			List<PrintStream> kept = new ArrayList<>();
			Captured inside = ResourceScope.call((scope) -> {
				Captured captured = scope.enter(kind.captured());
				kept.add(kind.current());
				kind.current().print("inside");
				return captured;
			});
			kept.get(0).print("after");
			kept.get(0).flush();
			assertThat(inside.text()).isEqualTo("inside");
			return before;
		});
		assertThat(outside.text()).isEqualTo("after");
	}

	@ParameterizedTest
	@MethodSource("kinds")
	void goesOnThoughTheStreamIsClosed(Kind kind) {
		ResourceScope.run((scope) -> {
			Captured captured = scope.enter(kind.captured());
			kind.current().close();
			kind.current().print("still");
			assertThat(captured.text()).isEqualTo("still");
			assertThat(kind.current().checkError()).isFalse();
		});
	}

	@ParameterizedTest
	@MethodSource("kinds")
	void hasCharactersAndBytes(Kind kind) throws IOException {
		ResourceScope.run((scope) -> {
			Captured captured = scope.enter(kind.captured());
			kind.current().printf(Locale.ROOT, "%.1f %s%n", 1.5, "äß€");
			kind.current().append("x").append('y').append("xyz", 2, 3).println(new char[] { '1', '2' });
			kind.current().write("bytes".getBytes(StandardCharsets.US_ASCII));
			kind.current().write('!');
			assertThat(captured.text()).isEqualTo("1.5 äß€%nxyz12%nbytes!".replace("%n", System.lineSeparator()));
		});
	}

	@Test
	void ofTheProcessHasWhatOtherThreadsWrite() {
		ResourceScope.run((scope) -> {
			Captured captured = scope.enter(SettingResources.capturedOutput());
			onAnotherThread(() -> System.out.print("other"));
			assertThat(captured.text()).isEqualTo("other");
		});
		System.out.print("console");
		assertThat(this.console.text()).isEqualTo("console");
	}

	@Test
	void ofOneThreadHasNothingOfOthersNorOfItsChildren() {
		ResourceScope.run((scope) -> {
			Captured captured = scope.enter(SettingResources.capturedOutputForThread());
			System.out.print("mine");
			onAnotherThread(() -> System.out.print("other äß€"));
			assertThat(captured.text()).isEqualTo("mine");
		});
		assertThat(this.console.text()).isEqualTo("other äß€");
	}

	@Test
	void ofSeveralThreadsHasWhatEachOfThemWrites() throws InterruptedException {
		CountDownLatch entered = new CountDownLatch(2);
		CountDownLatch firstEnded = new CountDownLatch(1);
		AtomicReference<String> first = new AtomicReference<>();
		AtomicReference<String> second = new AtomicReference<>();
		Thread one = new Thread(() -> first.set(capture("one", entered, new CountDownLatch(0))));
		Thread two = new Thread(() -> second.set(capture("two", entered, firstEnded)));
		one.start();
		two.start();
		one.join();
		System.out.print("nobody's");
		firstEnded.countDown();
		two.join();
		assertThat(first).hasValue("one begin, one end");
		assertThat(second).hasValue("two begin, two end");
		assertThat(this.console.text()).isEqualTo("nobody's");
	}

	private static String capture(String name, CountDownLatch entered, CountDownLatch mayEnd) {
		return ResourceScope.call((scope) -> {
			Captured captured = scope.enter(SettingResources.capturedOutputForThread());
			System.out.print(name + " begin, ");
			entered.countDown();
			await(entered);
			await(mayEnd);
			System.out.print(name + " end");
			return captured;
		}).text();
	}

	private static void await(CountDownLatch latch) {
		try {
			assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new AssertionError(ex);
		}
	}

	@Test
	void theInnermostHasItAlsoWhereThoseOfTheProcessAndOfThreadsMeet() {
		ResourceScope.run((scope) -> {
			Captured ofThread = scope.enter(SettingResources.capturedOutputForThread());
			System.out.print("1");
			Captured ofProcess = scope.enter(SettingResources.capturedOutput());
			System.out.print("2");
			Captured inner = scope.enter(SettingResources.capturedOutputForThread());
			System.out.print("3");
			onAnotherThread(() -> System.out.print("other"));
			assertThat(List.of(ofThread.text(), ofProcess.text(), inner.text())).containsExactly("1", "2other", "3");
		});
		assertThat(this.console.text()).isEmpty();
	}

	@Test
	void ofAThreadLeavesTheOverrideOfTheProcessAloneThatEndsLater() {
		ResourceScope thread = ResourceScope.open();
		thread.enter(SettingResources.capturedOutputForThread());
		ResourceScope process = ResourceScope.open();
		Captured captured = process.enter(SettingResources.capturedOutput());
		thread.close();
		System.out.print("inside");
		process.close();
		System.out.print("console");
		assertThat(captured.text()).isEqualTo("inside");
		assertThat(this.console.text()).isEqualTo("console");
	}

	@Test
	void ofAThreadCannotBeEndedFromAnotherButCapturesNothingMore() {
		ResourceScope scope = ResourceScope.open();
		Captured captured = scope.enter(SettingResources.capturedOutputForThread());
		ResourceScope detached = scope.detach();
		System.out.print("inside");
		Throwable failure = onAnotherThread(() -> detached.end(Outcome.succeeded()).get(0));
		assertThat(failure).isInstanceOf(IllegalStateException.class)
			.hasMessageContaining("A setting of " + Thread.currentThread())
			.hasMessageContaining("end the scope on the thread that entered it");
		System.out.print("console");
		assertThat(captured.text()).isEqualTo("inside");
		assertThat(this.console.text()).isEqualTo("console");
	}

	@Test
	void ofAThreadCanBeEndedFromAnotherWhileItWrites() throws Exception {
		for (int i = 0; i < 200; i++) {
			CompletableFuture<ResourceScope> entered = new CompletableFuture<>();
			AtomicBoolean isEnded = new AtomicBoolean();
			CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
				ResourceScope scope = ResourceScope.open();
				scope.enter(SettingResources.capturedOutputForThread());
				PrintStream kept = System.out;
				entered.complete(scope.detach());
				while (!isEnded.get()) {
					kept.print("");
				}
			}, (task) -> new Thread(task).start());
			entered.join().end(Outcome.succeeded());
			isEnded.set(true);
			writing.join();
		}
	}

	@Test
	void canCaptureMoreThanATerminalOfAsciiCanShow() throws IOException {
		System.setOut(new PrintStream(this.console.stream(), true, StandardCharsets.US_ASCII));
		Captured captured = ResourceScope.call((scope) -> {
			Captured inside = scope.enter(SettingResources.capturedOutputForThread());
			System.out.print("äß€");
			onAnotherThread(() -> System.out.print("ä"));
			return inside;
		});
		System.setOut(this.console.stream());
		assertThat(captured.text()).isEqualTo("äß€");
		assertThat(this.console.text()).isEqualTo("?");
	}

	@Test
	void hasBytesInTheCharsetOfTheStream() throws Exception {
		PrintStream latin = new PrintStream(this.console.stream(), true, StandardCharsets.ISO_8859_1);
		Charset charset = StandardStream.OUTPUT.charset(latin);
		boolean isKnown = Arrays.stream(PrintStream.class.getMethods())
			.anyMatch((each) -> each.getName().equals("charset"));
		assertThat(charset).isEqualTo(isKnown ? StandardCharsets.ISO_8859_1 : Charset.defaultCharset());
		System.setOut(latin);
		Captured captured = ResourceScope.call((scope) -> {
			Captured inside = scope.enter(SettingResources.capturedOutput());
			System.out.write("ä".getBytes(charset));
			System.out.print("ß");
			return inside;
		});
		System.setOut(this.console.stream());
		assertThat(captured.text()).isEqualTo("äß");
	}

	@Test
	void passesOnAllThatAStreamCan() {
		Stream<Method> declared = Arrays.stream(PrintStream.class.getDeclaredMethods())
			.filter((each) -> Modifier.isPublic(each.getModifiers()) && !each.isSynthetic())
			.filter((each) -> !each.getName().equals("charset"));
		assertThat(declared).allSatisfy(
				(each) -> assertThat(ThreadOutput.class.getDeclaredMethod(each.getName(), each.getParameterTypes()))
					.isNotNull());
	}

	private static void onAnotherThread(Runnable body) {
		onAnotherThread(() -> {
			body.run();
			return true;
		});
	}

	private static <T> T onAnotherThread(Supplier<T> body) {
		return CompletableFuture.supplyAsync(body, (task) -> new Thread(task).start()).join();
	}

	record Kind(Resource<Captured> captured, Supplier<PrintStream> stream) {

		PrintStream current() {
			return this.stream.get();
		}

	}

}
