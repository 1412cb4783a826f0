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

package io.transactionscope.annotation;

import io.transactionscope.resource.Around;
import io.transactionscope.resource.Decorator;
import io.transactionscope.resource.Held;
import io.transactionscope.resource.Resource;
import org.jspecify.annotations.Nullable;

/**
 * A resource that a test has mocked: it is asked as any other, so that it can be stubbed
 * and verified, and where it has no answer, it holds nothing.
 */
final class MockedResource {

	private static final Held<String> NOTHING = Held.of("mocked", (outcome) -> {
	});

	private MockedResource() {
	}

	static Decorator of(Decorator mock) {
		if (mock instanceof Resource<?> resource) {
			return of(resource);
		}
		if (mock instanceof Around<?> around) {
			return of(around);
		}
		return (Resource<String>) () -> NOTHING;
	}

	private static Resource<String> of(Resource<?> mock) {
		return () -> {
			Held<?> held = mock.acquire();
			return (held != null) ? Held.mapped(held, (value) -> "mocked") : NOTHING;
		};
	}

	@SuppressWarnings("NullAway") // No method gets the value
	private static <T extends @Nullable Object> Around<T> of(Around<T> mock) {
		return (body) -> {
			boolean[] run = new boolean[1];
			mock.around((value) -> {
				run[0] = true;
				body.run(value);
			});
			if (!run[0]) {
				body.run(null);
			}
		};
	}

}
