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

package io.transactionscope.resource.release;

import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;

import io.transactionscope.text.Printable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leaves releases to an executor, and reports those that fail.
 *
 * @since 0.1.0
 */
public final class DeferredRelease implements ReleaseThread {

	private static final Logger logger = LoggerFactory.getLogger(DeferredRelease.class);

	private final Executor executor;

	private final BiConsumer<String, Throwable> onFailure;

	/**
	 * Defer releases, and log those that fail at ERROR.
	 * @param executor what to leave them to
	 */
	public DeferredRelease(Executor executor) {
		this(executor,
				(resource, failure) -> logger.error("Deferred release of {} failed", Printable.of(resource), failure));
	}

	/**
	 * Defer releases.
	 * @param executor what to leave them to
	 * @param onFailure gets the name of the resource and what its release has thrown
	 */
	public DeferredRelease(Executor executor, BiConsumer<String, Throwable> onFailure) {
		// Initializes what a release needs, which may have too little of the stack for it
		ThreadContext.current();
		this.executor = Objects.requireNonNull(executor, "executor must not be null");
		this.onFailure = Objects.requireNonNull(onFailure, "onFailure must not be null");
	}

	@Override
	public void run(String resource, AutoCloseable release) {
		Objects.requireNonNull(resource, "resource must not be null");
		Objects.requireNonNull(release, "release must not be null");
		ThreadContext context = ThreadContext.current();
		try {
			this.executor.execute(() -> context.run(() -> release(resource, release)));
		}
		catch (Throwable ex) {
			log(() -> logger.warn("The executor refused the release of {}, which goes on here", Printable.of(resource),
					ex));
			release(resource, release);
		}
	}

	private void release(String resource, AutoCloseable release) {
		try {
			release.close();
		}
		catch (Throwable ex) {
			report(resource, ex);
		}
	}

	private void report(String resource, Throwable failure) {
		try {
			this.onFailure.accept(resource, failure);
		}
		catch (Throwable ex) {
			log(() -> logger.error("Deferred release of {} failed", Printable.of(resource), failure));
			log(() -> logger.error("The handler of failed releases has failed, too, for {}", Printable.of(resource),
					ex));
		}
	}

	private static void log(Runnable log) {
		try {
			log.run();
		}
		catch (Throwable ex) {
			// Nobody is left to tell.
		}
	}

}
