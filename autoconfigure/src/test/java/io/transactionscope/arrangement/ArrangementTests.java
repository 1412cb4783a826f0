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

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.pool.snapshot.ScopeStatistics;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Applications answer, consist of, and show to operators the same with the starter as
 * without; and what they borrow has names in the ledger.
 */
class ArrangementTests {

	private static final String HERE = "Clinic$";

	@Test
	void clinicIsTheSame() throws Exception {
		String[] settings = { "spring.datasource.url=jdbc:h2:mem:clinic", "spring.datasource.hikari.pool-name=clinic",
				"spring.datasource.hikari.maximum-pool-size=3", "spring.datasource.hikari.register-mbeans=true",
				"spring.jpa.hibernate.ddl-auto=create", "spring.jpa.defer-datasource-initialization=true",
				"spring.sql.init.mode=always", "spring.sql.init.data-locations=classpath:arrangement/clinic.sql" };
		List<String> requests = List.of("GET /owners", "GET /owners?name=B", "GET /owners/1", "GET /owners/9",
				"GET /owners/1/pets/count", "POST /owners?name=Eduardo", "POST /owners?name=%20",
				"POST /owners?name=Harold&complete=false", "GET /owners?name=Harold", "POST /owners/1/pets?name=Iggy",
				"POST /owners/9/pets?name=Nobody", "GET /owners/1", "GET /vets", "GET /vets", "GET /oups",
				"GET /nowhere");
		Seen with = compare(Clinic.class, settings, requests);
		assertThat(with.borrowers().keySet()).containsExactlyInAnyOrder("GET /owners", HERE + "Desk.register",
				"GET /owners/{id}", HERE + "Owners.findById", HERE + "Owners.countPets", HERE + "Desk.adopt",
				HERE + "Vets.findAll");
	}

	@Test
	void warehouseIsTheSame() throws Exception {
		String[] settings = { "stock.datasource.url=jdbc:h2:mem:stock", "stock.datasource.hikari.pool-name=stock",
				"books.datasource.jdbc-url=jdbc:h2:mem:books", "books.datasource.pool-name=books",
				"books.datasource.connection-init-sql=create table if not exists bookings (item varchar)" };
		List<String> requests = List.of("POST /stock/hammer/take", "POST /stock/file/take", "POST /stock/file/take",
				"POST /stock/saw/take", "GET /remarks", "GET /bookings", "GET /board");
		Seen with = compare(Warehouse.class, settings, requests);
		assertThat(with.answers()).contains("POST /stock/hammer/take: 200 1",
				"GET /remarks: 200 [\"somebody wants hammer\"]", "GET /bookings: 200 [\"file\",\"hammer\"]",
				"GET /board: 200 [\"hammer is gone\",\"file is gone\",\"file stays\",\"saw stays\"]");
		assertThat(with.borrowers()).doesNotContainKey("unnamed");
	}

	private static Seen compare(Class<?> type, String[] settings, List<String> requests) throws Exception {
		Seen without;
		try (RunningApplication application = RunningApplication.without(type, settings)) {
			without = Seen.of(application, requests);
		}
		try (RunningApplication application = RunningApplication.with(type, settings)) {
			Seen with = Seen.of(application, requests);
			assertThat(with.answers()).isEqualTo(without.answers());
			assertThat(with.managedBeans()).containsAll(without.managedBeans());
			without.beans()
				.forEach((name, bean) -> assertThat(with.beans()).hasEntrySatisfying(name,
						(same) -> assertThat(bean).as(name).isAssignableFrom(same)));
			return with;
		}
	}

	/**
	 * What is seen of an application: answers by request, classes of beans by name,
	 * MBeans, and how often each borrower has asked for a connection.
	 */
	private record Seen(List<String> answers, Map<String, Class<?>> beans, Set<String> managedBeans,
			Map<String, Long> borrowers) {

		static Seen of(RunningApplication application, List<String> requests) throws Exception {
			Map<String, Long> before = borrowers(application);
			List<String> answers = new ArrayList<>();
			for (String each : requests) {
				answers.add(each + ": " + application.ask(each));
			}
			Map<String, Long> borrowers = borrowers(application);
			borrowers.entrySet().removeAll(before.entrySet());
			answers.add(application.ask("GET /actuator/health/db"));
			answers.add(application.ask("GET /actuator/configprops/spring.datasource"));
			return new Seen(answers, application.beans(), new TreeSet<>(application.managedBeans()), borrowers);
		}

		private static Map<String, Long> borrowers(RunningApplication application) {
			Map<String, Long> asked = new TreeMap<>();
			application.context()
				.getBeanProvider(PoolLedgers.class)
				.ifAvailable((ledgers) -> ledgers.all().stream().map(PoolLedger::snapshot).forEach((pool) -> {
					for (ScopeStatistics each : pool.scopes()) {
						asked.merge(each.scope(), each.sinceStart().asked(), Long::sum);
					}
				}));
			return asked;
		}

	}

}
