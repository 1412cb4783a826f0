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

package io.transactionscope.observation;

import io.micrometer.common.KeyValue;
import io.micrometer.common.docs.KeyName;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.micrometer.observation.docs.ObservationDocumentation;

/**
 * What is observed of scopes.
 *
 * @since 0.1.0
 */
public enum ScopeObservationDocumentation implements ObservationDocumentation {

	/**
	 * One block, from the wait for its connection to the release of the last resource: a
	 * timer {@code transaction.scope}, and a span named after the scope.
	 */
	SCOPE {

		@Override
		public Class<? extends ObservationConvention<? extends Observation.Context>> getDefaultConvention() {
			return DefaultScopeObservationConvention.class;
		}

		@Override
		public KeyName[] getLowCardinalityKeyNames() {
			return LowCardinalityKeys.values();
		}

		@Override
		public String getPrefix() {
			return "transaction.scope";
		}

	},

	/**
	 * The repetition of one block with a {@code RetryPolicy}, from its first failure that
	 * is worth a repetition to its end: a timer {@code transaction.scope.retry}. Its
	 * attempts are observed as {@link #SCOPE}, each by itself.
	 */
	RETRY {

		@Override
		public Class<? extends ObservationConvention<? extends Observation.Context>> getDefaultConvention() {
			return DefaultScopeRetryObservationConvention.class;
		}

		@Override
		public KeyName[] getLowCardinalityKeyNames() {
			return RetryLowCardinalityKeys.values();
		}

		@Override
		public KeyName[] getHighCardinalityKeyNames() {
			return RetryHighCardinalityKeys.values();
		}

		@Override
		public Observation.Event[] getEvents() {
			return RetryEvents.values();
		}

		@Override
		public String getPrefix() {
			return "transaction.scope";
		}

	};

	/**
	 * The keys of each scope's timer and span.
	 *
	 * @since 0.1.0
	 */
	public enum LowCardinalityKeys implements KeyName {

		/**
		 * The name of the scope.
		 */
		NAME {

			@Override
			public String asString() {
				return "transaction.scope.name";
			}

		},

		/**
		 * What became of the block: {@code committed}, {@code rolled_back},
		 * {@code cancelled} (and rolled back) or {@code unknown}; {@code joined} for a
		 * block that succeeded as a part of a larger transaction, whose own outcome
		 * decides.
		 */
		OUTCOME {

			@Override
			public String asString() {
				return "transaction.scope.outcome";
			}

		},

		/**
		 * How the scope related to an active transaction: a {@code ScopePropagation} in
		 * lower case.
		 */
		PROPAGATION {

			@Override
			public String asString() {
				return "transaction.scope.propagation";
			}

		};

		/** The value of a key that is not known yet. */
		static final String NONE = KeyValue.NONE_VALUE;

	}

	/**
	 * The keys of the timer and span of each repetition.
	 *
	 * @since 0.1.0
	 */
	public enum RetryLowCardinalityKeys implements KeyName {

		/**
		 * The name of the scope.
		 */
		NAME {

			@Override
			public String asString() {
				return "transaction.scope.name";
			}

		},

		/**
		 * What the repetition has led to: {@code succeeded}, in a later attempt;
		 * {@code gave_up}, as the policy, the deadline or a cancel has ended it; or
		 * {@code failed} with something that is not repeated.
		 */
		RESULT {

			@Override
			public String asString() {
				return "transaction.scope.retry.result";
			}

		}

	}

	/**
	 * The keys of the span of each repetition.
	 *
	 * @since 0.1.0
	 */
	public enum RetryHighCardinalityKeys implements KeyName {

		/**
		 * How many attempts there were, the first one included.
		 */
		ATTEMPTS {

			@Override
			public String asString() {
				return "transaction.scope.retry.attempts";
			}

		}

	}

	/**
	 * What happens in a repetition.
	 *
	 * @since 0.1.0
	 */
	public enum RetryEvents implements Observation.Event {

		/**
		 * Another attempt begins: a counter {@code transaction.scope.retry.repeat}.
		 */
		REPEAT {

			@Override
			public String getName() {
				return "repeat";
			}

			@Override
			public String getContextualName() {
				return "repeat";
			}

		}

	}

}
