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

package io.transactionscope.resolution;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.transactionscope.test.OwnPostgresServer;

import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Ends the sessions of a server, crashes it and starts it again.
 */
final class Havoc {

	private final OwnPostgresServer server;

	private final SplittableRandom random;

	private final Queue<Outage> outages = new ConcurrentLinkedQueue<>();

	private final Map<Blow, Integer> blows = new EnumMap<>(Blow.class);

	private List<Blow> next = List.of();

	Havoc(OwnPostgresServer server, SplittableRandom random) {
		this.server = server;
		this.random = random;
	}

	/** The next blow: each kind once, before any comes again. */
	void strike() {
		if (this.next.isEmpty()) {
			this.next = new ArrayList<>(List.of(Blow.values()));
			Collections.shuffle(this.next, new Random(this.random.nextLong()));
		}
		Blow blow = this.next.remove(this.next.size() - 1);
		this.blows.merge(blow, 1, Integer::sum);
		Outage outage = new Outage(blow, System.nanoTime());
		this.outages.add(outage);
		try {
			blow.strike(this.server, this);
		}
		finally {
			this.server.awaitAnswer();
			outage.to = System.nanoTime();
		}
	}

	Map<Blow, Integer> blows() {
		return this.blows;
	}

	/** Whether it was down, or came back a moment before, at a time. */
	boolean wasDown(long time, long moment) {
		return this.outages.stream()
			.anyMatch((outage) -> outage.from - time <= 0 && (outage.to == 0 || time - outage.to <= moment));
	}

	/** Whether it lost what was in memory between two times. */
	boolean hasCrashed(long from, long to) {
		return this.outages.stream()
			.anyMatch((outage) -> outage.blow.isCrash && outage.from - to <= 0
					&& (outage.to == 0 || outage.to - from >= 0));
	}

	/** A session of the storm, if there is one. */
	private long session() {
		try {
			List<Long> sessions = JdbcClient.create(this.server.dataSource())
				.sql("select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()")
				.query(Long.class)
				.list();
			return sessions.isEmpty() ? -1 : sessions.get(this.random.nextInt(sessions.size()));
		}
		catch (DataAccessException ex) {
			return -1;
		}
	}

	/**
	 * What is done to the server.
	 */
	enum Blow {

		/** One session ends. */
		END_OF_SESSION(false) {

			@Override
			void strike(OwnPostgresServer server, Havoc havoc) {
				JdbcClient.create(server.dataSource())
					.sql("select pg_terminate_backend(?::int)")
					.param(havoc.session())
					.query()
					.listOfRows();
			}

		},

		/** One session is killed, and all others end by that. */
		CRASH(true) {

			@Override
			void strike(OwnPostgresServer server, Havoc havoc) {
				long session = havoc.session();
				if (session > 0) {
					server.killSession(session);
				}
			}

		},

		RESTART(false) {

			@Override
			void strike(OwnPostgresServer server, Havoc havoc) {
				server.stop();
				server.start();
			}

		},

		RESTART_AT_ONCE(true) {

			@Override
			void strike(OwnPostgresServer server, Havoc havoc) {
				server.stopAtOnce();
				server.start();
			}

		};

		private final boolean isCrash;

		Blow(boolean isCrash) {
			this.isCrash = isCrash;
		}

		abstract void strike(OwnPostgresServer server, Havoc havoc);

	}

	private static final class Outage {

		private final Blow blow;

		private final long from;

		private volatile long to;

		private Outage(Blow blow, long from) {
			this.blow = blow;
			this.from = from;
		}

	}

}
