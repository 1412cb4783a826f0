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

package io.transactionscope.autoconfigure.pool;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.transport.SenderContext;
import io.transactionscope.TransactionScope;
import io.transactionscope.autoconfigure.ScopedTransactionManagerAutoConfiguration;
import io.transactionscope.autoconfigure.TransactionScopeAutoConfiguration;
import io.transactionscope.pool.Borrower;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.Id;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.BeanUtils;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.persistence.autoconfigure.EntityScan;
import org.springframework.boot.test.context.runner.ContextConsumer;
import org.springframework.boot.test.context.assertj.AssertableWebApplicationContext;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizationAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.config.EnableJpaRepositories;
import org.springframework.http.HttpMethod;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.request.MockMvcRequestBuilders;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;
import org.springframework.transaction.ConfigurableTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.util.ReflectionUtils;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.WebApplicationContext;
import org.springframework.web.context.request.RequestContextHolder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

/**
 * In the ledger, everybody has the name by which people know it.
 */
class BorrowerNamingTests {

	private static final String HERE = "BorrowerNamingTests$";

	private final WebApplicationContextRunner runner = new WebApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(BorrowerNamingAutoConfiguration.class, PoolAutoConfiguration.class,
				DataSourceAutoConfiguration.class, JdbcTemplateAutoConfiguration.class,
				TransactionManagerCustomizationAutoConfiguration.class, TransactionAutoConfiguration.class,
				ScopedTransactionManagerAutoConfiguration.class, TransactionScopeAutoConfiguration.class,
				HibernateJpaAutoConfiguration.class, WebMvcAutoConfiguration.class))
		.withUserConfiguration(Application.class)
		.withPropertyValues("spring.datasource.generate-unique-name=true",
				"spring.datasource.hikari.maximum-pool-size=2", "spring.jpa.hibernate.ddl-auto=create-drop",
				"spring.jpa.open-in-view=false");

	// Repositories

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void methodOfARepositoryIsNamedAfterItsInterface(boolean stock) {
		run(stock, (context) -> {
			Owners owners = context.getBean(Owners.class);
			assertThat(AskedNames.during(context, () -> owners.findById("Betty")))
				.containsExactly(HERE + "Owners.findById");
			assertThat(AskedNames.during(context, () -> owners.save(new Owner())))
				.containsExactly(HERE + "Owners.save");
			assertThat(AskedNames.during(context, () -> context.getBean(Pets.class).findById("Leo")))
				.containsExactly(HERE + "Pets.findById");
		});
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void transactionalFinderIsNamedAfterItsInterface(boolean stock) {
		run(stock,
				(context) -> assertThat(
						AskedNames.during(context, () -> context.getBean(Owners.class).findByName("Betty")))
					.containsExactly(HERE + "Owners.findByName"));
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void finderWithoutTransactionIsNamedAsWell(boolean stock) {
		run(stock, (context) -> {
			Owners owners = context.getBean(Owners.class);
			assertThat(AskedNames.during(context, () -> owners.findByCity("Madison")))
				.containsExactly(HERE + "Owners.findByCity");
			assertThat(AskedNames.during(context, () -> owners.isHome("Betty", "Madison")))
				.containsExactly(HERE + "Owners.findByCity", HERE + "Owners.findById");
			assertThat(Borrower.current().call()).isNull();
		});
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void springKeepsItsOwnNameOfTheTransaction(boolean stock) {
		List<String> begun = new ArrayList<>();
		run(stock, (context) -> {
			context.getBean(ConfigurableTransactionManager.class).addListener(new TransactionExecutionListener() {

				@Override
				public void beforeBegin(TransactionExecution transaction) {
					begun.add(transaction.getTransactionName());
				}

			});
			context.getBean(Owners.class).findById("Betty");
		});
		assertThat(begun)
			.containsExactly("org.springframework.data.jpa.repository.support.SimpleJpaRepository.findById");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void repositoryInATransactionHasTheNameOfThat(boolean stock) {
		run(stock, (context) -> {
			assertThat(AskedNames.during(context, () -> context.getBean(Clinic.class).visit()))
				.containsExactly(HERE + "Clinic.visit");
			assertThat(
					AskedNames.during(context, () -> context.getBean(TransactionScope.class).named("visit").run(() -> {
						context.getBean(Owners.class).findByCity("Madison");
						context.getBean(Owners.class).findById("Betty");
					})))
				.containsExactly("visit");
		});
	}

	// Transactions without a name

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void transactionWithoutANameIsNamedAfterTheCodeThatHasBegunIt(boolean stock) {
		run(stock, (context) -> {
			Clinic clinic = context.getBean(Clinic.class);
			assertThat(AskedNames.during(context, clinic::byTemplate)).containsExactly(HERE + "Clinic.byTemplate");
			assertThat(AskedNames.during(context, clinic::inALambda)).containsExactly(HERE + "Clinic.inALambda");
			assertThat(AskedNames.during(context, clinic::byManager)).containsExactly(HERE + "Clinic.byManager");
		});
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void methodThatSupportsTransactionsIsNamed(boolean stock) {
		run(stock, (context) -> assertThat(AskedNames.during(context, () -> context.getBean(Clinic.class).supports()))
			.containsExactly(HERE + "Clinic.supports"));
	}

	// Requests

	@Test
	void whatARequestBorrowsWithoutATransactionIsNamedAfterItsRoute() {
		run(false, (context) -> {
			assertThat(request(context, "GET", "/jdbc/Madison")).containsExactly("GET /jdbc/{city}");
			assertThat(request(context, "PUT", "/jdbc/Windsor")).containsExactly("PUT /jdbc/{city}");
			assertThat(request(context, "WHATEVER", "/jdbc/Windsor")).containsExactly("/jdbc/{city}");
			assertThat(request(context, "GET", "/finder/Madison")).containsExactly(HERE + "Owners.findByCity");
		});
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whatTheSessionOfOpenInViewKeepsIsNamedAfterTheRequest(boolean stock) {
		run(this.runner.withPropertyValues("spring.jpa.open-in-view=true"), stock, (context) -> {
			assertThat(request(context, "GET", "/finder/Madison")).containsExactly("GET /finder/{city}");
			assertThat(request(context, "GET", "/visits/Madison")).containsExactly("GET /visits/{city}");
		});
	}

	// What is observed

	@Test
	void whatIsObservedGivesItsName() {
		run(this.runner.withBean(ObservationRegistry.class, BorrowerNamingTests::observing), false, (context) -> {
			JdbcTemplate jdbc = context.getBean(JdbcTemplate.class);
			Observation observation = Observation.start("task", context.getBean(ObservationRegistry.class));
			Runnable observed = () -> observation.scoped(() -> jdbc.execute("select 1"));
			assertThat(AskedNames.during(context, observed)).containsExactly("task");
			observation.contextualName("task vaccinations.remind");
			assertThat(AskedNames.during(context, observed)).containsExactly("task vaccinations.remind");
			Observation call = Observation.start("jdbc.connection", () -> new SenderContext<>((carrier, key, value) -> {
			}), context.getBean(ObservationRegistry.class));
			assertThat(AskedNames.during(context, () -> call.scoped(() -> jdbc.execute("select 1"))))
				.containsExactly("unnamed");
			call.getContext().setParentObservation(observation);
			assertThat(AskedNames.during(context, () -> call.scoped(() -> jdbc.execute("select 1"))))
				.containsExactly("task vaccinations.remind");
		});
	}

	private static ObservationRegistry observing() {
		ObservationRegistry registry = ObservationRegistry.create();
		registry.observationConfig().observationHandler((context) -> true);
		return registry;
	}

	// All others

	@Test
	void whatNothingIsKnownOfIsUnnamed() {
		run(false,
				(context) -> assertThat(
						AskedNames.during(context, () -> context.getBean(JdbcTemplate.class).execute("select 1")))
					.containsExactly("unnamed"));
	}

	@Test
	void applicationKnowsMore() {
		run(this.runner.withUserConfiguration(Own.class), false, (context) -> {
			assertThat(AskedNames.during(context, () -> context.getBean(JdbcTemplate.class).execute("select 1")))
				.containsExactly("own");
			assertThat(request(context, "GET", "/jdbc/Madison")).containsExactly("GET /jdbc/{city}");
		});
	}

	@ParameterizedTest
	@ValueSource(classes = { IllegalStateException.class, NoClassDefFoundError.class, StackOverflowError.class })
	void nameThatFailsReachesNobody(Class<? extends Throwable> failure) {
		run(this.runner.withBean(Borrower.Occasion.class, () -> () -> {
			ReflectionUtils.rethrowRuntimeException(BeanUtils.instantiateClass(failure));
			return null;
		}), false,
				(context) -> assertThat(
						AskedNames.during(context, () -> context.getBean(JdbcTemplate.class).execute("select 1")))
					.containsExactly("unnamed"));
	}

	private void run(boolean stock, ContextConsumer<AssertableWebApplicationContext> test) {
		run(this.runner, stock, test);
	}

	private static void run(WebApplicationContextRunner runner, boolean stock,
			ContextConsumer<AssertableWebApplicationContext> test) {
		(stock ? runner.withUserConfiguration(StockManager.class) : runner).run(test);
	}

	private static Set<String> request(WebApplicationContext context, String method, String uri) {
		MockMvc mvc = MockMvcBuilders.webAppContextSetup(context).build();
		return AskedNames.during(context, () -> {
			try {
				mvc.perform(MockMvcRequestBuilders.request(HttpMethod.valueOf(method), uri)).andExpect(status().isOk());
			}
			catch (Exception ex) {
				throw new AssertionError(ex);
			}
			finally {
				// Left to tests by MockMvc.
				RequestContextHolder.resetRequestAttributes();
			}
		});
	}

	interface Owners extends JpaRepository<Owner, String> {

		List<Owner> findByCity(String city);

		@Transactional(readOnly = true)
		List<Owner> findByName(String name);

		default boolean isHome(String name, String city) {
			return !findByCity(city).isEmpty() || findById(name).isPresent();
		}

	}

	interface Pets extends JpaRepository<Pet, String> {

	}

	@Entity
	static class Owner {

		@Id
		private String name = "Betty";

		private String city = "Madison";

		@Override
		public String toString() {
			return this.name + " of " + this.city;
		}

	}

	@Entity
	static class Pet {

		@Id
		private String name = "Leo";

		@Override
		public String toString() {
			return this.name;
		}

	}

	static class Clinic {

		private final PlatformTransactionManager transactionManager;

		private final JdbcTemplate jdbc;

		private final Owners owners;

		Clinic(PlatformTransactionManager transactionManager, JdbcTemplate jdbc, Owners owners) {
			this.transactionManager = transactionManager;
			this.jdbc = jdbc;
			this.owners = owners;
		}

		@Transactional
		public void visit() {
			this.owners.findByCity("Madison");
			this.owners.findById("Betty");
		}

		@Transactional(propagation = Propagation.SUPPORTS)
		public void supports() {
			this.jdbc.execute("select 1");
		}

		void byTemplate() {
			new TransactionTemplate(this.transactionManager)
				.executeWithoutResult((status) -> this.owners.findById("Betty"));
		}

		void inALambda() {
			Runnable lambda = () -> new TransactionTemplate(this.transactionManager)
				.execute((status) -> this.owners.findById("Betty"));
			lambda.run();
		}

		void byManager() {
			this.transactionManager.commit(this.transactionManager.getTransaction(new DefaultTransactionDefinition()));
		}

	}

	@RestController
	static class Requests {

		private final JdbcTemplate jdbc;

		private final Owners owners;

		private final Clinic clinic;

		Requests(JdbcTemplate jdbc, Owners owners, Clinic clinic) {
			this.jdbc = jdbc;
			this.owners = owners;
			this.clinic = clinic;
		}

		@RequestMapping("/jdbc/{city}")
		String jdbc(@PathVariable("city") String city) {
			this.jdbc.queryForList("select cast(? as varchar)", city);
			return "done";
		}

		@RequestMapping("/finder/{city}")
		String finder(@PathVariable("city") String city) {
			this.owners.findByCity(city);
			return "done";
		}

		@RequestMapping("/visits/{city}")
		String visits(@PathVariable("city") String city) {
			this.owners.findByCity(city);
			this.clinic.visit();
			this.owners.findByCity(city);
			return "done";
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EntityScan(basePackageClasses = BorrowerNamingTests.class)
	@EnableJpaRepositories(considerNestedRepositories = true)
	static class Application {

		@Bean
		Clinic clinic(PlatformTransactionManager transactionManager, JdbcTemplate jdbc, Owners owners) {
			return new Clinic(transactionManager, jdbc, owners);
		}

		@Bean
		Requests requests(JdbcTemplate jdbc, Owners owners, Clinic clinic) {
			return new Requests(jdbc, owners, clinic);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class StockManager {

		@Bean
		JpaTransactionManager transactionManager(EntityManagerFactory entityManagerFactory) {
			return new JpaTransactionManager(entityManagerFactory);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Own {

		@Bean
		@Order(1000)
		static Borrower.Occasion own() {
			return () -> "own";
		}

	}

}
