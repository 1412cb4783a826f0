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

package io.transactionscope.autoconfigure.reactive;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

import io.transactionscope.reactive.ReactiveTransactionScope;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.config.SingletonBeanRegistry;
import org.springframework.context.SmartLifecycle;

/**
 * Lets a shutdown wait for the open blocks of reactive scopes (A7), for as long as
 * {@code spring.lifecycle.timeout-per-shutdown-phase} allows: once the web server is
 * stopped, which cancels what it still had to do, and before executors, pools and
 * transaction managers go.
 */
class OpenBlocksLifecycle implements SmartLifecycle {

	/** Below both phases of Boot's web server, and above that of executors. */
	static final int PHASE = DEFAULT_PHASE - 3 * 1024;

	private final ListableBeanFactory beanFactory;

	private volatile boolean running;

	OpenBlocksLifecycle(ListableBeanFactory beanFactory) {
		this.beanFactory = beanFactory;
	}

	@Override
	public void start() {
		this.running = true;
	}

	@Override
	public void stop() {
		this.running = false;
	}

	@Override
	public void stop(Runnable callback) {
		stop();
		Mono.whenDelayError(ends()).onErrorComplete().doFinally((signal) -> callback.run()).subscribe();
	}

	/** Only of those that anything can have run in, which the mocks of a test are not. */
	private List<Mono<Void>> ends() {
		SingletonBeanRegistry singletons = (SingletonBeanRegistry) this.beanFactory;
		return Arrays.stream(this.beanFactory.getBeanNamesForType(ReactiveTransactionScope.class, false, false))
			.filter(singletons::containsSingleton)
			.map((name) -> this.beanFactory.getBean(name, ReactiveTransactionScope.class).quiesce())
			.filter(Objects::nonNull)
			.toList();
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

}
