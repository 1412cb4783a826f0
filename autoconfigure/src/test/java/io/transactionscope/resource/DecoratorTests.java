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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * What {@link Resource} and {@link Around} have in common: to be put around functions.
 */
class DecoratorTests {

	private static final Trace trace = new Trace();

	@BeforeEach
	void clear() {
		trace.events().clear();
	}

	static Stream<Decorator> decorators() {
		Around<String> around = (body) -> {
			trace.add("enter a");
			try {
				body.run("value");
				trace.add("exit a: succeeded");
			}
			catch (Throwable ex) {
				trace.add("exit a: failed by " + ex.getMessage());
				throw ex;
			}
		};
		return Stream.of(trace.resource("a"), around);
	}

	static Stream<Decorator> suppressors() {
		Around<String> catching = (body) -> {
			try {
				body.run("value");
			}
			catch (IOException ex) {
				// Suppressed
			}
		};
		return Stream.of(Resources.suppressing(IOException.class), catching);
	}

	@ParameterizedTest
	@MethodSource("decorators")
	void takesMethodReferencesOfEachForm(Decorator decorator) throws Exception {
		Supplier<String> supplier = decorator.wrapSupplier(this::describe);
		Callable<String> callable = decorator.wrap(this::describe);
		Runnable runnable = decorator.wrap(this::work);
		Function<Integer, String> function = decorator.wrap(this::twice);
		BiFunction<Integer, Integer, Integer> biFunction = decorator.wrapBiFunction(Math::addExact);
		Consumer<String> consumer = decorator.wrapConsumer(trace::add);
		Decorator.CheckedRunnable<IOException> checkedRunnable = decorator.wrapCheckedRunnable(this::write);
		Decorator.CheckedSupplier<String, IOException> checkedSupplier = decorator.wrapCheckedSupplier(this::read);
		Decorator.CheckedFunction<Path, String, IOException> checkedFunction = decorator
			.wrapCheckedFunction(Files::readString);
		Decorator.CheckedBiFunction<Path, String, Path, IOException> checkedBiFunction = decorator
			.wrapCheckedBiFunction(Files::writeString);
		assertThat(supplier.get()).isEqualTo("DecoratorTests");
		assertThat(callable.call()).isEqualTo("DecoratorTests");
		runnable.run();
		assertThat(function.apply(21)).isEqualTo("42");
		assertThat(biFunction.apply(40, 2)).isEqualTo(42);
		consumer.accept("consumed");
		checkedRunnable.run();
		assertThat(checkedSupplier.get()).isEqualTo("read");
		assertThatExceptionOfType(NoSuchFileException.class)
			.isThrownBy(() -> checkedFunction.apply(Path.of("missing", "file")));
		assertThatExceptionOfType(NoSuchFileException.class)
			.isThrownBy(() -> checkedBiFunction.apply(Path.of("missing", "file"), "text"));
		assertThat(trace.events()).filteredOn("enter a"::equals).hasSize(10);
		assertThat(trace.events()).filteredOn((event) -> event.startsWith("exit a")).hasSize(10);
		assertThat(trace.events()).containsSubsequence("enter a", "consumed", "exit a: succeeded", "enter a", "written",
				"exit a: succeeded");
	}

	@ParameterizedTest
	@MethodSource("decorators")
	void takesLambdasOfEachForm(Decorator decorator) throws Exception {
		assertThat(decorator.wrapSupplier(() -> 42).get()).isEqualTo(42);
		assertThat(decorator.wrap(() -> 42).call()).isEqualTo(42);
		decorator.wrap(() -> trace.add("ran")).run();
		assertThat(decorator.wrap((Integer number) -> number + 1).apply(41)).isEqualTo(42);
		assertThat(decorator.wrapBiFunction((Integer first, Integer second) -> first * second).apply(6, 7))
			.isEqualTo(42);
		decorator.wrapConsumer((String text) -> trace.add(text)).accept("consumed");
		decorator.wrapCheckedRunnable(() -> write()).run();
		assertThat(decorator.wrapCheckedSupplier(() -> read()).get()).isEqualTo("read");
		assertThat(decorator.wrapCheckedFunction((String prefix) -> prefix + read()).apply("is ")).isEqualTo("is read");
		assertThat(decorator.wrapCheckedBiFunction((String first, String second) -> first + second + read())
			.apply("it ", "is ")).isEqualTo("it is read");
		assertThat(trace.events()).filteredOn("exit a: succeeded"::equals).hasSize(10);
	}

