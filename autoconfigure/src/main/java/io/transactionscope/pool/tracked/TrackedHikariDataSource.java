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

package io.transactionscope.pool.tracked;

import java.lang.reflect.Field;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;
import java.util.function.Consumer;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import com.zaxxer.hikari.util.Credentials;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolSettings;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.TargetClassAware;
import org.springframework.aop.framework.AopProxyUtils;

/**
 * A HikariCP pool that keeps its {@link PoolLedger} itself, in place of one that does
 * not: an application that asks for a {@link HikariDataSource} gets one, with all of its
 * settings, its meters and the name of its MBean.
 *
 * <p>
 * Whoever has got hold of the other one before shares the pool, whichever of the two
 * starts it, and Spring's transactions: to close either closes both. What is borrowed
 * there is in no ledger.
 *
 * @since 0.1.0
 * @see TrackedDataSource
 */
public class TrackedHikariDataSource extends HikariDataSource implements TrackedPool, TargetClassAware {

	/** The pool itself, of which two data sources are to have one. */
	private static final @Nullable Field POOL = findPool();

	private final @Nullable HikariDataSource replaced;

	/** What is around that one, and is to see who borrows. */
	private final @Nullable HikariDataSource proxy;

	private final PoolLedger ledger;

	private volatile boolean shared;

	/**
	 * Create a pool to be configured, with a ledger of its own that has the default
	 * settings.
	 */
	@SuppressWarnings("this-escape") // to its ledger, which asks it for nothing yet
	public TrackedHikariDataSource() {
		this.replaced = null;
		this.proxy = null;
		this.ledger = new PoolLedger(this, this::lend, PoolSettings.defaults());
	}

	private TrackedHikariDataSource(HikariDataSource replaced, @Nullable HikariDataSource proxy,
			PoolSettings settings) {
		replaced.copyStateTo(this);
		this.replaced = replaced;
		this.proxy = proxy;
		share(replaced, this);
		this.ledger = new PoolLedger(this, this::lend, settings);
	}

	/**
	 * Have a ledger kept of a pool.
	 * @param pool the pool, which nobody is given any more from now on
	 * @param settings how the ledger behaves
	 * @return what to give them. If the pool is of a class derived from HikariCP's, whose
	 * additions nothing else has, it is a {@link TrackedDataSource} in front of it
	 */
	public static TrackedPool inPlaceOf(HikariDataSource pool, PoolSettings settings) {
		Objects.requireNonNull(pool, "pool must not be null");
		Objects.requireNonNull(settings, "settings must not be null");
		if (isPlain(pool)) {
			return new TrackedHikariDataSource(pool, null, settings);
		}
		if (AopProxyUtils.getSingletonTarget(pool) instanceof HikariDataSource target && isPlain(target)) {
			return new TrackedHikariDataSource(target, pool, settings);
		}
		return new TrackedDataSource(new PoolLedger(pool, settings));
	}

	private static boolean isPlain(HikariDataSource pool) {
		return pool.getClass() == HikariDataSource.class && POOL != null;
	}

	@Override
	public PoolLedger ledger() {
		return this.ledger;
	}

	/**
	 * As {@link TrackedPool} has it.
	 */
	@Override
	public Connection getConnection() throws SQLException {
		return TrackedConnection.borrow(this.ledger);
	}

	private Connection lend() throws SQLException {
		if (this.shared || this.replaced == null) {
			return super.getConnection();
		}
		share(this.replaced, this);
		if (this.proxy != null) {
			return lendBy(this.proxy, this.replaced);
		}
		try {
			return super.getConnection();
		}
		finally {
			share(this, this.replaced);
			this.shared = getHikariPoolMXBean() != null;
		}
	}

	private Connection lendBy(HikariDataSource proxy, HikariDataSource target) throws SQLException {
		if (started() == null) {
			copyStateTo(target);
		}
		try {
			return proxy.getConnection();
		}
		finally {
			share(target, this);
		}
	}

	private static void share(HikariDataSource from, HikariDataSource to) {
		HikariPoolMXBean pool = startedBy(from);
		if (POOL == null || pool == null || startedBy(to) != null) {
			return;
		}
		try {
			to.setPoolName(from.getPoolName());
			POOL.set(to, pool);
		}
		catch (IllegalAccessException ex) {
			throw new IllegalStateException("The field was accessible", ex);
		}
	}

	private static @Nullable HikariPoolMXBean startedBy(HikariDataSource dataSource) {
		return (dataSource instanceof TrackedHikariDataSource ours) ? ours.started() : dataSource.getHikariPoolMXBean();
	}

