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

package io.transactionscope.sample;

import java.util.concurrent.TimeUnit;

import io.transactionscope.sample.NestedDemo.Tally;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;

import org.springframework.context.annotation.Profile;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * Two ways to run a pool dry, to be watched at {@code /actuator/pools}.
 */
@Profile("demo")
@RestController
@RequestMapping("/demo")
class DemoController {

	private final SlowDemo slow;

	private final NestedDemo nested;

	DemoController(SlowDemo slow, NestedDemo nested) {
		this.slow = slow;
		this.nested = nested;
	}

	/** Holds a connection during a remote call. */
	@PostMapping("/slow")
	String slow(@RequestParam(defaultValue = "10") @Min(0) @Max(120) int seconds) {
		return this.slow.reserve(seconds);
	}

	/** Holds a connection in each thread, and asks for another one. */
	@PostMapping("/nested")
	Tally nested(@RequestParam(defaultValue = "4") @Min(1) @Max(100) int threads) throws InterruptedException {
		return this.nested.run(threads);
	}

	/** The remote service. */
	@GetMapping("/warehouse")
	String warehouse(@RequestParam @Min(0) @Max(120) int seconds) throws InterruptedException {
		TimeUnit.SECONDS.sleep(seconds);
		return "reserved";
	}

	/** Nobody got the connection: the message is the report. */
	@ExceptionHandler
	ProblemDetail noConnection(CannotCreateTransactionException ex) {
		ProblemDetail problem = ProblemDetail.forStatusAndDetail(HttpStatus.SERVICE_UNAVAILABLE,
				NestedExceptionUtils.getMostSpecificCause(ex).getMessage());
		problem.setTitle("No connection");
		return problem;
	}

}
