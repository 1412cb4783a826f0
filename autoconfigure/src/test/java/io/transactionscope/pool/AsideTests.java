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

import java.net.URL;
import java.net.URLClassLoader;
import java.sql.Connection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.willAnswer;
import static org.mockito.Mockito.mock;

/**
 * What pools do on threads of ours.
 */
@Tag("once")
class AsideTests {

	/** The pool may start threads by which the driver finds its classes. */
	@Test
	void happensWithTheClassLoaderOfWhoAsks() throws Exception {
		for (int i = 0; i < 3; i++) {
			try (URLClassLoader loader = new URLClassLoader(new URL[0], getClass().getClassLoader())) {
				assertThat(loaderWhileClosing(loader)).isSameAs(loader);
			}
		}
	}

	private static ClassLoader loaderWhileClosing(ClassLoader asking) throws Exception {
		CompletableFuture<ClassLoader> seen = new CompletableFuture<>();
		Connection connection = mock(Connection.class);
		willAnswer((call) -> seen.complete(Thread.currentThread().getContextClassLoader())).given(connection).close();
		ClassLoader before = Thread.currentThread().getContextClassLoader();
		Thread.currentThread().setContextClassLoader(asking);
		try {
			Aside.close(connection);
		}
		finally {
			Thread.currentThread().setContextClassLoader(before);
		}
		return seen.get(20, TimeUnit.SECONDS);
	}

}
