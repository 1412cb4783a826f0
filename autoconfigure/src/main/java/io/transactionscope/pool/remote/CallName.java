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

package io.transactionscope.pool.remote;

import java.net.URI;
import java.util.Objects;
import java.util.stream.Stream;

import io.micrometer.common.KeyValue;
import io.micrometer.observation.transport.SenderContext;
import io.transactionscope.text.Printable;
import org.jspecify.annotations.Nullable;

/**
 * What a call is called: by what is known when it begins, and few values have.
 */
final class CallName {

	private CallName() {
	}

	/**
	 * Return the name of a call, such as {@code POST warehouse}, {@code message to
	 * orders}, or else that of its observation.
	 */
	static String of(SenderContext<?> context) {
		return Printable.of(raw(context));
	}

	/**
	 * Return the name of a request that nobody observes: the same one.
	 */
	static String of(String method, URI url) {
		String host = url.getHost();
		return Printable.of((host != null) ? method + " " + host : "a remote call");
	}

	private static String raw(SenderContext<?> context) {
		String method = value(context, "method", "http.method", "http.request.method");
		String host = host(context);
		if (method != null && host != null) {
			return method + " " + host;
		}
		String destination = value(context, "messaging.destination.name");
		if (destination != null) {
			return "message to " + destination;
		}
		String contextual = context.getContextualName();
		return Objects.requireNonNullElse((contextual != null) ? contextual : context.getName(), "a remote call");
	}

	private static @Nullable String host(SenderContext<?> context) {
		String host = value(context, "client.name", "target.host", "server.address");
		return (host != null) ? host : context.getRemoteServiceName();
	}

	/** Return the value of the first of some keys that has one. */
	private static @Nullable String value(SenderContext<?> context, String... keys) {
		return Stream.of(keys)
			.map(context::getLowCardinalityKeyValue)
			.filter(Objects::nonNull)
			.map(KeyValue::getValue)
			.filter((value) -> !value.isBlank() && !value.equalsIgnoreCase(KeyValue.NONE_VALUE))
			.findFirst()
			.orElse(null);
	}

}
