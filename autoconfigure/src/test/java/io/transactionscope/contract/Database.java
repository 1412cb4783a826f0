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

package io.transactionscope.contract;

import javax.sql.DataSource;

import com.mysql.cj.jdbc.MysqlDataSource;
import io.transactionscope.test.MariaDbServer;
import io.transactionscope.test.PostgresServer;
import io.transactionscope.test.StubDatabase;
import org.h2.jdbcx.JdbcDataSource;

/**
 * A database.
 */
enum Database {

	/** Not a real one: quick, for what takes many transactions. */
	STUB {

		@Override
		DataSource driver() {
			return StubDatabase.of("contract");
		}

		@Override
		DataSource secondDriver() {
			return StubDatabase.of("second");
		}

		@Override
		boolean isReal() {
			return false;
		}

		@Override
		String openTransactions() {
			return StubDatabase.OPEN_TRANSACTIONS;
		}

	},

	H2 {

		@Override
		DataSource driver() {
			return inMemory("contract");
		}

		@Override
		DataSource secondDriver() {
			return inMemory("second");
		}

		@Override
		String openTransactions() {
			return "select count(*) from information_schema.sessions where contains_uncommitted";
		}

	},

	POSTGRES {

		@Override
		DataSource driver() {
			return PostgresServer.running().dataSource();
		}

		@Override
		String openTransactions() {
			return "select count(*) from pg_stat_activity where state like 'idle in transaction%'";
		}

	},

	/** Only where a server is installed. */
	MARIADB {

		@Override
		DataSource driver() {
			return MariaDbServer.running().dataSource();
		}

		@Override
		boolean isAvailable() {
			return MariaDbServer.isInstalled();
		}

	},

	/** The same server by the other driver that speaks its protocol. */
	MARIADB_BY_MYSQL {

		@Override
		DataSource driver() {
			MysqlDataSource driver = new MysqlDataSource();
			driver.setUrl(MariaDbServer.running().urlForMysql());
			return driver;
		}

		@Override
		boolean isAvailable() {
			return MariaDbServer.isInstalled();
		}

	};

	boolean isAvailable() {
		return true;
	}

	boolean isReal() {
		return true;
	}

	/** Each connection of it is a new session. */
	abstract DataSource driver();

	/** Of another database beside it. */
	DataSource secondDriver() {
		throw new UnsupportedOperationException(name());
	}

	/** A query for how many there are. */
	String openTransactions() {
		return "select count(*) from information_schema.innodb_trx";
	}

	private static DataSource inMemory(String name) {
		JdbcDataSource driver = new JdbcDataSource();
		driver.setURL("jdbc:h2:mem:%s;DB_CLOSE_DELAY=-1".formatted(name));
		return driver;
	}

}
