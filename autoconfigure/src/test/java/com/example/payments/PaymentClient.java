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

package com.example.payments;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * An application's own code, which takes its time over a remote call.
 */
public final class PaymentClient {

	private final Semaphore answer = new Semaphore(0);

	/**
	 * Call, and wait for the answer.
	 */
	public boolean charge() throws InterruptedException {
		return charge(Duration.ofSeconds(20));
	}

	/**
	 * Call, and wait for the answer no longer than that.
	 */
	public boolean charge(Duration patience) throws InterruptedException {
		boolean answered = this.answer.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS);
		if (answered) {
			answer();
		}
		return answered;
	}

	/**
	 * Answer all calls.
	 */
	public void answer() {
		this.answer.release();
	}

}
