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

package com.example.orders;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Finds exchange rates in ways that no event loop is made for.
 */
public final class ExchangeRates {

	private final CountDownLatch begun = new CountDownLatch(1);

	private final CountDownLatch answer = new CountDownLatch(1);

	private final AtomicBoolean enough = new AtomicBoolean();

	/**
	 * Ask another service, and wait until it answers.
	 */
	public void fetch() {
		this.begun.countDown();
		boolean answered = false;
		while (!answered) {
			try {
				this.answer.await();
				answered = true;
			}
			catch (InterruptedException ex) {
				// The answer is wanted all the same.
			}
		}
	}

	/**
	 * Ask another service for other rates.
	 */
	public void fetchOthers() {
		fetch();
	}

	/**
	 * Compute rates until there are enough.
	 * @return the sum of all
	 */
	public double compute() {
		this.begun.countDown();
		double sum = 0;
		while (!this.enough.get()) {
			sum += series(40) + root(sum);
		}
		return sum;
	}

	private static double series(int length) {
		return (length == 0) ? 1 : 1.0 / length + series(length - 1);
	}

	private static double root(double number) {
		double root = 1;
		for (int i = 0; i < 100; i++) {
			root = (root + number / root) / 2;
		}
		return root;
	}

	/**
	 * Wait until somebody asks for rates.
	 */
	public void awaitBegin() throws InterruptedException {
		this.begun.await();
	}

	/**
	 * Let whoever asks have what they ask for.
	 */
	public void answer() {
		this.answer.countDown();
		this.enough.set(true);
	}

	/**
	 * {@return a thread that runs something within this application's code}
	 */
	public static Thread thread(Runnable task) {
		return new Thread(() -> run(task), "of-application");
	}

	private static void run(Runnable task) {
		task.run();
	}

}
