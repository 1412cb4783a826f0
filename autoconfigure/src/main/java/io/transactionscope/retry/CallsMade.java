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

package io.transactionscope.retry;

import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.Set;

import io.transactionscope.pool.Borrower;
import org.jspecify.annotations.Nullable;

/**
 * What an attempt has called elsewhere while it held a connection. No rollback undoes
 * that.
 */
final class CallsMade implements Borrower.Watch {

	private final Borrower borrower = Borrower.current();

	private Set<String> names = Set.of();

	private Borrower.@Nullable Watch outer;

	/** Begin with none. */
	void begin() {
		this.names = Set.of();
		this.outer = this.borrower.exchangeWatch(this);
	}

	void end() {
		this.borrower.exchangeWatch(this.outer);
	}

	Set<String> names() {
		return this.names;
	}

	@Override
	public void calls(String name) {
		if (this.names.isEmpty()) {
			this.names = new LinkedHashSet<>();
		}
		this.names.add(name);
		if (this.outer != null) {
			this.outer.calls(name);
		}
	}

	@Override
	public void sends(Runnable cancellation) throws SQLException {
		if (this.outer != null) {
			this.outer.sends(cancellation);
		}
	}

	@Override
	public void awaitsEnd() {
		if (this.outer != null) {
			this.outer.awaitsEnd();
		}
	}

	@Override
	public void answered() {
		if (this.outer != null) {
			this.outer.answered();
		}
	}

	@Override
	public void borrows() {
		if (this.outer != null) {
			this.outer.borrows();
		}
	}

}
