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

package io.transactionscope.arrangement;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * An application that starts again in the same JVM with its classes loaded anew, while
 * those of libraries stay, as Boot's devtools have it.
 */
class RestartTests {

	private static final String[] SETTINGS = { "spring.datasource.url=jdbc:h2:mem:restarted",
			"spring.datasource.hikari.pool-name=restarted", "spring.datasource.hikari.maximum-pool-size=2",
			"spring.jpa.hibernate.ddl-auto=create", "spring.jpa.defer-datasource-initialization=true",
			"spring.sql.init.mode=always", "spring.sql.init.data-locations=classpath:arrangement/clinic.sql" };

	@Test
	void startsAnewWithALedgerOfItsOwn() throws Exception {
		PoolLedger first = run();
		assertThat(first.hikari().isClosed()).isTrue();
		PoolLedger second = run();
		assertThat(second).isNotSameAs(first);
	}

	private PoolLedger run() throws Exception {
		ClassLoader before = Thread.currentThread().getContextClassLoader();
		Thread.currentThread().setContextClassLoader(new RestartClassLoader(before));
		try {
			Class<?> type = Thread.currentThread().getContextClassLoader().loadClass(Clinic.class.getName());
			assertThat(type).isNotSameAs(Clinic.class);
			try (RunningApplication application = RunningApplication.with(type, SETTINGS)) {
				assertThat(application.ask("POST /owners?name=Eduardo")).isEqualTo("201 Eduardo");
				assertThat(application.ask("GET /owners/1")).isEqualTo("200 Betty with [Basil, Leo]");
				PoolLedger ledger = application.context().getBean(PoolLedgers.class).find("restarted").orElseThrow();
				assertThat(ledger.snapshot().scopes()).extracting("scope").contains("Clinic$Desk.register");
				// The request ends after its answer, and its session with it.
				await().untilAsserted(() -> assertThat(ledger.snapshot().leases()).isEmpty());
				return ledger;
			}
		}
		finally {
			Thread.currentThread().setContextClassLoader(before);
		}
	}

	/**
	 * Loads the clinic itself, and all else from where it was.
	 */
	private static final class RestartClassLoader extends ClassLoader {

		private RestartClassLoader(ClassLoader parent) {
			super(parent);
		}

		@Override
		protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
			if (!name.startsWith(Clinic.class.getName())) {
				return super.loadClass(name, resolve);
			}
			synchronized (getClassLoadingLock(name)) {
				Class<?> loaded = findLoadedClass(name);
				return (loaded != null) ? loaded : findClass(name);
			}
		}

		@Override
		protected Class<?> findClass(String name) throws ClassNotFoundException {
			try (InputStream bytes = getResourceAsStream(name.replace('.', '/') + ".class")) {
				if (bytes == null) {
					throw new ClassNotFoundException(name);
				}
				byte[] code = bytes.readAllBytes();
				return defineClass(name, code, 0, code.length);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

	}

}
