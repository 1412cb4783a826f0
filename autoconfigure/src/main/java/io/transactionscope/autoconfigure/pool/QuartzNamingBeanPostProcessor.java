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

import io.transactionscope.pool.naming.QuartzJobs;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.scheduling.quartz.SchedulerFactoryBean;

/**
 * Has the schedulers of Quartz tell the ledger of their jobs, beside what listeners they
 * have.
 */
class QuartzNamingBeanPostProcessor implements BeanPostProcessor {

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (bean instanceof SchedulerFactoryBean factory) {
			// There is none where a subclass is told to make none.
			Scheduler scheduler = factory.getObject();
			if (scheduler != null) {
				tellOfJobs(scheduler);
			}
		}
		return bean;
	}

	private static void tellOfJobs(Scheduler scheduler) {
		try {
			scheduler.getListenerManager().addJobListener(new QuartzJobs());
		}
		catch (SchedulerException ex) {
			// That of another process, in which its jobs run.
		}
	}

}