	@ParameterizedTest
	@MethodSource("decorators")
	void throwsTheCheckedExceptionThatTheFormDeclares(Decorator decorator) {
		IOException failure = new IOException("body");
		Decorator.CheckedSupplier<String, IOException> supplier = decorator.wrapCheckedSupplier(() -> {
			throw failure;
		});
		try {
			supplier.get();
		}
		catch (IOException ex) {
			assertThat(ex).isSameAs(failure);
		}
		trace.assertEvents("enter a", "exit a: failed by body");
	}

	@ParameterizedTest
	@MethodSource("decorators")
	void formThatThrowsNothingNeedsNoCatch(Decorator decorator) {
		assertThat(decorator.wrapCheckedSupplier(() -> 42).get()).isEqualTo(42);
		assertThat(decorator.<Integer, RuntimeException>callInside(() -> 42)).isEqualTo(42);
		decorator.runInside(this::work);
	}

	@ParameterizedTest
	@MethodSource("decorators")
	void beginsAnewAtEachCallAndBalancesRecursiveOnes(Decorator decorator) {
		List<BiFunction<Integer, Integer, Integer>> self = new ArrayList<>();
		self.add(decorator.wrapBiFunction(
				(number, product) -> (number <= 1) ? product : self.get(0).apply(number - 1, number * product)));
		assertThat(self.get(0).apply(3, 1)).isEqualTo(6);
		trace.assertEvents("enter a", "enter a", "enter a", "exit a: succeeded", "exit a: succeeded",
				"exit a: succeeded");
		assertThat(self.get(0).apply(1, 7)).isEqualTo(7);
		assertThat(trace.events()).hasSize(8);
	}

	@ParameterizedTest
	@MethodSource("decorators")
	void passesNullOn(Decorator decorator) {
		List<@Nullable Object> seen = new ArrayList<>();
		decorator.<@Nullable Object>wrapConsumer(seen::add).accept(null);
		assertThat(seen).hasSize(1).containsOnlyNulls();
	}

	@ParameterizedTest
	@MethodSource("decorators")
	void letsAnErrorThrough(Decorator decorator) {
		AssertionError error = new AssertionError("body");
		Consumer<String> consumer = decorator.wrapConsumer((text) -> {
			throw error;
		});
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> consumer.accept("text")).isSameAs(error);
	}

	@ParameterizedTest
	@MethodSource("decorators")
	void refusesWorkThatGoesOn(Decorator decorator) {
		assertThatIllegalStateException()
			.isThrownBy(() -> decorator.wrapSupplier(() -> CompletableFuture.completedFuture("later")).get())
			.withMessageContaining("its work would go on after the end");
	}

	@ParameterizedTest
	@MethodSource("suppressors")
	void returnsNormallyWithoutTheFailureWhereNoResultIsAskedFor(Decorator decorator) {
		assertThatNoException().isThrownBy(() -> decorator.wrapCheckedRunnable(() -> {
			throw new IOException("body");
		}).run());
	}

	@ParameterizedTest
	@MethodSource("suppressors")
	void hasNoResultWhereTheFailureWasSuppressed(Decorator decorator) {
		IOException failure = new IOException("body");
		assertThatIllegalStateException().isThrownBy(() -> decorator.wrapCheckedSupplier(() -> {
			throw failure;
		}).get()).withMessageContaining("no result to return").withCause(failure);
	}

	private String describe() {
		return getClass().getSimpleName();
	}

	private void work() {
		trace.add("worked");
	}

	private String twice(int number) {
		return String.valueOf(2 * number);
	}

	private void write() throws IOException {
		trace.add("written");
	}

	private String read() throws IOException {
		return "read";
	}

}
