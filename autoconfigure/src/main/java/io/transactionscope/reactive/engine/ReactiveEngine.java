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

package io.transactionscope.reactive.engine;

import io.transactionscope.engine.Deadline;
import io.transactionscope.engine.ScopeDefinition;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * The transactions of one reactive manager, as blocks take part in them.
 *
 * @since 0.1.0
 */
public interface ReactiveEngine {

	/**
	 * Take part, as the definition says, in what is bound to the subscriber's context.
	 * <p>
	 * Whoever subscribes never cancels, so that nothing can get lost on the way to them
	 * (A4). They say so by the cancellation instead: as long as nothing is held, this
	 * then fails at once with its cause; later it undoes what it has done so far, and
	 * fails once that is done.
	 * @param definition the block's options
	 * @param name the block's name
	 * @param deadline the block's own deadline, if it has one; its passing comes as a
	 * cancellation, too
	 * @param cancellation of the block
	 * @return the block's part
	 */
	Mono<ReactiveParticipation> enter(ScopeDefinition definition, String name, @Nullable Deadline deadline,
			Cancellation cancellation);

	/**
	 * Return the state of the transaction that a block would find, whoever began it.
	 * @param subscriber the context of the block's subscriber
	 * @return {@code null} if there is none, or it is not known at once
	 */
	default @Nullable ReactiveTransactionState current(ContextView subscriber) {
		return null;
	}

}
