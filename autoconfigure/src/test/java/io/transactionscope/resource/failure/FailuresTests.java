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

package io.transactionscope.resource.failure;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Tests for {@link Failures}.
 */
class FailuresTests {

	private final IOException first = new IOException("first");

	private final IllegalStateException later = new IllegalStateException("later");

	@Test
	void firstFailureIsTheFirst() {
		assertThat(Failures.join(null, this.later)).isSameAs(this.later);
		assertThat(this.later.getSuppressed()).isEmpty();
	}

	@Test
	void firstFailureWinsAndCarriesLaterOnesInOrder() {
		AssertionError last = new AssertionError("last");
		Throwable failure = Failures.join(this.first, this.later);
		assertThat(Failures.join(failure, last)).isSameAs(this.first);
		assertThat(this.first.getSuppressed()).containsExactly(this.later, last);
	}

	@Test
	void failureDoesNotSuppressItself() {
		assertThatNoException().isThrownBy(() -> Failures.suppress(this.first, this.first));
		assertThat(this.first.getSuppressed()).isEmpty();
	}

	@Test
	void failureIsCarriedOnce() {
		Failures.suppress(this.first, this.later);
		Failures.suppress(this.first, this.later);
		assertThat(this.first.getSuppressed()).containsExactly(this.later);
	}

	@Test
	void causeOfTheFirstFailureIsNotCarriedTwice() {
		RuntimeException wrapper = new RuntimeException("wrapper", new RuntimeException("middle", this.first));
		Failures.suppress(wrapper, this.first);
		assertThat(wrapper.getSuppressed()).isEmpty();
	}

	@Test
	void causesThatExistAreKept() {
		IllegalStateException caused = new IllegalStateException("caused", this.later);
		caused.addSuppressed(new RuntimeException("aside"));
		Failures.suppress(this.first, caused);
		assertThat(this.first.getSuppressed()).containsExactly(caused);
		assertThat(caused).hasCause(this.later);
		assertThat(caused.getSuppressed()).hasSize(1);
	}

	@Test
	void failureThatWrapsTheFirstIsCarriedWithoutACycle() {
		IllegalStateException wrapper = new IllegalStateException("cannot close", this.first);
		Failures.suppress(this.first, wrapper);
		Throwable carried = onlySuppressed(this.first);
		assertThat(carried).hasMessageContaining("java.lang.IllegalStateException: cannot close").hasNoCause();
		assertThat(carried.getStackTrace()).isEqualTo(wrapper.getStackTrace());
		assertThat(wrapper).hasCause(this.first);
		assertNoCycle(this.first);
	}

	@Test
	void failureThatWrapsTheFirstIsCarriedOnce() {
		IllegalStateException wrapper = new IllegalStateException("cannot close", this.first);
		Failures.suppress(this.first, wrapper);
		Failures.suppress(this.first, wrapper);
		assertThat(this.first.getSuppressed()).hasSize(1);
	}

	@Test
	void failureThatLeadsBackKeepsWhatDoesNot() {
		RuntimeException middle = new RuntimeException("middle", this.first);
		middle.addSuppressed(this.later);
		IllegalStateException wrapper = new IllegalStateException("wrapper", middle);
		IOException aside = new IOException("aside");
		wrapper.addSuppressed(this.first);
		wrapper.addSuppressed(aside);
		Failures.suppress(this.first, wrapper);
		Throwable carried = onlySuppressed(this.first);
		assertThat(carried).hasMessageContaining("wrapper");
		assertThat(carried.getSuppressed()).containsExactly(aside);
		assertThat(carried).cause().satisfies((cause) -> {
			assertThat(cause).hasMessageContaining("middle").hasNoCause();
			assertThat(onlySuppressed(cause)).isSameAs(this.later);
		});
		assertNoCycle(this.first);
	}

	@Test
	void failureWithACycleOfItsOwnIsCarriedAsItIs() {
		this.later.initCause(new RuntimeException("back", this.later));
		Failures.suppress(this.first, this.later);
		assertThat(this.first.getSuppressed()).containsExactly(this.later);
	}

