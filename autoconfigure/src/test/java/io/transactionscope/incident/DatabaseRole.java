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

package io.transactionscope.incident;

import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A role at the tests' server that has to give its password, which nobody else has to.
 */
public final class DatabaseRole implements AutoCloseable {

	private final String name;

	public DatabaseRole(String name, String password) {
		this.name = name;
		Service.database().sql("create role %s login password '%s'".formatted(name, password)).update();
		authenticate("host all %s all scram-sha-256".formatted(name));
	}

	public String name() {
		return this.name;
	}

	/** Change it, such as its password or its number of connections. */
	public void alter(String how) {
		Service.database().sql("alter role %s %s".formatted(this.name, how)).update();
	}

	private static void authenticate(String... rules) {
		String file = Service.database().sql("show hba_file").query(String.class).single();
		String lines = Stream.concat(Stream.of(rules), Stream.of("local all all trust", "host all all all trust"))
			.map("'%s'"::formatted)
			.collect(Collectors.joining(", "));
		Service.database().sql("copy (select unnest(array[%s])) to '%s'".formatted(lines, file)).update();
		Service.database().sql("select pg_reload_conf()").query(Boolean.class).single();
	}

	@Override
	public void close() {
		authenticate();
		Service.database().sql("drop role " + this.name).update();
	}

}
