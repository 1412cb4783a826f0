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

import java.sql.Connection;
import java.sql.SQLException;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import org.jspecify.annotations.Nullable;

/**
 * A HikariCP pool that can refuse to lend, at once: HikariCP itself would wait for a
 * connection first.
 */
public final class FaultyPool extends HikariDataSource {

	private volatile @Nullable Throwable failure;

	public FaultyPool(HikariConfig config) {
		super(config);
	}

	public <T extends Throwable> T failToLend(T failure) {
		this.failure = failure;
		return failure;
	}

	public void heal() {
		this.failure = null;
	}

	@Override
	public Connection getConnection() throws SQLException {
		Throwable failure = this.failure;
		if (failure != null) {
			throw FaultyPool.<RuntimeException>sneaky(failure);
		}
		return super.getConnection();
	}

	@SuppressWarnings({ "unchecked", "TypeParameterUnusedInFormals" })
	private static <X extends Throwable> X sneaky(Throwable failure) throws X {
		throw (X) failure;
	}

}
