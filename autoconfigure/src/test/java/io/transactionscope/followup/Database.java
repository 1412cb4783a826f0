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

package io.transactionscope.followup;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.UUID;

import javax.sql.DataSource;

import io.transactionscope.test.PostgresServer;
import org.h2.jdbcx.JdbcDataSource;

import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.jdbc.datasource.init.ScriptUtils;

/**
 * A database, in which each application has a schema to itself.
 */
enum Database {

	H2 {

		@Override
		DataSource driver() {
			JdbcDataSource driver = new JdbcDataSource();
			driver.setURL(
					"jdbc:h2:mem:follow-ups;DB_CLOSE_DELAY=-1;DATABASE_TO_LOWER=true;CASE_INSENSITIVE_IDENTIFIERS=true");
			return driver;
		}

		@Override
		String script() {
			return "schema-h2.sql";
		}

	},

	POSTGRES {

		@Override
		DataSource driver() {
			return PostgresServer.running().dataSource();
		}

		@Override
		String script() {
			return "schema-postgresql.sql";
		}

	};

	private static final String SCRIPTS = "org/springframework/modulith/events/jdbc/schemas/v2/";

	/** As db-scheduler documents it. */
	private static final String JOBS = """
			create table scheduled_tasks (
				task_name varchar(100) not null,
				task_instance varchar(100) not null,
				task_data bytea,
				execution_time timestamp with time zone not null,
				picked boolean not null,
				picked_by varchar(100),
				last_success timestamp with time zone,
				last_failure timestamp with time zone,
				consecutive_failures int,
				last_heartbeat timestamp with time zone,
				version bigint not null,
				priority smallint,
				primary key (task_name, task_instance)
			)""";

	/** Each connection of it is a new session. */
	abstract DataSource driver();

	/** Where Spring Modulith has its table for it. */
	abstract String script();

	/**
	 * Create a schema with the tables of the orders, of the events and of the jobs.
	 * @return its name
	 */
	String createSchema() {
		String schema = "s" + UUID.randomUUID().toString().replace("-", "");
		try (Connection connection = driver().getConnection()) {
			SingleConnectionDataSource dataSource = new SingleConnectionDataSource(connection, true);
			JdbcTemplate jdbc = new JdbcTemplate(dataSource);
			jdbc.execute("create schema " + schema);
			connection.setSchema(schema);
			jdbc.execute("create table orders (item varchar(40) primary key)");
			jdbc.execute(JOBS);
			ScriptUtils.executeSqlScript(connection, new ClassPathResource(SCRIPTS + script()));
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
		return schema;
	}

	void dropSchema(String schema) {
		JdbcClient.create(driver()).sql("drop schema %s cascade".formatted(schema)).update();
	}

}
