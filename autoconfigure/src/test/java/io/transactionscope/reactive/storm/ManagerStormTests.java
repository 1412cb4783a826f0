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

package io.transactionscope.reactive.storm;

import io.transactionscope.r2dbc.ScopedR2dbcTransactionManager;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.transaction.annotation.AnnotationTransactionAttributeSource;
import org.springframework.transaction.interceptor.TransactionInterceptor;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Spring's own ways to a transaction, on our manager.
 */
@Tag("storm")
class ManagerStormTests {

	@Test
	void operatorLeavesNothingBehindOnH2() {
		operatorLeavesNothingBehind(StormDatabase.h2());
	}

	@Test
	void operatorLeavesNothingBehindOnPostgresql() {
		operatorLeavesNothingBehind(StormDatabase.postgresql());
	}

	@Test
	void methodsLeaveNothingBehindOnH2() {
		methodsLeaveNothingBehind(StormDatabase.h2());
	}

	@Test
	void methodsLeaveNothingBehindOnPostgresql() {
		methodsLeaveNothingBehind(StormDatabase.postgresql());
	}

	private static void operatorLeavesNothingBehind(StormDatabase database) {
		try (Storm storm = new Storm(database)) {
			leavesNothingBehind(storm, new OperatorTransactor(new ScopedR2dbcTransactionManager(storm.connections())));
		}
	}

	private static void methodsLeaveNothingBehind(StormDatabase database) {
		try (Storm storm = new Storm(database)) {
			ProxyFactory methods = new ProxyFactory(new AnnotatedTransactor());
			methods.addAdvice(new TransactionInterceptor(new ScopedR2dbcTransactionManager(storm.connections()),
					new AnnotationTransactionAttributeSource()));
			leavesNothingBehind(storm, AnnotatedTransactor.through((Transactor) methods.getProxy()));
		}
	}

	private static void leavesNothingBehind(Storm storm, Transactor transactor) {
		assertThat(storm.calm(100, transactor::write)).isEmpty();
		assertThat(storm.rage(Storm.UNITS, transactor::write)).isEmpty();
		assertThat(Moment.values()).allSatisfy((moment) -> assertThat(storm.cancels(moment)).isPositive());
		assertThat(storm.rage(Storm.UNITS / 2, (unit) -> transactor.writeAll(unit, 2).then())).isEmpty();
	}

}
