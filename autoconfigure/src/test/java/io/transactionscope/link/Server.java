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

package io.transactionscope.link;

import javax.sql.DataSource;

import com.mysql.cj.jdbc.MysqlDataSource;
import io.transactionscope.test.LinkProxy;
import io.transactionscope.test.MariaDbServer;
import io.transactionscope.test.PostgresServer;

/**
 * A server and a driver.
 */
enum Server {

	POSTGRES("select i, '' from generate_series(1, 40) as i", 5) {

		@Override
		DataSource dataSource() {
			return PostgresServer.running().dataSource();
		}

		@Override
		LinkProxy link() {
			return PostgresServer.running().link();
		}

		@Override
		DataSource dataSource(LinkProxy link) {
			return PostgresServer.running().dataSource(link);
		}

	},

	/** Only where a server is installed. */
	MARIADB(Server.MANY_MEGABYTES, 1) {

		@Override
		DataSource dataSource(LinkProxy link) {
			return MariaDbServer.running().dataSource(link);
		}

	},

	/** The same server by the other driver that speaks its protocol. */
	MARIADB_BY_MYSQL(Server.MANY_MEGABYTES, Integer.MIN_VALUE) {

		@Override
		DataSource dataSource(LinkProxy link) {
			MysqlDataSource driver = new MysqlDataSource();
			driver.setUrl(MariaDbServer.running().urlForMysql(link));
			return driver;
		}

	};

	/** The server does not wait for the client, who is to wait for the server. */
	private static final String MANY_MEGABYTES = "select seq, repeat('x', 1000000) from seq_1_to_40";

	private final String manyRows;

	private final int fetchSize;

	Server(String manyRows, int fetchSize) {
		this.manyRows = manyRows;
		this.fetchSize = fetchSize;
	}

	boolean isAvailable() {
		return this == POSTGRES || MariaDbServer.isInstalled();
	}

	/** Past all links. */
	DataSource dataSource() {
		return MariaDbServer.running().dataSource();
	}

	LinkProxy link() {
		return MariaDbServer.running().link();
	}

	abstract DataSource dataSource(LinkProxy link);

	/** A query for rows that do not come all at once, the number of each first. */
	String manyRows() {
		return this.manyRows;
	}

	/** That makes the driver fetch them as they are read. */
	int fetchSize() {
		return this.fetchSize;
	}

}
