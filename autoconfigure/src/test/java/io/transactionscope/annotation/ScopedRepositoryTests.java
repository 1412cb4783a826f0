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

package io.transactionscope.annotation;

import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;

import io.transactionscope.ActiveScope;
import io.transactionscope.autoconfigure.ScopedTransactionAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionManagerAutoConfiguration;
import io.transactionscope.autoconfigure.ScopedTransactionVerifierAutoConfiguration;
import io.transactionscope.autoconfigure.TransactionScopeAutoConfiguration;
import io.transactionscope.autoconfigure.reactive.ReactiveScopedTransactionAutoConfiguration;
import io.transactionscope.autoconfigure.reactive.ReactiveTransactionScopeAutoConfiguration;
import io.transactionscope.autoconfigure.reactive.ScopedR2dbcTransactionManagerAutoConfiguration;
import io.transactionscope.reactive.ReactiveActiveScope;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import org.springframework.beans.factory.FactoryBean;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.data.r2dbc.autoconfigure.DataR2dbcAutoConfiguration;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.persistence.autoconfigure.EntityScan;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.FilterType;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.config.EnableJpaRepositories;
import org.springframework.data.r2dbc.repository.Query;
import org.springframework.data.r2dbc.repository.R2dbcRepository;
import org.springframework.data.r2dbc.repository.config.EnableR2dbcRepositories;
import org.springframework.data.repository.config.BootstrapMode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Annotated methods of what factories make behind an interface, as repositories and
 * mappers are made.
 */
