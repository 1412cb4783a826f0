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

package io.transactionscope.reference;

import java.io.IOException;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.sql.DataSource;
import javax.sql.XADataSource;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;

import com.arjuna.ats.arjuna.common.CoreEnvironmentBean;
import com.arjuna.ats.arjuna.common.ObjectStoreEnvironmentBean;
// tag::imports[]
import com.arjuna.ats.arjuna.recovery.RecoveryManager;
import com.arjuna.ats.internal.jta.recovery.arjunacore.XARecoveryModule;
import com.arjuna.ats.jta.TransactionManager;
import com.arjuna.ats.jta.UserTransaction;
// end::imports[]
import com.arjuna.ats.jta.common.JTAEnvironmentBean;
// tag::imports[]
import com.arjuna.ats.jta.common.jtaPropertyManager;
import com.arjuna.ats.jta.recovery.XAResourceRecoveryHelper;
// end::imports[]
import com.arjuna.common.internal.util.propertyservice.BeanPopulator;
import com.arjuna.common.util.propertyservice.PropertiesFactory;
// tag::imports[]
import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.security.NamePrincipal;
import io.agroal.api.security.SimplePassword;
import io.agroal.narayana.NarayanaTransactionIntegration;
// end::imports[]
import io.transactionscope.ActiveScope;
import io.transactionscope.TransactionScope;
import io.transactionscope.annotation.ScopedTransaction;
import io.transactionscope.autoconfigure.ScopedTransactionAutoConfiguration;
import io.transactionscope.autoconfigure.TransactionScopeAutoConfiguration;
import io.transactionscope.autoconfigure.pool.PoolAutoConfiguration;
import io.transactionscope.pool.PoolLedgers;
import io.transactionscope.test.DelegatingResource;
import io.transactionscope.test.EnlistingDataSource;
import io.transactionscope.test.LinkProxy;
import io.transactionscope.test.Narayana;
import io.transactionscope.test.PostgresServer;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import org.h2.jdbcx.JdbcDataSource;
// tag::imports[]
import org.jboss.tm.XAResourceRecovery;
import org.jboss.tm.XAResourceRecoveryRegistry;
// end::imports[]
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.xa.PGXADataSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.jdbc.XADataSourceWrapper;
import org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.XADataSourceAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.jta.JtaTransactionManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The example of two databases in one JTA transaction.
 */
@Tag("once")
@Timeout(60)
class JtaExampleTests {

	private static final String STOCK = "jdbc:h2:mem:jta-stock;DB_CLOSE_DELAY=-1";

	private static final PostgresServer POSTGRES = PostgresServer.running();

