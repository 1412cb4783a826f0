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

import java.io.IOException;
import java.nio.file.Path;

import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * The export of orders over REST.
 */
@RestController
class OrderExportController {

	private final OrderExport export;

	OrderExportController(OrderExport export) {
		this.export = export;
	}

	@PostMapping("/exports")
	Export export(@RequestParam(defaultValue = "anonymous") @Name String client) throws IOException {
		return new Export(this.export.write(client), this.export.file());
	}

	record Export(int orders, Path file) {
	}

}
