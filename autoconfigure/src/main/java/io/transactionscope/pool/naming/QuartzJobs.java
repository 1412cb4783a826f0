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

package io.transactionscope.pool.naming;

import io.transactionscope.pool.Borrower;
import org.jspecify.annotations.Nullable;
import org.quartz.JobExecutionContext;
import org.quartz.JobExecutionException;
import org.quartz.JobKey;
import org.quartz.listeners.JobListenerSupport;

/**
 * Tells the ledger of the jobs that Quartz runs, so that what one borrows without a
 * transaction is named after it: {@code job billing.remind}. The triggers are left out:
 * Quartz makes their names up, a new one for each job that is run by hand.
 *
 * @since 0.1.0
 */
public final class QuartzJobs extends JobListenerSupport {

	/**
	 * Know of no job yet.
	 */
	public QuartzJobs() {
	}

	@Override
	public String getName() {
		return QuartzJobs.class.getName();
	}

	@Override
	public void jobToBeExecuted(JobExecutionContext context) {
		String name = nameOf(context.getJobDetail().getKey());
		Borrower.current().exchangeCall(new Borrower.Call(name, name));
	}

	@Override
	public void jobWasExecuted(JobExecutionContext context, @Nullable JobExecutionException failure) {
		Borrower.current().exchangeCall(null);
	}

	private static String nameOf(JobKey key) {
		return "job " + (JobKey.DEFAULT_GROUP.equals(key.getGroup()) ? key.getName() : key);
	}

}
