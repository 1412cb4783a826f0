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

package io.transactionscope.pool.incident;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.transactionscope.pool.report.PoolReport;
import io.transactionscope.pool.report.ReportGroup;

/**
 * The reports that are kept: of each cause the first, and of all causes the latest.
 */
final class ReportGroups {

	private final int maximum;

	/** The latest at the end. */
	private final Map<Cause, ReportGroup> groups = new LinkedHashMap<>();

	ReportGroups(int maximum) {
		this.maximum = maximum;
	}

	/**
	 * Count a report, and keep it if it is the first of its cause.
	 * @return its group, which has only this one if it is the first
	 */
	ReportGroup add(Cause cause, PoolReport report) {
		ReportGroup known = this.groups.remove(cause);
		ReportGroup group = (known != null)
				? new ReportGroup(cause.incident(), known.report(), report.at(), known.count() + 1)
				: new ReportGroup(cause.incident(), report, report.at(), 1);
		this.groups.put(cause, group);
		if (this.groups.size() > this.maximum) {
			Iterator<Cause> oldest = this.groups.keySet().iterator();
			oldest.next();
			oldest.remove();
		}
		return group;
	}

	List<ReportGroup> latestFirst() {
		List<ReportGroup> latestFirst = new ArrayList<>(this.groups.values());
		Collections.reverse(latestFirst);
		return List.copyOf(latestFirst);
	}

}
