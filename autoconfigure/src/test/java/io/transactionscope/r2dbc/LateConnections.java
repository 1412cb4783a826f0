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

package io.transactionscope.r2dbc;

import java.util.Objects;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * A factory that hears of a cancel too late.
 */
final class LateConnections implements ConnectionFactory {

	private final ConnectionFactory target;

	private @Nullable Subscriber<? super Connection> waiting;

	LateConnections(ConnectionFactory target) {
		this.target = target;
	}

	void arrive() {
		Subscriber<? super Connection> waiting = Objects.requireNonNull(this.waiting);
		Flux.<Connection>from(this.target.create()).subscribe(waiting::onNext, waiting::onError, waiting::onComplete);
	}

	@Override
	public Publisher<? extends Connection> create() {
		return (Publisher<Connection>) (subscriber) -> {
			this.waiting = subscriber;
			subscriber.onSubscribe(Operators.emptySubscription());
		};
	}

	@Override
	public ConnectionFactoryMetadata getMetadata() {
		return this.target.getMetadata();
	}

}
