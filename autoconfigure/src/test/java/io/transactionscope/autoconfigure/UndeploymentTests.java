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
import java.lang.reflect.Constructor;
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

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

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

	@Test
	void starterIsCollectedAsSpringAndHikariCpAre() throws Exception {
		assertThat(isCollected(deployAndUndeploy("start", "work"))).as("Spring and HikariCP are collected").isTrue();
		assertThat(isCollected(deployAndUndeploy("start with the starter", "work in scopes")))
			.as("the starter is collected")
			.isTrue();
	}

	private boolean isCollected(WeakReference<ClassLoader> application) throws Exception {
		assertThat(this.deployer.submit(() -> true).get()).isTrue();
		assertThat(this.worker.submit(() -> true).get()).isTrue();
		linkRecordOfAnother();
		for (int i = 0; i < 100 && application.get() != null; i++) {
			System.gc();
			assertThat(new CountDownLatch(1).await(10, TimeUnit.MILLISECONDS)).isFalse();
		}
		return application.get() == null;
	}

	/**
	 * The JDK keeps the record whose methods were linked last, and with it the class
	 * loader: Java 17 for good, later ones until memory is short. So that is another one.
	 */
	private static void linkRecordOfAnother() throws Exception {
		Class<?> last = new ApplicationClassLoader().loadClass(Last.class.getName());
		Constructor<?> constructor = last.getDeclaredConstructor(last);
		constructor.setAccessible(true);
		Object one = constructor.newInstance(new Object[1]);
		assertThat(one).isEqualTo(constructor.newInstance(new Object[1])).hasSameHashCodeAs(one);
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

	private record Last(@Nullable Last component) {
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
