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

package io.transactionscope.contract;

import java.time.Duration;

import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * What an application has that does not know of scopes.
 */
class PlainMethods {

	static final Duration TIMEOUT = Duration.ofSeconds(1);

	@Transactional
	void required(Block block) throws Exception {
		block.run();
	}

	@Transactional(propagation = Propagation.REQUIRES_NEW)
	void requiresNew(Block block) throws Exception {
		block.run();
	}

	@Transactional(propagation = Propagation.NESTED)
	void nested(Block block) throws Exception {
		block.run();
	}

	@Transactional(propagation = Propagation.NOT_SUPPORTED)
	void notSupported(Block block) throws Exception {
		block.run();
	}

	@Transactional(propagation = Propagation.MANDATORY)
	void mandatory(Block block) throws Exception {
		block.run();
	}

	@Transactional(propagation = Propagation.NEVER)
	void never(Block block) throws Exception {
		block.run();
	}

	@Transactional(propagation = Propagation.SUPPORTS)
	void supports(Block block) throws Exception {
		block.run();
	}

	@Transactional(timeout = 1)
	void hurried(Block block) throws Exception {
		block.run();
	}

	/**
	 * What a method does.
	 */
	@FunctionalInterface
	interface Block {

		void run() throws Exception;

	}

}
