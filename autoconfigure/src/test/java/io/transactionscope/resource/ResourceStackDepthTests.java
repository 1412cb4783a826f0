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

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.transactionscope.test.Descent;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Resources at every depth of the stack, up to where nothing runs any more.
 */
class ResourceStackDepthTests {

	private static final int STACK_SIZE = 256 * 1024;

	/** Those where nearly all of the stack is left tell nothing. */
	private static final int DEPTHS = 600;

	/**
	 * More of them take their time, and find code compiled that was interpreted before.
	 */
	private static final int ROUNDS = Integer.getInteger("transaction-scope.test.rounds", 1);

	private final List<String> left = new ArrayList<>();

	private int acquired;

	private int released;

	@Test
	@DisplayName("R1: what a scope has acquired is released at any depth of the stack")
	void r1_releasesAtAnyDepth() throws InterruptedException {
		sweep(() -> ResourceScope.run((scope) -> {
			scope.enter(resource());
			scope.enter(resource());
			scope.enter(resource().and(resource(), Pair::new));
		}));
	}

	@Test
	@DisplayName("R1: what a scope has acquired is released if its body uses up the stack")
	void r1_releasesIfBodyUsesUpTheStack() throws InterruptedException {
		sweep(() -> ResourceScope.run((scope) -> {
			scope.enter(resource());
			scope.enter(resource());
			scope.enter(resource().and(resource(), Pair::new));
			Descent.forever(0);
		}));
	}

	@Test
	@DisplayName("R1: what is acquired deep in a body is released at any depth of the stack")
	void r1_releasesWhatIsAcquiredFurtherDown() throws InterruptedException {
		sweep(() -> ResourceScope.run((scope) -> {
			scope.enter(resource());
			enterDown(scope, 30);
			enterDown(scope, 60);
		}));
	}

	@Test
	@DisplayName("R1: try-with-resources around a scope releases at any depth of the stack")
	void r1_openScopeReleasesAtAnyDepth() throws InterruptedException {
		sweep(() -> {
			try (ResourceScope scope = ResourceScope.open()) {
				scope.enter(resource());
				scope.enter(resource());
				Descent.forever(0);
				scope.complete();
			}
		});
	}

	@Test
	@DisplayName("R1: what a scope closes is closed at any depth of the stack")
	void r1_closesAtAnyDepth() throws InterruptedException {
		sweep(() -> ResourceScope.run((scope) -> {
			scope.enter(new Closeable());
			scope.enter(new Closeable());
			scope.defer(() -> {
			});
		}));
	}

	@Test
	@DisplayName("R1: a scope in a scope releases at any depth of the stack")
	void r1_scopeInScopeReleasesAtAnyDepth() throws InterruptedException {
		sweep(() -> ResourceScope.run((scope) -> {
			ResourceScope inner = scope.enter(ResourceScope.open());
			inner.enter(resource());
			scope.enter(resource());
			inner.enter(resource());
		}));
	}

	@Test
	@DisplayName("R3: what fails at its release keeps nothing else from being released at any depth of the stack")
	void r3_failingReleasesLeaveNothing() throws InterruptedException {
		sweep(() -> ResourceScope.run((scope) -> {
			scope.enter(resource());
			scope.enter(failing());
			scope.enter(resource());
			scope.enter(failing());
		}));
	}

	@Test
	@DisplayName("R1: what is to be released on another thread is released at any depth of the stack")
	void r1_releasesApartAtAnyDepth() throws InterruptedException {
		Resource<String> bounded = resource().releaseWithin(Duration.ofMinutes(1));
		Resource<String> deferred = failing().releaseOn("it", Runnable::run, (name, failure) -> {
		});
		sweep(() -> ResourceScope.run((scope) -> {
			scope.enter(resource());
			scope.enter(bounded);
			scope.enter(deferred);
			Descent.forever(0);
		}));
	}

	@Test
	@DisplayName("R1: what is around a scope comes to its end at any depth of the stack")
	void r1_endsAroundsAtAnyDepth() throws InterruptedException {
		Resource<String> around = around().asResource();
		sweep(() -> ResourceScope.run((scope) -> {
			scope.enter(resource());
			scope.enter(around);
			scope.enter(around);
		}));
		sweep(() -> ResourceScope.run((scope) -> {
			scope.enter(around);
			scope.enter(resource());
			scope.enter(around);
			Descent.forever(0);
		}));
	}

	private Around<String> around() {
		return (body) -> {
			this.acquired++;
			try {
				body.run("inside");
			}
			finally {
				this.released++;
			}
		};
	}

	private void enterDown(ResourceScope scope, int times) {
		if (times > 0) {
			enterDown(scope, times - 1);
		}
		else {
			scope.enter(resource());
		}
	}

	private Resource<String> resource() {
		return () -> {
			Held<String> held = Held.of("held", (outcome) -> this.released++);
			this.acquired++;
			return held;
		};
	}

	private Resource<String> failing() {
		return () -> {
			Held<String> held = Held.of("held", (outcome) -> {
				this.released++;
				throw new IllegalStateException("release");
			});
			this.acquired++;
			return held;
		};
	}

	private void sweep(Runnable body) throws InterruptedException {
		Throwable[] thrown = new Throwable[1];
		Thread thread = new Thread(null, () -> {
			try {
				for (int i = 0; i < ROUNDS; i++) {
					int depth = Math.max(0, deepest() - DEPTHS);
					while (runAt(depth, body)) {
						depth++;
					}
				}
			}
			catch (Throwable ex) {
				thrown[0] = ex;
			}
		}, "sweep", STACK_SIZE);
		thread.start();
		thread.join();
		assertThat(thrown[0]).isNull();
		assertThat(this.left).as("what was not released, by depth").isEmpty();
	}

	private static int deepest() {
		int depth = 0;
		boolean[] reached = { true };
		while (reached[0]) {
			depth += 100;
			reached[0] = false;
			try {
				Descent.to(depth, reached, () -> {
				});
			}
			catch (StackOverflowError ex) {
				// There it ends.
			}
		}
		return depth;
	}

	/** Whether the body was reached at all. */
	private boolean runAt(int depth, Runnable body) {
		boolean[] reached = new boolean[1];
		String how = "returned";
		try {
			Descent.to(depth, reached, body);
		}
		catch (StackOverflowError | IllegalStateException ex) {
			how = "threw " + ex.getClass().getSimpleName();
		}
		if (this.acquired != this.released) {
			this.left.add(depth + ": " + this.acquired + " acquired, " + this.released + " released, " + how);
		}
		this.acquired = 0;
		this.released = 0;
		return reached[0];
	}

	private record Pair(String one, String other) {
	}

	private final class Closeable implements AutoCloseable {

		private Closeable() {
			ResourceStackDepthTests.this.acquired++;
		}

		@Override
		public void close() {
			ResourceStackDepthTests.this.released++;
		}

	}

}
