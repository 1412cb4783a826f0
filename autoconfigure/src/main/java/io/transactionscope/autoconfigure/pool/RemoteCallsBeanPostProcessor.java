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

package io.transactionscope.autoconfigure.pool;

import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.remote.RemoteCallHandler;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;

/**
 * Has registries tell the ledgers of calls elsewhere.
 *
 * <p>
 * A bean of the handler's type would be registered by Boot after all that belong to a
 * group, such as those that trace, which have begun something by the time that it fails a
 * call.
 */
class RemoteCallsBeanPostProcessor implements BeanPostProcessor {

	private final ObjectProvider<PoolLedgers> ledgers;

	RemoteCallsBeanPostProcessor(ObjectProvider<PoolLedgers> ledgers) {
		this.ledgers = ledgers;
	}

	@Override
	public Object postProcessBeforeInitialization(Object bean, String beanName) {
		if (bean instanceof ObservationRegistry registry && registry != ObservationRegistry.NOOP) {
			registry.observationConfig().observationHandler(new RemoteCallHandler(this.ledgers.getObject()));
		}
		return bean;
	}

}
