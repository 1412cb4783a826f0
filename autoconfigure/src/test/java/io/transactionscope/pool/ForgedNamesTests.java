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

import java.sql.Connection;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

import io.transactionscope.pool.TestPool.Person;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

/**
 * Names that would begin a line of their own in the log, or in a report.
 */
@ExtendWith(OutputCaptureExtension.class)
class ForgedNamesTests {

	private static final String FORGED = "\r\nINFO forged \u202E";

	private static final String SHOWN = "\\r\\nINFO forged \\u202E";

	@Test
	void standInOneLineOfAReport() throws Exception {
		try (TestPool pool = new TestPool(1, TestPool.TIMED, (config) -> {
			config.setPoolName("shop" + FORGED);
			config.setConnectionTimeout(300);
		})) {
			Person holder = pool.personIn("holder" + FORGED);
			Connection connection = holder.borrows();
			holder.executes(connection, "select 1 as \"order" + FORGED + "\"");
			Future<Connection> wait = pool.personIn("waiter" + FORGED).asks();
			Throwable failure = catchThrowableOfType(ExecutionException.class, wait::get).getCause();
			assertThat(failure).isInstanceOf(PoolExhaustedException.class)
				.message()
				.contains("shop" + SHOWN, "holder" + SHOWN, "thread of holder" + SHOWN, "waiter" + SHOWN,
						"\"order" + SHOWN + "\"")
				.doesNotContain("\r", "\nINFO", "\u202E");
			holder.returns(connection);
		}
	}

	@Test
	void standInOneLineOfTheLog(CapturedOutput output) throws Exception {
		try (TestPool pool = new TestPool(1)) {
			Person holder = pool.personIn("holder" + FORGED);
			holder.borrows();
			holder.dies();
			await().untilAsserted(() -> assertThat(output).contains("'holder" + SHOWN + "'"));
			assertThat(output).contains("on thread of holder" + SHOWN).doesNotContain(FORGED);
		}
	}

}
