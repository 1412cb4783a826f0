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

import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.SenderContext;
import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.Party;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.RemoteCallPolicy;
import io.transactionscope.pool.RemoteCalls;
import io.transactionscope.pool.RemoteCalls.NoticedCall;
import org.jspecify.annotations.Nullable;

/**
 * {@link ObservationHandler} that tells the ledgers of pools which calls are made
 * elsewhere, of whatever kind, by somebody who holds a connection, and for how long.
 * Fails them where {@link RemoteCallPolicy#FAIL} says so: to be registered before other
 * handlers, which then have not begun anything.
 *
 * <p>
 * Somebody is the current thread, or a reactive block whose observation is that of the
 * call, or around it. A transaction that no observation stands for, such as that of a
 * reactive {@code @Transactional} method, is not seen here: with {@code WebClient}, a
 * {@link RemoteCallFilter} sees it.
 *
 * @since 0.1.0
 */
public class RemoteCallHandler implements ObservationHandler<SenderContext<?>> {

	private final PoolLedgers ledgers;

	/**
	 * Create a handler.
	 * @param ledgers the ledgers to tell, including those added later
	 */
	public RemoteCallHandler(PoolLedgers ledgers) {
		this.ledgers = Objects.requireNonNull(ledgers, "ledgers must not be null");
	}

	@Override
	public boolean supportsContext(Observation.Context context) {
		return context instanceof SenderContext<?> sender
				&& (sender.getKind() == Kind.CLIENT || sender.getKind() == Kind.PRODUCER);
	}

	/**
	 * Take notice of the begin of a call.
	 * @throws RemoteCallException if it must not be made with a connection in hand
	 */
	@Override
	public void onStart(SenderContext<?> context) {
		if (!Observations.isCall(context)) {
			return;
		}
		List<RemoteCalls> pools = this.ledgers.calledFromByCurrentThread();
		Collection<Party> holders = Observations.holdersAround(context);
		List<RemoteCalls> poolsAround = this.ledgers.calledFromBy(holders);
		if (pools.isEmpty() && poolsAround.isEmpty()) {
			return;
		}
		String name = CallName.of(context);
		if (!pools.isEmpty()) {
			Judgement.pass(name, pools, List.of(Borrower.current()));
		}
		if (!poolsAround.isEmpty()) {
			Judgement.pass(name, poolsAround, holders);
			Observations.keep(context, NoticedCall.begin(name, poolsAround, holders));
		}
		if (!pools.isEmpty()) {
			context.put(NoticedCall.class, NoticedCall.begin(name, pools));
		}
	}

	@Override
	public void onScopeOpened(SenderContext<?> context) {
		tell(context.get(NoticedCall.class), NoticedCall::enter);
	}

	@Override
	public void onScopeClosed(SenderContext<?> context) {
		tell(context.get(NoticedCall.class), NoticedCall::leave);
	}

	@Override
	public void onStop(SenderContext<?> context) {
		tell(context.get(NoticedCall.class), NoticedCall::end);
		tell(Observations.kept(context), NoticedCall::end);
	}

	private static void tell(@Nullable NoticedCall noticed, Consumer<NoticedCall> event) {
		if (noticed != null) {
			event.accept(noticed);
		}
	}

}
