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

package io.transactionscope.pool;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.TransactionStatus;
import org.springframework.util.StringUtils;

/**
 * Names plain transactions in the ledger: from before its connection is asked for until
 * it has been committed or rolled back, each transaction's name is that of the current
 * {@link Borrower}. A method's name goes without its package, as
 * {@code OrderService.place}.
 *
 * <p>
 * To be added to the
 * {@link org.springframework.transaction.ConfigurableTransactionManager transaction
 * manager}. It never throws, and ignores reactive transactions.
 */
public final class TransactionNaming implements TransactionExecutionListener {

	private static final String UNNAMED = "unnamed transaction";

	private static final int MAXIMUM_NAMES = 1000;

	private final Map<String, String> shortNames = new ConcurrentHashMap<>();

	@Override
	public void beforeBegin(TransactionExecution transaction) {
		if (transaction instanceof TransactionStatus) {
			Borrower.current().begins(transaction, shortName(transaction.getTransactionName()));
		}
	}

	@Override
	public void afterBegin(TransactionExecution transaction, @Nullable Throwable beginFailure) {
		if (beginFailure != null) {
			end(transaction);
		}
	}

	@Override
	public void afterCommit(TransactionExecution transaction, @Nullable Throwable commitFailure) {
		end(transaction);
	}

	@Override
	public void afterRollback(TransactionExecution transaction, @Nullable Throwable rollbackFailure) {
		end(transaction);
	}

	private void end(TransactionExecution transaction) {
		if (transaction instanceof TransactionStatus) {
			Borrower.current().ends(transaction);
		}
	}

	private String shortName(@Nullable String name) {
		if (!StringUtils.hasText(name)) {
			return UNNAMED;
		}
		String known = this.shortNames.get(name);
		if (known != null) {
			return known;
		}
		String shortName = withoutPackage(name);
		if (this.shortNames.size() < MAXIMUM_NAMES) {
			this.shortNames.put(name, shortName);
		}
		return shortName;
	}

	private static String withoutPackage(String name) {
		int method = name.lastIndexOf('.');
		int type = name.lastIndexOf('.', method - 1);
		boolean qualified = type > 0 && Character.isUpperCase(name.charAt(type + 1));
		return qualified ? name.substring(type + 1) : name;
	}

}
