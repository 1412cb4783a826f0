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

import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * A benchmark that a peer runs in an application, on a database.
 */
@SuppressWarnings("NullAway.Init") // JMH sets it up
public abstract class PeerBenchmark extends Measured {

	private ConfigurableApplicationContext application;

	private Blocks<?> blocks;

	@Setup
	public void start() {
		this.application = Application.start(database(), peer().starter());
		this.blocks = peer().blocks(this.application.getBeanFactory());
	}

	@TearDown
	public void stop() {
		this.application.close();
	}

	abstract Peer peer();

	Database database() {
		return Database.STUB;
	}

	final Blocks<?> blocks() {
		return this.blocks;
	}

}
