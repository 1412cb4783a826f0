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

import java.sql.SQLException;
import java.util.List;

/**
 * The failures to give to a {@link FaultyDriver}.
 */
public final class Faults {

	private Faults() {
	}

	/** The server has answered: with an error. */
	public static SQLException refused() {
		return new SQLException("could not serialize access", "40001");
	}

	/** Nobody knows what the server did. */
	public static SQLException lostLink() {
		return new SQLException("connection reset by peer", "08006");
	}

	/** One of each kind that a driver may throw while it keeps its link. */
	public static List<Throwable> ofEachKind() {
		return List.of(refused(), new IllegalStateException("a bug of the driver"),
				new AssertionError("an error of the driver"));
	}

}
