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

package io.transactionscope.benchmark;

import java.lang.invoke.MethodHandles;
import java.sql.Connection;
import java.sql.DatabaseMetaData;

import net.bytebuddy.ByteBuddy;
import net.bytebuddy.dynamic.loading.ClassLoadingStrategy;
import net.bytebuddy.implementation.StubMethod;
import net.bytebuddy.matcher.ElementMatchers;

import org.springframework.jdbc.datasource.AbstractDataSource;

/**
 * A driver whose methods do nothing and return what stands for nothing.
 */
final class StubDataSource extends AbstractDataSource {

	private static final Class<? extends StubConnection> CONNECTION = stub(StubConnection.class);

	private static final Class<? extends StubDatabaseMetaData> META_DATA = stub(StubDatabaseMetaData.class);

	/** Written out as a class: a JDK proxy would cost more than what is measured. */
	private static <T> Class<? extends T> stub(Class<T> type) {
		return new ByteBuddy().subclass(type)
			.method(ElementMatchers.isAbstract())
			.intercept(StubMethod.INSTANCE)
			.make()
			.load(type.getClassLoader(), ClassLoadingStrategy.UsingLookup.of(MethodHandles.lookup()))
			.getLoaded();
	}

	private static <T> T instance(Class<T> type) {
		try {
			return type.getDeclaredConstructor().newInstance();
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

	static DatabaseMetaData metaData() {
		return instance(META_DATA);
	}

	@Override
	public Connection getConnection() {
		return instance(CONNECTION);
	}

	@Override
	public Connection getConnection(String username, String password) {
		return getConnection();
	}

}
