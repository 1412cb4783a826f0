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

package io.transactionscope.resource.observation;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link Timing} and {@link ThreadUsage}.
 */
class TimingTests {

	private static final int MEGABYTE = 1 << 20;

	private final Resource<Timing> timed = ObservedResources.timed(ObservationRegistry.NOOP, "import");

	private byte[] kept = {};

	@Test
	void tellsTheTimeInsideAndAfterTheBody() {
		Timing[] timing = new Timing[1];
		ResourceScope.run((scope) -> {
			timing[0] = scope.enter(this.timed);
			Duration first = timing[0].elapsed();
			assertThat(first).isPositive();
			assertThat(timing[0].elapsed()).isGreaterThan(first);
		});
		Duration last = timing[0].elapsed();
		assertThat(last).isPositive();
		assertThat(timing[0].elapsed()).isEqualTo(last);
		assertThat(timing[0].cpuTime()).isEqualTo(timing[0].cpuTime());
	}

	@Test
	void tellsTheTimeOfAFailure() {
		Timing[] timing = new Timing[1];
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> ResourceScope.run((scope) -> {
			timing[0] = scope.enter(this.timed);
			throw new IOException("disk full");
		}));
		assertThat(timing[0].elapsed()).isPositive().isEqualTo(timing[0].elapsed());
	}

	@Test
	void tellsTheCpuTimeOfItsThreadOnly() {
		Timing timing = ResourceScope.call((scope) -> {
			Timing running = scope.enter(this.timed);
			CompletableFuture.runAsync(TimingTests::spin, onThreadOfItsOwn()).join();
			return running;
		});
		assertThat(timing.elapsed()).isGreaterThan(Duration.ofMillis(50));
		assertThat(timing.cpuTime()).hasValueSatisfying((time) -> assertThat(time).isLessThan(timing.elapsed()));
		Timing busy = ResourceScope.call((scope) -> {
			Timing running = scope.enter(this.timed);
			spin();
			return running;
		});
		assertThat(busy.cpuTime()).hasValueSatisfying((time) -> assertThat(time).isGreaterThan(Duration.ofMillis(40)));
	}

	@Test
	void tellsWhatItsThreadHasAllocated() {
		Timing timing = ResourceScope.call((scope) -> {
			Timing running = scope.enter(this.timed);
			this.kept = new byte[MEGABYTE];
			CompletableFuture.runAsync(() -> this.kept = new byte[10 * MEGABYTE], onThreadOfItsOwn()).join();
			return running;
		});
		assertThat(timing.allocatedBytes().orElseThrow()).isBetween((long) MEGABYTE, 2L * MEGABYTE);
	}

	@Test
	void canBeAskedFromAnotherThread() {
		ResourceScope.run((scope) -> {
			Timing timing = scope.enter(this.timed);
			this.kept = new byte[MEGABYTE];
			CompletableFuture<Long> asked = CompletableFuture.supplyAsync(() -> timing.allocatedBytes().orElseThrow(),
					onThreadOfItsOwn());
			assertThat(asked.join()).isGreaterThanOrEqualTo(MEGABYTE);
		});
	}

	@Test
	void hasNoNumberOfAThreadThatIsGone() throws InterruptedException {
		ResourceScope[] detached = new ResourceScope[1];
		Timing[] timing = new Timing[1];
		Thread thread = new Thread(() -> {
			ResourceScope scope = ResourceScope.open();
			timing[0] = scope.enter(this.timed);
			detached[0] = scope.detach();
		});
		thread.start();
		thread.join();
		detached[0].end(Outcome.succeeded());
		assertThat(timing[0].elapsed()).isPositive().isEqualTo(timing[0].elapsed());
		assertThat(timing[0].cpuTime()).isEmpty();
		assertThat(timing[0].allocatedBytes()).isEmpty();
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void hasNoNumberOfAVirtualThread() throws Exception {
		CompletableFuture<Timing> timing = new CompletableFuture<>();
		Runnable body = () -> timing.complete(ResourceScope.call((scope) -> scope.enter(this.timed)));
		Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, body);
		assertThat(timing.get(1, TimeUnit.MINUTES).cpuTime()).isEmpty();
		assertThat(timing.get().allocatedBytes()).isEmpty();
		assertThat(timing.get()).asString().matches("import: \\d+ ms");
	}

	@Test
	void hasNoNumberThatWasNotMeasuredAllTheTime() {
		ThreadMXBean threads = ManagementFactory.getThreadMXBean();
		Timing timing = ResourceScope.call((scope) -> {
			Timing running = scope.enter(this.timed);
			threads.setThreadCpuTimeEnabled(false);
			return running;
		});
		Timing other;
		try {
			other = ResourceScope.call((scope) -> scope.enter(this.timed));
		}
		finally {
			threads.setThreadCpuTimeEnabled(true);
		}
		assertThat(timing.cpuTime()).isEmpty();
		assertThat(timing.allocatedBytes()).isPresent();
		assertThat(other.cpuTime()).isEmpty();
	}

	@Test
	void doesWithoutWhatAJvmDoesNotHave() {
		ThreadMXBean notOfHotSpot = mock(ThreadMXBean.class);
		given(notOfHotSpot.getThreadCpuTime(1)).willReturn(5L, 7L);
		ThreadUsage start = ThreadUsage.of(() -> notOfHotSpot, 1);
		assertThat(ThreadUsage.of(() -> notOfHotSpot, 1).since(start)).isEqualTo(new ThreadUsage(2, -1));
		given(notOfHotSpot.getThreadCpuTime(1)).willThrow(new UnsupportedOperationException("CPU time"));
		assertThat(ThreadUsage.of(() -> notOfHotSpot, 1).since(start)).isEqualTo(new ThreadUsage(-1, -1));
		Supplier<ThreadMXBean> missing = () -> {
			throw new NoClassDefFoundError("java/lang/management/ThreadMXBean");
		};
		assertThat(ThreadUsage.of(missing, 1)).isEqualTo(new ThreadUsage(-1, -1));
	}

	@Test
	void runsWithoutTheModuleOfHotSpot() throws Exception {
		ClassLoader without = new WithoutHotSpot();
		Class<?> usage = without.loadClass(ThreadUsage.class.getName());
		assertThat(usage).isNotSameAs(ThreadUsage.class);
		var of = usage.getDeclaredMethod("of", long.class);
		of.setAccessible(true);
		assertThat(of.invoke(null, Thread.currentThread().getId())).asString()
			.matches("ThreadUsage\\[cpuNanos=\\d+, allocatedBytes=-1]");
	}

	@Test
	void isReadableInALog() {
		Timing timing = ResourceScope.call((scope) -> scope.enter(this.timed));
		assertThat(timing).asString().matches("import: \\d+ ms \\(\\d+ ms of CPU, \\d+ bytes\\)");
	}

	private static Executor onThreadOfItsOwn() {
		return (task) -> new Thread(task).start();
	}

	private static void spin() {
		ThreadMXBean threads = ManagementFactory.getThreadMXBean();
		long end = threads.getCurrentThreadCpuTime() + Duration.ofMillis(60).toNanos();
		while (threads.getCurrentThreadCpuTime() < end) {
			Thread.onSpinWait();
		}
	}

	/** Has one class of its own, and nothing of the module {@code jdk.management}. */
	private static final class WithoutHotSpot extends ClassLoader {

		@Override
		protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
			if (name.startsWith("com.sun.management")) {
				throw new ClassNotFoundException(name);
			}
			if (!name.equals(ThreadUsage.class.getName())) {
				return super.loadClass(name, resolve);
			}
			try (var in = ThreadUsage.class.getResourceAsStream("ThreadUsage.class")) {
				byte[] code = in.readAllBytes();
				return defineClass(name, code, 0, code.length);
			}
			catch (IOException ex) {
				throw new ClassNotFoundException(name, ex);
			}
		}

	}

}
