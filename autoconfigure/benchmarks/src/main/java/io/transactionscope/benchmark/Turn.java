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

package io.transactionscope.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Collection;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;

/**
 * The turn of a fork, which waits for it before each iteration. It is a profiler, as JMH
 * lets these wait before there are threads that measure: while one of several waits in
 * its {@code Setup}, the others spin.
 */
public final class Turn implements InternalProfiler {

	/** Where the fork has to ask. */
	static final String PORT = "benchmarks.turns";

	/** Says that its sender wants a turn, has it, or has had it. */
	static final int WORD = 1;

	private @Nullable Socket connection;

	@Override
	public String getDescription() {
		return "Has forks take turns";
	}

	@Override
	public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
		try {
			Socket turns = connection();
			turns.getOutputStream().write(WORD);
			if (turns.getInputStream().read() != WORD) {
				throw new IOException("Nobody gives turns any more");
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	public Collection<? extends Result<?>> afterIteration(BenchmarkParams benchmark, IterationParams iteration,
			IterationResult result) {
		try {
			connection().getOutputStream().write(WORD);
			return List.of();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private Socket connection() throws IOException {
		Socket known = this.connection;
		if (known == null) {
			known = new Socket(InetAddress.getLoopbackAddress(), Integer.getInteger(PORT));
			known.setTcpNoDelay(true);
			this.connection = known;
		}
		return known;
	}

}
