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
package io.transactionscope.autoconfigure;

import java.io.File;
import java.lang.ref.WeakReference;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * An application that a servlet container undeploys leaves nothing on the container's
 * threads that keeps its classes in memory.
 */
class UndeploymentTests {

	private static final List<String> OF_THE_APPLICATION = List.of("io.transactionscope.", "org.springframework.",
			"com.zaxxer.hikari.");

	private final ExecutorService deployer = Executors.newSingleThreadExecutor();

	private final ExecutorService worker = Executors.newSingleThreadExecutor();

	@BeforeAll
	static void startDatabase() throws SQLException {
		// H2 keeps the class loader for which it was started.
		DriverManager.getConnection("jdbc:h2:mem:").close();
	}

	@AfterEach
	void shutDown() {
		this.deployer.shutdownNow();
		this.worker.shutdownNow();
	}

	/**
	 * Where Spring and HikariCP alone are kept by the JVM (25 does), nothing can be told.
	 */
	@Test
	void starterIsCollectedWhereSpringAndHikariCpAre() throws Exception {
		assumeThat(isCollected(deployAndUndeploy("start", "work"))).as("Spring and HikariCP are collected").isTrue();
		WeakReference<ClassLoader> application = deployAndUndeploy("start with the starter", "work in scopes");
		// Java 17 keeps the class loader of the record whose methods were linked last.
		assertThat(new Last("record")).isEqualTo(new Last("record")).hasSameHashCodeAs(new Last("record"));
		assertThat(isCollected(application)).as("the starter is collected").isTrue();
	}

	private boolean isCollected(WeakReference<ClassLoader> application) throws Exception {
		assertThat(this.deployer.submit(() -> true).get()).isTrue();
		assertThat(this.worker.submit(() -> true).get()).isTrue();
		for (int i = 0; i < 100 && application.get() != null; i++) {
			System.gc();
			assertThat(new CountDownLatch(1).await(10, TimeUnit.MILLISECONDS)).isFalse();
		}
		return application.get() == null;
	}

	private WeakReference<ClassLoader> deployAndUndeploy(String start, String work) throws Exception {
		ClassLoader loader = new ApplicationClassLoader();
		@SuppressWarnings("unchecked")
		Consumer<String> application = (Consumer<String>) loader.loadClass(UndeployedApplication.class.getName())
			.getConstructor()
			.newInstance();
		on(this.deployer, application, start, work);
		on(this.worker, application, work, work);
		on(this.deployer, application, "close");
		return new WeakReference<>(loader);
	}

	private static void on(ExecutorService thread, Consumer<String> application, String... orders) throws Exception {
		thread.submit(() -> {
			Thread.currentThread().setContextClassLoader(application.getClass().getClassLoader());
			try {
				Stream.of(orders).forEach(application);
			}
			finally {
				Thread.currentThread().setContextClassLoader(UndeploymentTests.class.getClassLoader());
			}
		}).get(60, TimeUnit.SECONDS);
	}

	private record Last(String component) {
	}

	/**
	 * Has the application's classes for itself, as that of a WAR has.
	 */
	private static final class ApplicationClassLoader extends URLClassLoader {

		private ApplicationClassLoader() {
			super(Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
				.map(ApplicationClassLoader::url)
				.toArray(URL[]::new), UndeploymentTests.class.getClassLoader());
		}

		private static URL url(String path) {
			try {
				return Path.of(path).toUri().toURL();
			}
			catch (MalformedURLException ex) {
				throw new IllegalArgumentException(path, ex);
			}
		}

		@Override
		protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
			if (OF_THE_APPLICATION.stream().noneMatch(name::startsWith)) {
				return super.loadClass(name, resolve);
			}
			synchronized (getClassLoadingLock(name)) {
				Class<?> loaded = findLoadedClass(name);
				return (loaded != null) ? loaded : findClass(name);
			}
		}

	}

}
