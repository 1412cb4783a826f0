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

import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;

import com.zaxxer.hikari.pool.HikariPool;
import io.transactionscope.pool.PoolExhaustedException;
import io.transactionscope.pool.snapshot.ConnectFailure;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.support.AbstractBeanFactory;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Says why a pool has no first connection, and what to change. Hibernate goes on without
 * one and fails later, for want of a dialect: what it has met is known to the pool's
 * ledger, which is closed by then.
 */
class PoolStartFailureAnalyzer extends AbstractFailureAnalyzer<Throwable> {

	private final BeanFactory beanFactory;

	PoolStartFailureAnalyzer(BeanFactory beanFactory) {
		this.beanFactory = beanFactory;
	}

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, Throwable cause) {
		SQLException thrown = findCause(rootFailure, SQLException.class);
		if (thrown != null) {
			ConnectFailure failure = ofFirstConnection(thrown);
			return (failure != null) ? analysis(failure, "", thrown) : null;
		}
		Throwable complaint = complaintOfDialect(rootFailure);
		ConnectFailure failure = ofLedger();
		return (complaint != null && failure != null)
				? analysis(failure, " Therefore, Hibernate could not ask the database for its dialect.", complaint)
				: null;
	}

	/**
	 * A pool that is started by its first borrower throws what the driver has thrown, and
	 * only the stack tells. One that starts all the same has the borrower wait.
	 */
	private static @Nullable ConnectFailure ofFirstConnection(SQLException failure) {
		if (failure instanceof PoolExhaustedException exhausted) {
			return UnconnectedPools.failureOf(exhausted.report());
		}
		boolean starting = Arrays.stream(failure.getStackTrace())
			.anyMatch((frame) -> frame.getClassName().equals(HikariPool.class.getName())
					&& frame.getMethodName().equals("checkFailFast"));
		return starting ? ConnectFailure.of(failure, Duration.ZERO) : null;
	}

	private static @Nullable Throwable complaintOfDialect(Throwable failure) {
		for (Throwable each = failure; each != null; each = each.getCause()) {
			String message = each.getMessage();
			if (each.getClass().getName().startsWith("org.hibernate.") && message != null
					&& message.contains("determine Dialect")) {
				return each;
			}
		}
		return null;
	}

	/**
	 * Beans are gone when a context has failed to start, their post-processors are not.
	 */
	private @Nullable ConnectFailure ofLedger() {
		return (this.beanFactory instanceof AbstractBeanFactory factory) ? factory.getBeanPostProcessors()
			.stream()
			.filter(TrackedPoolBeanPostProcessor.class::isInstance)
			.map((processor) -> ((TrackedPoolBeanPostProcessor) processor).unconnected().latest())
			.findFirst()
			.orElse(null) : null;
	}

	private static FailureAnalysis analysis(ConnectFailure failure, String consequence, Throwable cause) {
		String state = (failure.sqlState() != null) ? failure.sqlState() : "unknown";
		return new FailureAnalysis("A connection pool could not open its first connection (SQL state %s): %s%s"
			.formatted(state, failure.message(), consequence), action(failure.kind()), cause);
	}

	private static String action(ConnectFailure.Kind kind) {
		boolean late = kind == ConnectFailure.Kind.REFUSED || kind == ConnectFailure.Kind.STARTING_UP;
		return late ? kind.advice() + " If the database comes up later than the application, set "
				+ "spring.datasource.hikari.initialization-fail-timeout." : kind.advice();
	}

}
