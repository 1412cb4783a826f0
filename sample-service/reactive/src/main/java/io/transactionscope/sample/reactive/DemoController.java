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

package io.transactionscope.sample.reactive;

import java.time.Duration;

import io.transactionscope.sample.reactive.NestedDemo.Tally;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import reactor.core.publisher.Mono;

import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.annotation.Profile;
import org.springframework.context.event.EventListener;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * Some ways to run a pool dry, to be watched at {@code /actuator/pools}.
 */
@Profile("demo")
@RestController
@RequestMapping("/demo")
class DemoController {

	private static final Log logger = LogFactory.getLog(DemoController.class);

	private final SlowDemo slow;

	private final NestedDemo nested;

	private final NeverDemo never;

	private final LeakDemo leak;

	private final BlockedDemo blocked;

	private final UndersizedDemo undersized;

	DemoController(SlowDemo slow, NestedDemo nested, NeverDemo never, LeakDemo leak, BlockedDemo blocked,
			UndersizedDemo undersized) {
		this.slow = slow;
		this.nested = nested;
		this.never = never;
		this.leak = leak;
		this.blocked = blocked;
		this.undersized = undersized;
	}

	@EventListener
	void ready(ApplicationReadyEvent event) {
		logger.info("""
				Run the pool dry, and watch it at http://localhost:%1$s/actuator/pools:
				curl -X POST 'localhost:%1$s/demo/slow?seconds=20'          # five of these, and the fifth waits
				curl -X POST 'localhost:%1$s/demo/nested?blocks=4'          # a deadlock, resolved at once
				curl -X POST 'localhost:%1$s/demo/never?seconds=60'         # held, until you hang up
				curl -X POST 'localhost:%1$s/demo/leak?seconds=10'          # forgotten, and back by itself
				curl -X POST 'localhost:%1$s/demo/blocked?seconds=10'       # an event loop stands still
				curl -X POST 'localhost:%1$s/demo/undersized?seconds=20'    # more to do than four can\
				""".formatted(event.getApplicationContext().getEnvironment().getProperty("local.server.port", "8081")));
	}

	/** Holds a connection during a remote call. */
	@PostMapping("/slow")
	Mono<String> slow(@RequestParam(defaultValue = "10") @Min(0) @Max(120) int seconds) {
		return this.slow.reserve(seconds);
	}

	/** Holds a connection in each block, and asks for another one. */
	@PostMapping("/nested")
	Mono<Tally> nested(@RequestParam(defaultValue = "4") @Min(1) @Max(100) int blocks) {
		return this.nested.run(blocks);
	}

	/** Holds a connection until the deadline, or until the client hangs up. */
	@PostMapping("/never")
	Mono<StockItem> never(@RequestParam(defaultValue = "60") @Min(1) @Max(120) int seconds) {
		return this.never.await(seconds);
	}

	/** Forgets a connection, which is found some seconds later. */
	@PostMapping("/leak")
	Mono<Long> leak(@RequestParam(defaultValue = "10") @Min(0) @Max(120) int seconds) {
		return this.leak.count(seconds);
	}

	/** Holds a connection, and an event loop. */
	@PostMapping("/blocked")
	Mono<String> blocked(@RequestParam(defaultValue = "10") @Min(0) @Max(120) int seconds) {
		return this.blocked.print(seconds);
	}

	/** Has more to do than the connections can. */
	@PostMapping("/undersized")
	Mono<Long> undersized(@RequestParam(defaultValue = "12") @Min(1) @Max(100) int customers,
			@RequestParam(defaultValue = "20") @Min(0) @Max(120) int seconds) {
		return this.undersized.charge(customers, seconds);
	}

	/** The remote service. */
	@GetMapping("/warehouse")
	Mono<String> warehouse(@RequestParam @Min(0) @Max(120) int seconds) {
		return Mono.delay(Duration.ofSeconds(seconds)).thenReturn("reserved");
	}

}