	@Test
	void failureWithoutSuppressionLeavesLaterOnesToItsCause() {
		Rigid rigid = new Rigid("rigid", new Rigid("inner", this.first));
		assertThat(Failures.join(rigid, this.later)).isSameAs(rigid);
		Failures.suppress(rigid, this.later);
		assertThat(this.first.getSuppressed()).containsExactly(this.later);
	}

	@Test
	void failureThatLeadsBackToOneWithoutSuppressionIsCarriedWithoutACycle() {
		Rigid rigid = new Rigid("rigid", this.first);
		Failures.suppress(rigid, new IllegalStateException("wrapper", rigid));
		assertThat(onlySuppressed(this.first)).hasMessageContaining("wrapper").hasNoCause();
		assertNoCycle(rigid);
	}

	@Test
	@ExtendWith(OutputCaptureExtension.class)
	void failureThatNothingCarriesIsLogged(CapturedOutput output) {
		Rigid rigid = new Rigid("rigid", null);
		assertThat(Failures.join(rigid, this.later)).isSameAs(rigid);
		assertThat(output).contains("ERROR", "rigid", "cannot carry", "java.lang.IllegalStateException: later",
				"at " + FailuresTests.class.getName());
	}

	@Test
	void failureWhoseCauseCannotBeReadIsCarried() {
		RuntimeException broken = new RuntimeException("broken") {

			@Override
			public synchronized Throwable getCause() {
				throw new UnsupportedOperationException("getCause");
			}

		};
		Failures.suppress(this.first, broken);
		assertThat(this.first.getSuppressed()).containsExactly(broken);
		Failures.suppress(broken, this.later);
		assertThat(broken.getSuppressed()).containsExactly(this.later);
	}

	@Test
	void longChainsAreWalkedWithoutRecursion() {
		Throwable chain = new RuntimeException("end", this.first);
		for (int i = 0; i < 5_000; i++) {
			chain = new RuntimeException("link", chain);
		}
		Failures.suppress(this.first, chain);
		assertThat(this.first.getSuppressed()).hasSize(1);
		assertNoCycle(this.first);
	}

	@Test
	void tenThousandFailuresAreCarriedInOrder() {
		List<Throwable> all = new ArrayList<>();
		for (int i = 0; i < 10_000; i++) {
			all.add(new RuntimeException("failure " + i, null, true, false) {
			});
			Failures.suppress(this.first, all.get(i));
		}
		assertThat(List.of(this.first.getSuppressed())).isEqualTo(all);
	}

	@Test
	void rethrowsTheSameInstanceCheckedOrNot() {
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> {
			throw Failures.rethrow(this.first);
		}).isSameAs(this.first);
		AssertionError error = new AssertionError("error");
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> {
			throw Failures.rethrow(error);
		}).isSameAs(error);
	}

	private static Throwable onlySuppressed(Throwable failure) {
		assertThat(failure.getSuppressed()).hasSize(1);
		return failure.getSuppressed()[0];
	}

	private static void assertNoCycle(Throwable root) {
		Set<Throwable> done = Collections.newSetFromMap(new IdentityHashMap<>());
		Set<Throwable> path = Collections.newSetFromMap(new IdentityHashMap<>());
		List<Throwable> stack = new ArrayList<>(List.of(root));
		while (!stack.isEmpty()) {
			Throwable top = stack.get(stack.size() - 1);
			if (done.contains(top)) {
				stack.remove(stack.size() - 1);
				continue;
			}
			if (!path.add(top)) {
				path.remove(top);
				done.add(top);
				stack.remove(stack.size() - 1);
				continue;
			}
			for (Throwable next : next(top)) {
				assertThat(path.contains(next)).as("cycle through %s", next).isFalse();
				stack.add(next);
			}
		}
	}

	private static List<Throwable> next(Throwable failure) {
		List<Throwable> next = new ArrayList<>(List.of(failure.getSuppressed()));
		if (failure.getCause() != null) {
			next.add(failure.getCause());
		}
		return next;
	}

	/**
	 * An exception that was built without suppression.
	 */
	private static final class Rigid extends Exception {

		Rigid(String message, @Nullable Throwable cause) {
			super(message, cause, false, true);
		}

	}

}
