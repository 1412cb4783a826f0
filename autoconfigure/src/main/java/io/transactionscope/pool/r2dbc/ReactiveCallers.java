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

package io.transactionscope.pool.r2dbc;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;

import io.transactionscope.pool.Party;
import io.transactionscope.pool.RemoteCalls;
import reactor.util.context.ContextView;

/**
 * Those who hold connections for the transactions that Reactor's context is in: of the
 * innermost one, of those that it was begun in, and of those beside it.
 *
 * <p>
 * Whoever borrows a connection without a transaction is in no context, and so not among
 * them.
 *
 * @since 0.1.0
 */
public final class ReactiveCallers implements RemoteCalls.Callers {

	private final ContextView context;

	private ReactiveCallers(ContextView context) {
		this.context = context;
	}

	/**
	 * {@return those of a context}
	 * @param context of a subscriber
	 */
	public static ReactiveCallers in(ContextView context) {
		return new ReactiveCallers(Objects.requireNonNull(context, "context must not be null"));
	}

	@Override
	public Collection<Party> holders() {
		Collection<ReactiveBorrower> innermost = Surroundings.holders(this.context);
		if (innermost.isEmpty()) {
			return List.of();
		}
		List<Party> holders = new ArrayList<>(innermost);
		innermost.forEach((each) -> each.surroundings().filter((one) -> !holders.contains(one)).forEach(holders::add));
		return holders;
	}

	/** Not that of the context, which may have this in it. */
	@Override
	public String toString() {
		return "io.transactionscope.callers";
	}

}