	private final ApplicationContextRunner application = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(TransactionAutoConfiguration.class, AopAutoConfiguration.class,
				JdbcTemplateAutoConfiguration.class, JdbcClientAutoConfiguration.class,
				TransactionScopeAutoConfiguration.class, ScopedTransactionAutoConfiguration.class,
				PoolAutoConfiguration.class));

	private final JdbcClient orders = JdbcClient.create(POSTGRES.dataSource());

	private final JdbcClient stock = JdbcClient.create(h2());

	@BeforeEach
	void createTables() {
		// Not where Narayana would have its log otherwise
		assertThat(Narayana.transactionManager()).isNotNull();
		for (JdbcClient each : List.of(this.orders, this.stock)) {
			each.sql("create table if not exists jta_entry (id int primary key)").update();
			each.sql("delete from jta_entry").update();
		}
	}

	private static JdbcDataSource h2() {
		JdbcDataSource h2 = new JdbcDataSource();
		h2.setURL(STOCK);
		h2.setUser("sa");
		h2.setPassword("sa");
		return h2;
	}

	private String rows() {
		return "%d and %d".formatted(count(this.orders), count(this.stock));
	}

	private static int count(JdbcClient table) {
		return table.sql("select count(*) from jta_entry").query(Integer.class).single();
	}

	private ApplicationContextRunner shop(PGXADataSource database) {
		return this.application.withUserConfiguration(TwoPhaseCommit.class, Services.class)
			.withPropertyValues("orders.url=" + database.getUrl(), "orders.username=" + database.getUser(),
					"orders.password=" + Objects.requireNonNullElse(database.getPassword(), ""), "stock.url=" + STOCK,
					"stock.username=sa", "stock.password=sa");
	}

	@Test
	void bothCommitOrNeither() {
		shop(POSTGRES.xaDataSource()).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(PoolLedgers.class).all()).isEmpty();
			countLent(context);
			Shop shop = context.getBean(Shop.class);
			List<String> told = new ArrayList<>();
			shop.place(1, () -> told.add(rows() + lent(context)));
			assertThat(told).containsExactly("1 and 1, 0 lent");
			this.orders.sql("delete from jta_entry").update();
			assertThatExceptionOfType(DuplicateKeyException.class)
				.isThrownBy(() -> shop.place(1, () -> told.add("committed")));
			assertThat(told).hasSize(1);
			assertThat(rows() + lent(context)).isEqualTo("0 and 1, 0 lent");
		});
	}

	/** Which these pools do not do by themselves. */
	private static void countLent(ApplicationContext context) throws SQLException {
		for (AgroalDataSource each : context.getBeansOfType(AgroalDataSource.class).values()) {
			each.getConfiguration().setMetricsEnabled(true);
			try (Connection connection = each.getConnection()) {
				assertThat(connection).isNotNull();
				assertThat(each.getMetrics().activeCount()).isOne();
			}
		}
	}

	private static String lent(ApplicationContext context) {
		return ", %d lent".formatted(context.getBeansOfType(AgroalDataSource.class)
			.values()
			.stream()
			.mapToLong((each) -> each.getMetrics().activeCount())
			.sum());
	}

	@Test
	void blocksAndMethodsJoinEachOther() {
		shop(POSTGRES.xaDataSource()).run((context) -> {
			Methods methods = context.getBean(Methods.class);
			List<TransactionOutcome> told = new ArrayList<>();
			methods.placeInSprings(1, told);
			assertThat(rows()).isEqualTo("1 and 1");
			methods.placeInOurs(2, told);
			assertThat(rows()).isEqualTo("2 and 2");
			assertThatExceptionOfType(DuplicateKeyException.class).isThrownBy(() -> methods.placeInSprings(2, told));
			assertThatExceptionOfType(DuplicateKeyException.class).isThrownBy(() -> methods.placeInOurs(2, told));
			assertThat(rows()).isEqualTo("2 and 2");
			assertThat(told).containsExactly(TransactionOutcome.COMMITTED, TransactionOutcome.COMMITTED,
					TransactionOutcome.ROLLED_BACK, TransactionOutcome.ROLLED_BACK);
		});
	}

	@Test
	void recoveryCommitsWhatIsInDoubt() throws IOException {
		try (LinkProxy link = POSTGRES.link()) {
			shop(POSTGRES.xaDataSource(link)).run((context) -> {
				countLent(context);
				Shop shop = context.getBean(Shop.class);
				assertThatExceptionOfType(CommitFailedException.class)
					.isThrownBy(() -> context.getBean(TransactionScope.class).run((tx) -> {
						enlist(new Cut(link));
						shop.insertOrder(1);
						shop.insertStock(1);
					}))
					.returns(TransactionOutcome.UNKNOWN, CommitFailedException::outcome);
				assertThat(rows() + lent(context)).isEqualTo("0 and 1, 0 lent");
				link.mend();
				context.getBean(Recovery.class).scan();
				assertThat(rows() + lent(context)).isEqualTo("1 and 1, 0 lent");
			});
		}
	}

	private static void enlist(XAResource resource) throws Exception {
		assertThat(Narayana.transactionManager().getTransaction().enlistResource(resource)).isTrue();
	}

	/**
	 * Is committed as the first one, and cuts the link of another by that.
	 */
	private static final class Cut extends DelegatingResource {

		private final LinkProxy link;

		private Cut(LinkProxy link) throws SQLException {
			super(h2().getXAConnection().getXAResource());
			this.link = link;
		}

		@Override
		public void commit(Xid xid, boolean onePhase) throws XAException {
			this.link.cut();
			super.commit(xid, onePhase);
		}

	}

	@Test
	void dataSourceThatBootMakes() {
		this.application.withConfiguration(AutoConfigurations.of(XADataSourceAutoConfiguration.class))
			.withUserConfiguration(OfBoot.class)
			.withPropertyValues("spring.datasource.url=" + STOCK, "spring.datasource.username=sa",
					"spring.datasource.password=sa")
			.run((context) -> {
				assertThat(context).hasNotFailed().hasSingleBean(DataSource.class);
				List<TransactionOutcome> told = new ArrayList<>();
				context.getBean(TransactionScope.class).run((tx) -> {
					tx.onCompletion(told::add);
					context.getBean(JdbcClient.class).sql("insert into jta_entry values (1)").update();
					assertThat(rows()).isEqualTo("0 and 0");
				});
				assertThat(rows()).isEqualTo("0 and 1");
				assertThat(told).containsExactly(TransactionOutcome.COMMITTED);
			});
	}

	@Test
	void settingsAreThoseOfNarayana() throws Exception {
		Properties settings = new Properties();
		settings.putAll(PropertiesFactory.getDefaultProperties());
		Matcher block = Pattern.compile("(?s)\n\\.Narayana\n\\[.*?]\n----\n(.*?)\n----")
			.matcher(Reference.read().content("databases.adoc"));
		assertThat(block.find()).isTrue();
		settings.load(new StringReader(block.group(1)));
		assertThat(block.group(1).lines()).hasSize(4);
		for (String store : new String[] { null, "communicationStore", "stateStore" }) {
			ObjectStoreEnvironmentBean log = new ObjectStoreEnvironmentBean();
			BeanPopulator.configureFromProperties(log, store, settings);
			assertThat(log.getObjectStoreDir()).isEqualTo("/var/lib/orders/transactions");
		}
		CoreEnvironmentBean core = new CoreEnvironmentBean();
		BeanPopulator.configureFromProperties(core, null, settings);
		assertThat(core.getNodeIdentifier()).isEqualTo("orders-1");
		JTAEnvironmentBean jta = new JTAEnvironmentBean();
		BeanPopulator.configureFromProperties(jta, null, settings);
		assertThat(jta.getXaRecoveryNodes()).containsExactly("orders-1");
	}

	@Configuration(proxyBeanMethods = false)
	static class OfBoot {

		@Bean
		JtaTransactionManager transactionManager() {
			return new JtaTransactionManager(Narayana.userTransaction(), Narayana.transactionManager());
		}

		@Bean
		XADataSourceWrapper wrapper() {
			return (database) -> new EnlistingDataSource(database, Narayana.transactionManager());
		}

	}

	// tag::configuration[]
	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	static class TwoPhaseCommit {

		@Bean
		JtaTransactionManager transactionManager() { // <1>
			return new JtaTransactionManager(UserTransaction.userTransaction(),
					TransactionManager.transactionManager());
		}

		@Bean
		Recovery recovery() {
			return new Recovery();
		}

		@Bean
		AgroalDataSource ordersDataSource(Recovery recovery, Environment environment) throws SQLException {
			return pool("orders", PGXADataSource.class, recovery, environment);
		}

		@Bean
		AgroalDataSource stockDataSource(Recovery recovery, Environment environment) throws SQLException {
			return pool("stock", JdbcDataSource.class, recovery, environment);
		}

		private static AgroalDataSource pool(String name, Class<? extends XADataSource> driver, Recovery recovery,
				Environment environment) throws SQLException {
			return AgroalDataSource
				.from(new AgroalDataSourceConfigurationSupplier().connectionPoolConfiguration((pool) -> pool.maxSize(10)
					.acquisitionTimeout(Duration.ofSeconds(2)) // <2>
					.transactionIntegration(new NarayanaTransactionIntegration(TransactionManager.transactionManager(),
							jtaPropertyManager.getJTAEnvironmentBean().getTransactionSynchronizationRegistry(), name,
							false, recovery)) // <3>
					.connectionFactoryConfiguration((factory) -> factory.connectionProviderClass(driver)
						.jdbcUrl(environment.getRequiredProperty(name + ".url"))
						.principal(new NamePrincipal(environment.getRequiredProperty(name + ".username")))
						.credential(new SimplePassword(environment.getRequiredProperty(name + ".password"))))));
		}

	}
	// end::configuration[]

	// tag::recovery[]
	static class Recovery implements XAResourceRecoveryRegistry {

		private final RecoveryManager manager = RecoveryManager.manager(RecoveryManager.DIRECT_MANAGEMENT);

		private final Map<XAResourceRecovery, XAResourceRecoveryHelper> helpers = new ConcurrentHashMap<>();

		@Scheduled(initialDelay = 1, fixedDelay = 1, timeUnit = TimeUnit.MINUTES) // <1>
		void scan() {
			this.manager.scan();
		}

		@Override
		public void addXAResourceRecovery(XAResourceRecovery pool) {
			XAResourceRecoveryHelper helper = new XAResourceRecoveryHelper() {

				@Override
				public boolean initialise(String property) {
					return true;
				}

				@Override
				public XAResource[] getXAResources() {
					return pool.getXAResources();
				}

			};
			this.helpers.put(pool, helper);
			XARecoveryModule.getRegisteredXARecoveryModule().addXAResourceRecoveryHelper(helper);
		}

		@Override
		public void removeXAResourceRecovery(XAResourceRecovery pool) {
			XARecoveryModule.getRegisteredXARecoveryModule().removeXAResourceRecoveryHelper(this.helpers.remove(pool));
		}

	}
	// end::recovery[]

	@Configuration(proxyBeanMethods = false)
	@Import({ Shop.class, Methods.class })
	static class Services {

	}

	static class Shop {

		private final TransactionScope transactions;

		private final JdbcClient orderTable;

		private final JdbcClient stockTable;

		Shop(TransactionScope transactions, DataSource ordersDataSource, DataSource stockDataSource) {
			this.transactions = transactions;
			this.orderTable = JdbcClient.create(ordersDataSource);
			this.stockTable = JdbcClient.create(stockDataSource);
		}

		public void place(int id, ActiveScope.Callback confirmation) {
			// tag::use[]
			this.transactions.named("place-order").run((tx) -> {
				tx.afterCommit(confirmation);
				insert(this.orderTable, id);
				insert(this.stockTable, id);
			}); // <1>
			// end::use[]
		}

		public void insertOrder(int id) {
			insert(this.orderTable, id);
		}

		@Transactional
		public void insertStock(int id) {
			insert(this.stockTable, id);
		}

		private static void insert(JdbcClient table, int id) {
			table.sql("insert into jta_entry values (?)").param(id).update();
		}

	}

	static class Methods {

		private final TransactionScope transactions;

		private final Shop shop;

		Methods(TransactionScope transactions, Shop shop) {
			this.transactions = transactions;
			this.shop = shop;
		}

		@Transactional
		public void placeInSprings(int id, List<TransactionOutcome> told) {
			this.transactions.run((tx) -> {
				tx.onCompletion(told::add);
				this.shop.insertOrder(id);
			});
			this.shop.insertStock(id);
		}

		@ScopedTransaction
		public void placeInOurs(int id, List<TransactionOutcome> told) {
			ActiveScope.current().onCompletion(told::add);
			this.shop.insertOrder(id);
			this.shop.insertStock(id);
		}

	}

}
