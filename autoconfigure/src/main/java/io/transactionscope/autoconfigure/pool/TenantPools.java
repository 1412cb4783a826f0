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

import java.lang.reflect.Method;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import javax.sql.DataSource;

import org.hibernate.cfg.MultiTenancySettings;
import org.hibernate.dialect.Dialect;
import org.hibernate.engine.jdbc.connections.spi.AbstractDataSourceBasedMultiTenantConnectionProviderImpl;
import org.hibernate.engine.jdbc.connections.spi.DatabaseConnectionInfo;
import org.hibernate.engine.jdbc.connections.spi.MultiTenantConnectionProvider;
import org.hibernate.service.spi.Configurable;
import org.hibernate.service.spi.ServiceRegistryAwareService;
import org.hibernate.service.spi.ServiceRegistryImplementor;
import org.hibernate.service.spi.Startable;
import org.hibernate.service.spi.Stoppable;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.hibernate.autoconfigure.HibernatePropertiesCustomizer;
import org.springframework.core.Ordered;
import org.springframework.util.Assert;
import org.springframework.util.ConcurrentReferenceHashMap;
import org.springframework.util.ReflectionUtils;

/**
 * Has ledgers kept of the pools of Hibernate's tenants, which need not be beans and come
 * to light as tenants are asked for: where a data source is chosen for a tenant, and
 * nothing else is done about its connections.
 */
class TenantPools implements HibernatePropertiesCustomizer, Ordered {

	private final UnaryOperator<DataSource> watch;

	/**
	 * Create a customizer.
	 * @param watch returns what is to be in the place of a data source
	 */
	TenantPools(UnaryOperator<DataSource> watch) {
		this.watch = watch;
	}

	@Override
	public int getOrder() {
		return LOWEST_PRECEDENCE;
	}

	@Override
	public void customize(Map<String, Object> hibernateProperties) {
		hibernateProperties
			.computeIfPresent(
					MultiTenancySettings.MULTI_TENANT_CONNECTION_PROVIDER, (key,
							provider) -> choosesOnly(provider) ? new Watched<>(
									(AbstractDataSourceBasedMultiTenantConnectionProviderImpl<?>) provider, this.watch)
									: provider);
	}

	/**
	 * Return whether a provider has all that it does about connections from Hibernate.
	 */
	private static boolean choosesOnly(Object provider) {
		return provider instanceof AbstractDataSourceBasedMultiTenantConnectionProviderImpl
				&& Stream.of(provider.getClass().getMethods())
					.filter((method) -> method.getName().endsWith("Connection"))
					.map(Method::getDeclaringClass)
					.allMatch((type) -> type == AbstractDataSourceBasedMultiTenantConnectionProviderImpl.class
							|| type == MultiTenantConnectionProvider.class);
	}

	/**
	 * Stands for another one, also where Hibernate tells it what it tells its services.
	 */
	private static final class Watched<T> extends AbstractDataSourceBasedMultiTenantConnectionProviderImpl<T>
			implements ServiceRegistryAwareService, Configurable, Startable, Stoppable {

		private static final Method ANY = choice("selectAnyDataSource");

		private static final Method OF_TENANT = choice("selectDataSource", Object.class);

		private final AbstractDataSourceBasedMultiTenantConnectionProviderImpl<?> provider;

		// Those chosen may be new ones each time.
		private final Map<DataSource, DataSource> watched = new ConcurrentReferenceHashMap<>();

		private final UnaryOperator<DataSource> watch;

		Watched(AbstractDataSourceBasedMultiTenantConnectionProviderImpl<?> provider, UnaryOperator<DataSource> watch) {
			this.provider = provider;
			this.watch = watch;
		}

		@Override
		protected DataSource selectAnyDataSource() {
			return watched(ReflectionUtils.invokeMethod(ANY, this.provider));
		}

		@Override
		protected DataSource selectDataSource(T tenant) {
			return watched(ReflectionUtils.invokeMethod(OF_TENANT, this.provider, tenant));
		}

		private DataSource watched(@Nullable Object chosen) {
			Assert.state(chosen instanceof DataSource, () -> this.provider + " has chosen no data source");
			return this.watched.computeIfAbsent((DataSource) chosen, this.watch);
		}

		@Override
		public void injectServices(ServiceRegistryImplementor serviceRegistry) {
			if (this.provider instanceof ServiceRegistryAwareService aware) {
				aware.injectServices(serviceRegistry);
			}
		}

		@Override
		public void configure(Map<String, Object> settings) {
			if (this.provider instanceof Configurable configurable) {
				configurable.configure(settings);
			}
		}

		@Override
		public void start() {
			if (this.provider instanceof Startable startable) {
				startable.start();
			}
		}

		@Override
		public void stop() {
			if (this.provider instanceof Stoppable stoppable) {
				stoppable.stop();
			}
		}

		@Override
		public boolean supportsAggressiveRelease() {
			return this.provider.supportsAggressiveRelease();
		}

		@Override
		public boolean handlesConnectionSchema() {
			return this.provider.handlesConnectionSchema();
		}

		@Override
		public boolean handlesConnectionReadOnly() {
			return this.provider.handlesConnectionReadOnly();
		}

		@Override
		public DatabaseConnectionInfo getDatabaseConnectionInfo(Dialect dialect) {
			return this.provider.getDatabaseConnectionInfo(dialect);
		}

		@Override
		public boolean isUnwrappableAs(Class<?> type) {
			return type.isInstance(this.provider) || this.provider.isUnwrappableAs(type);
		}

		@Override
		public <X> X unwrap(Class<X> type) {
			return type.isInstance(this.provider) ? type.cast(this.provider) : this.provider.unwrap(type);
		}

		private static Method choice(String name, Class<?>... parameters) {
			Method method = ReflectionUtils.findMethod(AbstractDataSourceBasedMultiTenantConnectionProviderImpl.class,
					name, parameters);
			Assert.state(method != null, () -> "Hibernate has no method " + name);
			ReflectionUtils.makeAccessible(method);
			return method;
		}

	}

}
