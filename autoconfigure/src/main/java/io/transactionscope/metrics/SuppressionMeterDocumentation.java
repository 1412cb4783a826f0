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

package io.transactionscope.metrics;

import io.micrometer.common.docs.KeyName;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.docs.MeterDocumentation;

/**
 * The meter of {@link SuppressionMetrics}.
 *
 * @since 0.1.0
 */
public enum SuppressionMeterDocumentation implements MeterDocumentation {

	/**
	 * How many failures were suppressed. At most 256 combinations of its tags are told
	 * apart; further ones are counted with {@code other} for both.
	 */
	SUPPRESSED {

		@Override
		public String getName() {
			return "transaction.scope.suppressed";
		}

		@Override
		public Meter.Type getType() {
			return Meter.Type.COUNTER;
		}

		@Override
		public KeyName[] getKeyNames() {
			return Keys.values();
		}

	};

	/**
	 * The keys of that meter.
	 *
	 * @since 0.1.0
	 */
	public enum Keys implements KeyName {

		/**
		 * The simple name of the failure's type.
		 */
		EXCEPTION {

			@Override
			public String asString() {
				return "exception";
			}

		},

		/**
		 * The name of what suppressed it, {@code none} where it has none.
		 */
		NAME {

			@Override
			public String asString() {
				return "name";
			}

		}

	}

}
