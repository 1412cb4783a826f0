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

package io.transactionscope.incident.reactive;

import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpStatus;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A request that was sent.
 */
final class Request {

	private static final long PATIENCE = 60;

	private final CompletableFuture<HttpResponse<String>> answer;

	private final Supplier<@Nullable Throwable> failure;

	Request(CompletableFuture<HttpResponse<String>> answer, Supplier<@Nullable Throwable> failure) {
		this.answer = answer;
		this.failure = failure;
	}

	/** Wait for its answer, and see that it is one. */
	String body() {
		HttpResponse<String> answer = answer();
		assertThat(answer.statusCode()).as(answer::body).isEqualTo(HttpStatus.OK.value());
		return answer.body();
	}

	/** Wait, and tell whether it has an answer. */
	boolean isServed() {
		return answer().statusCode() == HttpStatus.OK.value();
	}

	/** Wait until it has failed, and return what it has failed with. */
	Throwable failure() {
		HttpResponse<String> answer = answer();
		Throwable failure = this.failure.get();
		assertThat(failure).as(() -> answer.statusCode() + " " + answer.body()).isNotNull();
		return failure;
	}

	boolean isAnswered() {
		return this.answer.isDone();
	}

	/** Close its connection, and not wait any more. */
	void hangUp() {
		this.answer.cancel(true);
	}

	private HttpResponse<String> answer() {
		try {
			return this.answer.get(PATIENCE, TimeUnit.SECONDS);
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

}