	private @Nullable HikariPoolMXBean started() {
		return super.getHikariPoolMXBean();
	}

	/**
	 * Return the pool, also if it was started by who has got hold of it before.
	 */
	@Override
	public @Nullable HikariPoolMXBean getHikariPoolMXBean() {
		if (this.replaced != null) {
			share(this.replaced, this);
		}
		return started();
	}

	@Override
	public boolean isRunning() {
		return getHikariPoolMXBean() != null && super.isRunning();
	}

	@Override
	public <T> T unwrap(Class<T> type) throws SQLException {
		getHikariPoolMXBean();
		return super.unwrap(type);
	}

	@Override
	public boolean isWrapperFor(Class<?> type) throws SQLException {
		getHikariPoolMXBean();
		return super.isWrapperFor(type);
	}

	/**
	 * Evict a connection, also as it is lent here.
	 */
	@Override
	public void evictConnection(Connection connection) {
		TrackedLease tracked = Handles.find(connection, TrackedLease.class);
		super.evictConnection((tracked != null) ? tracked.delegate() : connection);
	}

	/**
	 * Return the class of the pool, by which MBeans are named and aspects are chosen.
	 */
	@Override
	public Class<?> getTargetClass() {
		return HikariDataSource.class;
	}

	/**
	 * Return the pool that this one is in place of, or itself.
	 */
	@Override
	public Object getWrappedObject() {
		HikariDataSource known = (this.proxy != null) ? this.proxy : this.replaced;
		return (known != null) ? known : this;
	}

	@Override
	public boolean isClosed() {
		return super.isClosed() || (this.replaced != null && this.replaced.isClosed());
	}

	/**
	 * Close the pool, and with it the ledger.
	 */
	@Override
	public void close() {
		this.ledger.close();
		if (this.replaced != null) {
			share(this, this.replaced);
			this.replaced.close();
		}
		if (this.replaced == null || startedBy(this.replaced) != started()) {
			super.close();
		}
	}

	// What can be set while the pool runs, which reads it from the one that started it.

	@Override
	public void setConnectionTimeout(long millis) {
		super.setConnectionTimeout(millis);
		tell((pool) -> pool.setConnectionTimeout(millis));
	}

	@Override
	public void setValidationTimeout(long millis) {
		super.setValidationTimeout(millis);
		tell((pool) -> pool.setValidationTimeout(millis));
	}

	@Override
	public void setIdleTimeout(long millis) {
		super.setIdleTimeout(millis);
		tell((pool) -> pool.setIdleTimeout(millis));
	}

	@Override
	public void setLeakDetectionThreshold(long millis) {
		super.setLeakDetectionThreshold(millis);
		tell((pool) -> pool.setLeakDetectionThreshold(millis));
	}

	@Override
	public void setMaxLifetime(long millis) {
		super.setMaxLifetime(millis);
		tell((pool) -> pool.setMaxLifetime(millis));
	}

	@Override
	public void setMinimumIdle(int connections) {
		super.setMinimumIdle(connections);
		tell((pool) -> pool.setMinimumIdle(connections));
	}

	@Override
	public void setMaximumPoolSize(int connections) {
		super.setMaximumPoolSize(connections);
		tell((pool) -> pool.setMaximumPoolSize(connections));
	}

	@Override
	public void setUsername(@Nullable String username) {
		super.setUsername(username);
		tell((pool) -> pool.setUsername(username));
	}

	@Override
	public void setPassword(@Nullable String password) {
		super.setPassword(password);
		tell((pool) -> pool.setPassword(password));
	}

	@Override
	public void setCredentials(Credentials credentials) {
		super.setCredentials(credentials);
		tell((pool) -> pool.setCredentials(credentials));
	}

	@Override
	public void setCatalog(@Nullable String catalog) {
		super.setCatalog(catalog);
		tell((pool) -> pool.setCatalog(catalog));
	}

	private void tell(Consumer<HikariConfig> setting) {
		// A file that HikariCP is told to read is read before there is anything here.
		if (this.replaced != null) {
			setting.accept(this.replaced);
		}
	}

	private static @Nullable Field findPool() {
		try {
			Field field = HikariDataSource.class.getDeclaredField("pool");
			field.setAccessible(true);
			return field;
		}
		catch (ReflectiveOperationException | RuntimeException ex) {
			// Then it has a data source in front instead.
			return null;
		}
	}

}
