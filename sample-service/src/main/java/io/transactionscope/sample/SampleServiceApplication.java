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

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;

/**
 * Starts the sample.
 */
@SpringBootApplication
class SampleServiceApplication {

	private static final Log logger = LogFactory.getLog(SampleServiceApplication.class);

	public static void main(String[] args) {
		SpringApplication.run(SampleServiceApplication.class, args);
	}

	@EventListener
	void ready(ApplicationReadyEvent event) {
		String port = event.getApplicationContext().getEnvironment().getProperty("local.server.port", "8080");
		logger.info("""
				Try it:
				curl -i localhost:%1$s/orders -H 'Content-Type: application/json' \
				-d '{"customer": "Ada", "lines": [{"sku": "beans", "quantity": 2}]}'
				curl localhost:%1$s/follow-ups""".formatted(port));
	}

}