@Tag("once")
class ScopedRepositoryTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, DataSourceAutoConfiguration.class,
				HibernateJpaAutoConfiguration.class, DataSourceTransactionManagerAutoConfiguration.class,
				TransactionAutoConfiguration.class, ScopedTransactionManagerAutoConfiguration.class,
				TransactionScopeAutoConfiguration.class, ScopedTransactionAutoConfiguration.class,
				ScopedTransactionVerifierAutoConfiguration.class))
		.withPropertyValues("spring.datasource.generate-unique-name=true", "spring.jpa.hibernate.ddl-auto=create");

	@ParameterizedTest
	@ValueSource(strings = { "true", "false" })
	void t9ScopesRepositories(String proxyTargetClass) {
		this.contextRunner.withPropertyValues("spring.aop.proxy-target-class=" + proxyTargetClass)
			.withUserConfiguration(Repositories.class)
			.withBean(Client.class)
			.run((context) -> {
				AnnotatedMethods methods = context.getBean(Client.class).methods();
				assertThat(methods.scopeOfDefault()).isEqualTo("AnnotatedMethods.scopeOfDefault");
				assertThat(methods.findByName("nobody")).isEmpty();
				assertThat(methods.findAll()).isEmpty();
				AnnotatedType type = context.getBean(Client.class).type();
				assertThat(type.scopeOfDefault()).isEqualTo("AnnotatedType.scopeOfDefault");
				assertThat(type.findByName("nobody")).isEmpty();
				type.save(new Owner(1, "somebody"));
				assertThat(type.findById(1)).isPresent();
				assertThat(type.toString()).isNotBlank();
				assertThat(type).isEqualTo(context.getBean(AnnotatedType.class));
			});
	}

	@ParameterizedTest
	@ValueSource(strings = { "deferred", "lazy" })
	void t9ScopesRepositoriesThatAreMadeLater(String mode) {
		this.contextRunner.withPropertyValues("spring.main.lazy-initialization=true")
			.withUserConfiguration("lazy".equals(mode) ? LazyRepositories.class : Repositories.class)
			.run((context) -> assertThat(context.getBean(AnnotatedMethods.class).scopeOfDefault())
				.isEqualTo("AnnotatedMethods.scopeOfDefault"));
	}

	@Test
	void t9ScopesReactiveRepositories() {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, R2dbcAutoConfiguration.class,
					DataR2dbcAutoConfiguration.class, TransactionAutoConfiguration.class,
					R2dbcTransactionManagerAutoConfiguration.class,
					ScopedR2dbcTransactionManagerAutoConfiguration.class,
					ReactiveTransactionScopeAutoConfiguration.class, ReactiveScopedTransactionAutoConfiguration.class,
					ScopedTransactionVerifierAutoConfiguration.class))
			.withPropertyValues("spring.r2dbc.generate-unique-name=true")
			.withUserConfiguration(ReactiveRepositories.class)
			.withBean(ReactiveClient.class)
			.run((context) -> {
				ReactiveMethods methods = context.getBean(ReactiveClient.class).methods();
				StepVerifier.create(methods.scopeOfDefault())
					.expectNext("ReactiveMethods.scopeOfDefault")
					.verifyComplete();
				StepVerifier.create(methods.one()).expectNext(1).verifyComplete();
			});
	}

	@ParameterizedTest
	@ValueSource(strings = { "true", "false" })
	void t9ScopesMappers(String proxyTargetClass) {
		this.contextRunner.withPropertyValues("spring.aop.proxy-target-class=" + proxyTargetClass)
			.withUserConfiguration(Mappers.class)
			.withBean(MapperClient.class)
			.run((context) -> {
				assertThat(context.getBean(AnnotatedMapper.class).find(1)).isEqualTo("AnnotatedMapper.find");
				assertThat(context.getBean(AnnotatedMapper.class).toString()).isEqualTo("a mapper");
				assertThat(context.getBean(MapperOfMethod.class).find(1)).isEqualTo("MapperOfMethod.find");
				assertThat(context.getBean(InheritingMapper.class).find(1)).isEqualTo("InheritingMapper.find");
			});
	}

	/** So that there are repositories when beans are verified. */
	record Client(AnnotatedMethods methods, AnnotatedType type) {
	}

	interface AnnotatedMethods extends JpaRepository<Owner, Integer> {

		@ScopedTransaction
		Optional<Owner> findByName(String name);

		@Override
		@ScopedTransaction
		List<Owner> findAll();

		@ScopedTransaction
		default String scopeOfDefault() {
			return ActiveScope.current().name();
		}

	}

	@ScopedTransaction
	interface AnnotatedType extends JpaRepository<Owner, Integer> {

		Optional<Owner> findByName(String name);

		default String scopeOfDefault() {
			return ActiveScope.current().name();
		}

	}

	record ReactiveClient(ReactiveMethods methods) {
	}

	record Pet(Integer id) {
	}

	interface ReactiveMethods extends R2dbcRepository<Pet, Integer> {

		@Query("select 1")
		@ScopedTransaction
		Flux<Integer> one();

		@ScopedTransaction
		default Mono<String> scopeOfDefault() {
			return ReactiveActiveScope.current().map(ReactiveActiveScope::name);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableR2dbcRepositories(considerNestedRepositories = true,
			includeFilters = @ComponentScan.Filter(type = FilterType.ASSIGNABLE_TYPE, classes = ReactiveMethods.class))
	static class ReactiveRepositories {

	}

	@Entity(name = "scoped_owner")
	static class Owner {

		@Id
		private int id;

		private String name;

		protected Owner() {
			this(0, "");
		}

		Owner(int id, String name) {
			this.id = id;
			this.name = name;
		}

		int id() {
			return this.id;
		}

		String name() {
			return this.name;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EntityScan(basePackageClasses = ScopedRepositoryTests.class)
	@EnableJpaRepositories(considerNestedRepositories = true,
			includeFilters = @ComponentScan.Filter(type = FilterType.ASSIGNABLE_TYPE,
					classes = { AnnotatedMethods.class, AnnotatedType.class }))
	static class Repositories {

	}

	@Configuration(proxyBeanMethods = false)
	@EntityScan(basePackageClasses = ScopedRepositoryTests.class)
	@EnableJpaRepositories(considerNestedRepositories = true, bootstrapMode = BootstrapMode.LAZY)
	static class LazyRepositories {

	}

	@ScopedTransaction
	interface AnnotatedMapper {

		String find(int id);

	}

	interface MapperOfMethod {

		@ScopedTransaction
		String find(int id);

	}

	interface Finder<K> {

		@ScopedTransaction
		String find(K id);

	}

	interface InheritingMapper extends Finder<Integer> {

	}

	record MapperClient(AnnotatedMapper annotated, MapperOfMethod method, InheritingMapper inheriting) {
	}

	/** As MyBatis' is. */
	static class MapperFactory<T> implements FactoryBean<T> {

		private final Class<T> type;

		MapperFactory(Class<T> type) {
			this.type = type;
		}

		@Override
		public T getObject() {
			return this.type.cast(Proxy.newProxyInstance(this.type.getClassLoader(), new Class<?>[] { this.type },
					(proxy, method, args) -> (method.getDeclaringClass() == Object.class)
							? onObject(proxy, method.getName(), args) : ActiveScope.current().name()));
		}

		private static Object onObject(Object proxy, String method, Object[] args) {
			return switch (method) {
				case "equals" -> proxy == args[0];
				case "hashCode" -> System.identityHashCode(proxy);
				default -> "a mapper";
			};
		}

		@Override
		public Class<T> getObjectType() {
			return this.type;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Mappers {

		@Bean
		static MapperFactory<AnnotatedMapper> annotatedMapper() {
			return new MapperFactory<>(AnnotatedMapper.class);
		}

		@Bean
		static MapperFactory<MapperOfMethod> mapperOfMethod() {
			return new MapperFactory<>(MapperOfMethod.class);
		}

		@Bean
		static MapperFactory<InheritingMapper> inheritingMapper() {
			return new MapperFactory<>(InheritingMapper.class);
		}

	}

}
