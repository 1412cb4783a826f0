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
package io.transactionscope.test;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.jspecify.annotations.Nullable;

/**
 * All faults that may strike, in the order in which they were armed.
 */
final class ArmedFaults {

	private final List<DatabaseFault> faults = new CopyOnWriteArrayList<>();

	void add(DatabaseFault fault) {
		this.faults.add(fault);
	}

	List<DatabaseFault> all() {
		return List.copyOf(this.faults);
	}

	void removeAll(Collection<DatabaseFault> faults) {
		faults.forEach(DatabaseFault::disarm);
		this.faults.removeAll(faults);
	}

	/**
	 * Return whether calls of a phase stall, or may.
	 */
	boolean stall(Phase phase, String pool) {
		return this.faults.stream().anyMatch((fault) -> fault.stalls(phase, pool));
	}

	/**
	 * Have a call made, or fail, or both.
	 */
	@Nullable Object meet(Moment moment, FaultEffect.Call call) throws Throwable {
		FaultEffect.Call last = call;
		// Who is armed first is to strike first.
		List<DatabaseFault> due = this.faults.stream().filter((fault) -> fault.isDueAt(moment)).toList();
		for (int i = due.size() - 1; i >= 0; i--) {
			DatabaseFault fault = due.get(i);
			FaultEffect.Call next = last;
			last = () -> fault.strike(moment, next);
		}
		return last.proceed();
	}

}
