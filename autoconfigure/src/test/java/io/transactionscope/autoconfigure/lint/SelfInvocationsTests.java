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

package io.transactionscope.autoconfigure.lint;

import java.io.InputStream;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.invoke.MethodHandles;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import io.transactionscope.TransactionScope;
import io.transactionscope.annotation.ScopedTransaction;
import io.transactionscope.annotation.ScopedTransactionAdvisor;
import io.transactionscope.annotation.WithResource;
import io.transactionscope.annotation.WithResourceAdvisor;
import io.transactionscope.transaction.ScopePropagation;
import jakarta.annotation.PostConstruct;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aop.framework.AopContext;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

/**
 * What is a call past the proxy that loses something, and what only looks like one.
 */
@TestInstance(Lifecycle.PER_CLASS)
class SelfInvocationsTests {

	private final AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();

	private List<Annotated> kinds = List.of();

	@BeforeAll
	void findAdvisors() {
		this.context.register(Advisors.class);
		this.context.refresh();
		this.kinds = List.of(Annotated.withTransactions(this.context.getBeanFactory()),
				Annotated.withResources(this.context.getBeanFactory()));
	}

	@AfterAll
	void close() {
		this.context.close();
	}

	private List<String> problems(Class<?> type) {
		return SelfInvocations.in(type, this.kinds).stream().map(SelfInvocation::problem).toList();
	}

	// Faults

	@Test
	void saysWhoCallsWhatWhereAndWhatIsLost() {
		Plain plain = new Plain();
		plain.all();
		SelfInvocation finding = SelfInvocations.in(Plain.class, this.kinds).get(0);
		assertThat(finding.problem())
			.matches("Plain\\.all\\(\\) calls its own save\\(\\) past the proxy, at SelfInvocationsTests\\.java:\\d+: "
					+ "there, save\\(\\) begins no transaction, though it is annotated with @Transactional\\.");
		assertThat(finding.place()).isEqualTo("SelfInvocationsTests.java:" + plain.line);
		assertThat(finding.remedy())
			.isEqualTo("Move Plain.save() to another bean, or run it by TransactionScope where it is called.");
	}

	@ParameterizedTest
	@ValueSource(classes = { Plain.class, Scoped.class, Composed.class, ByInterface.class, Concrete.class,
			Bridged.class, OnStartUp.class, Arguments.class, OtherName.class, InLoop.class, MethodReference.class,
			InLambda.class, InStream.class, ToExecutor.class, AfterSuper.class, PrivateAnnotated.class,
			ByDefaultMethod.class, Unreachable.class })
	void findsATransactionThatIsNotBegun(Class<?> type) {
		assertThat(problems(type)).singleElement()
			.asString()
			.contains("save() begins no transaction, though it is annotated with @");
	}

	@Test
	void findsWhatIsCalledByTheWayAndTellsTheWay() {
		assertThat(problems(Through.class)).singleElement()
			.asString()
			.startsWith("Through.all() calls its own save() through each() and retried() past the proxy, at ");
	}

	@Test
	void findsATransactionThatIsNotItsOwn() {
		assertThat(problems(OwnOne.class)).satisfiesExactly(
				(first) -> assertThat(first).contains("OwnOne.all() calls its own save()",
						"save() runs in its caller's transaction, though it is annotated with "
								+ "@Transactional(propagation = REQUIRES_NEW)"),
				(second) -> assertThat(second).contains("step() has no savepoint to go back to",
						"@ScopedTransaction(propagation = NESTED)"),
				(third) -> assertThat(third).contains("report() runs in its caller's transaction",
						"@Transactional(propagation = NOT_SUPPORTED)"));
	}

	@Test
	void findsATransactionOfAnotherManager() {
		assertThat(problems(OtherManager.class)).singleElement().asString().contains("begins no transaction");
	}

	@Test
	void findsResourcesThatAreNotHeld() {
		assertThat(problems(Locked.class)).singleElement()
			.asString()
			.contains("Locked.all() calls its own save()",
					"save() runs without its resources, though it is annotated with @WithResource(first, second)");
	}

	// What only looks like one

	@ParameterizedTest
	@ValueSource(classes = { Joining.class, JoiningOtherAnnotation.class, ClassLevel.class, HelperOfScoped.class,
			Injected.class, Provided.class, Current.class, AnotherInstance.class, SuperCall.class, ByTemplate.class,
			ByManager.class, ByScope.class, ByUnknown.class, KeptLambda.class, Mandatory.class, Trivial.class,
			Unannotated.class, SameQualifier.class, SameResources.class, InConstructor.class,
			ToExecutorFromScoped.class, ReadOnlyClass.class })
	void isSilent(Class<?> type) {
		assertThat(problems(type)).isEmpty();
	}

	@Test
	void isSilentAboutWhatHasNoClassFile() throws Exception {
		try (InputStream bytes = Plain.class.getResourceAsStream("SelfInvocationsTests$Plain.class")) {
			Class<?> generated = MethodHandles.lookup()
				.defineHiddenClass(Objects.requireNonNull(bytes).readAllBytes(), false)
				.lookupClass();
			assertThat(problems(generated)).isEmpty();
		}
	}

	@Test
	void findsNothingWithoutProxies() {
		try (AnnotationConfigApplicationContext bare = new AnnotationConfigApplicationContext()) {
			bare.refresh();
			Annotated none = Annotated.withTransactions(bare.getBeanFactory());
			assertThat(SelfInvocations.in(Plain.class, List.of(none))).isEmpty();
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableTransactionManagement
	static class Advisors {

		@Bean
		PlatformTransactionManager first() {
			return mock(PlatformTransactionManager.class);
		}

		@Bean
		PlatformTransactionManager second() {
			return mock(PlatformTransactionManager.class);
		}

		@Bean
		ScopedTransactionAdvisor scopedTransactionAdvisor(ConfigurableListableBeanFactory beanFactory) {
			return new ScopedTransactionAdvisor(beanFactory);
		}

		@Bean
		WithResourceAdvisor withResourceAdvisor(ConfigurableListableBeanFactory beanFactory) {
			return new WithResourceAdvisor(beanFactory);
		}

	}

	static class Work {

		static void doIt(Object... with) {
			assertThat(with).isNotNull();
		}

	}

	static class Plain {

		private int line;

		public void all() {
			save();
		}

		@Transactional
		public void save() {
			this.line = StackWalker.getInstance()
				.walk((frames) -> frames.skip(1).findFirst().orElseThrow().getLineNumber());
		}

	}

	static class Scoped {

		public void all() {
			save();
		}

		@ScopedTransaction
		public void save() {
			Work.doIt();
		}

	}

	@Retention(RetentionPolicy.RUNTIME)
	@Transactional(propagation = Propagation.REQUIRES_NEW)
	@interface Separately {

	}

	static class Composed {

		public void all() {
			save();
		}

		@Separately
		public void save() {
			Work.doIt();
		}

	}

	interface Saving {

		@Transactional
		void save();

	}

	static class ByInterface implements Saving {

		public void all() {
			save();
		}

		@Override
		public void save() {
			Work.doIt();
		}

	}

	abstract static class Template {

		public void all() {
			save();
		}

		protected abstract void save();

	}

	static class Concrete extends Template {

		@Override
		@Transactional
		protected void save() {
			Work.doIt();
		}

	}

	abstract static class Generic<T> {

		public void all(T one) {
			save(one);
		}

		protected abstract void save(T one);

	}

	static class Bridged extends Generic<String> {

		@Override
		@Transactional
		public void save(String one) {
			Work.doIt(one);
		}

	}

	static class OnStartUp {

		@PostConstruct
		void start() {
			save();
		}

		@Transactional
		public void save() {
			Work.doIt();
		}

	}

	static class Arguments {

		private final Arguments self = this;

		public void all(List<String> names, long number, double factor, boolean first) {
			save(first ? names.get(0) : "none", number + 1L, (int) (factor * number), new long[] { number },
					(names.size() > 3) ? this.self : names);
		}

		@Transactional
		public void save(String name, long number, int other, long[] numbers, Object last) {
			Work.doIt(name);
		}

	}

	static class OtherName {

		public void all() {
			OtherName that = this;
			that.save();
		}

		@Transactional
		public void save() {
			Work.doIt();
		}

	}

	static class InLoop {

		public void all(List<String> names) {
			for (String name : names) {
				try {
					if (name.isEmpty()) {
						continue;
					}
					synchronized (this) {
						switch (name) {
							case "a", "b" -> Work.doIt("skipped");
							default -> save(name);
						}
					}
				}
				catch (IllegalStateException ex) {
					Work.doIt(ex);
				}
			}
		}

		@Transactional
		public void save(String name) {
			Work.doIt(name);
		}

	}

	static class MethodReference {

		public void all(List<String> names) {
			names.forEach(this::save);
		}

		@Transactional
		public void save(String name) {
			Work.doIt(name);
		}

	}

	static class InLambda {

		public void all(List<String> names) {
			names.forEach((name) -> Work.doIt(List.of(name).stream().map((each) -> {
				save(each);
				return each;
			}).toList()));
		}

		@Transactional
		public void save(String name) {
			Work.doIt(name);
		}

	}

	static class InStream {

		public List<String> all(List<String> names) {
			return names.stream().filter((name) -> !name.isEmpty()).map(this::save).toList();
		}

		@Transactional
		public String save(String name) {
			Work.doIt(name);
			return name;
		}

	}

	static class ToExecutor {

		public void all(ExecutorService executor) {
			executor.execute(() -> save());
		}

		@Transactional
		public void save() {
			Work.doIt();
		}

	}

	static class AfterSuper extends SuperCall {

		public void all() {
			save();
		}

	}

	static class PrivateAnnotated {

		public void all() {
			save();
		}

		@Transactional
		private void save() {
			Work.doIt();
		}

	}

	interface All {

		void save(String name);

		default void all(List<String> names) {
			names.forEach(this::save);
		}

	}

	static class ByDefaultMethod implements All {

		@Override
		@Transactional
		public void save(String name) {
			Work.doIt(name);
		}

	}

	/** Nobody calls the method in this class, so that somebody else does. */
	static class Unreachable {

		void all() {
			save();
		}

		@Transactional
		public void save() {
			Work.doIt();
		}

	}

	static class Through {

		public void all() {
			each(List.of());
		}

		private void each(List<String> names) {
			names.forEach((name) -> retried(name, 3));
		}

		private static void log(Through self) {
			Work.doIt(self);
		}

		protected void retried(String name, int times) {
			log(this);
			save(name);
		}

		@Transactional
		public void save(String name) {
			Work.doIt(name);
		}

	}

	static class OwnOne {

		@Transactional
		public void all() {
			save();
			step();
			report();
			joined();
		}

		@Transactional(propagation = Propagation.REQUIRES_NEW)
		public void save() {
			Work.doIt();
		}

		@ScopedTransaction(propagation = ScopePropagation.NESTED)
		public void step() {
			Work.doIt();
		}

		@Transactional(propagation = Propagation.NOT_SUPPORTED)
		public void report() {
			Work.doIt();
		}

		@Transactional
		public void joined() {
			Work.doIt();
		}

	}

	static class OtherManager {

		@Transactional("first")
		public void all() {
			save();
		}

		@Transactional("second")
		public void save() {
			Work.doIt();
		}

	}

	static class Locked {

		@WithResource("first")
		public void all() {
			save();
		}

		@WithResource({ "first", "second" })
		public void save() {
			Work.doIt();
		}

	}

	static class Joining {

		@Transactional
		public void all() {
			save();
		}

		@Transactional
		public void save() {
			Work.doIt();
		}

	}

	static class JoiningOtherAnnotation {

		@Transactional
		public void all() {
			save();
		}

		@ScopedTransaction
		public void save() {
			Work.doIt();
		}

	}

	@Transactional
	static class ClassLevel {

		public void all() {
			save();
			check();
		}

		public void save() {
			check();
		}

		private void check() {
			Work.doIt();
		}

	}

	@Transactional(readOnly = true)
	static class ReadOnlyClass {

		public void all() {
			save();
		}

		@Transactional
		public void save() {
			Work.doIt();
		}

	}

	static class HelperOfScoped {

		@Transactional
		public void all() {
			each(List.of());
		}

		private void each(List<String> names) {
			names.forEach((name) -> helped(name));
		}

		void helped(String name) {
			save(name);
		}

		@Transactional
		public void save(String name) {
			Work.doIt(name);
		}

	}

	static class Injected {

		private Injected self = this;

		public void all(List<String> names) {
			this.self.save("first");
			names.forEach(this.self::save);
		}

		@Transactional
		public void save(String name) {
			Work.doIt(name);
			this.self = this;
		}

	}

	static class Provided {

		private final ObjectProvider<Provided> self;

		Provided(ObjectProvider<Provided> self) {
			this.self = self;
		}

		public void all() {
			Provided proxy = this.self.getObject();
			proxy.save();
			this.self.getObject().save();
		}

		@Transactional
		public void save() {
			Work.doIt();
		}

	}

	static class Current {

		public void all() {
			((Current) AopContext.currentProxy()).save();
		}

		@Transactional
		public void save() {
			Work.doIt();
		}

	}

	static class AnotherInstance {

		public void all(AnotherInstance other, List<AnotherInstance> more) {
			other.save();
			more.forEach(AnotherInstance::save);
			((more.size() > 1) ? other : more.get(0)).save();
			((more.size() > 1) ? other : this).save();
		}

		@Transactional
		public void save() {
			Work.doIt();
		}

	}

	static class Saver {

		@Transactional
		public void save() {
			Work.doIt();
		}

	}

	static class SuperCall extends Saver {

		@Override
		@Transactional
		public void save() {
			super.save();
		}

	}

	static class ByTemplate {

		private final TransactionTemplate template = new TransactionTemplate();

		public void all() {
			this.template.executeWithoutResult((status) -> each());
			this.template.executeWithoutResult((status) -> save());
		}

		private void each() {
			save();
		}

		@Transactional
		public void save() {
			Work.doIt();
		}

	}

	static class ByManager {

		public void all(PlatformTransactionManager manager) {
			TransactionStatus status = manager.getTransaction(null);
			save();
			manager.commit(status);
		}

		@Transactional
		public void save() {
			Work.doIt();
		}

	}

	static class ByScope {

		public void all(TransactionScope scope) {
			scope.run((tx) -> save());
		}

		public void each(TransactionScope scope) throws Exception {
			try (AutoCloseable open = scope.open()) {
				Work.doIt(open);
				save();
			}
		}

		@ScopedTransaction
		public void save() {
			Work.doIt();
		}

	}

	/** It may well open a transaction around it. */
	static class ByUnknown {

		private final UnaryOperator<Runnable> unknown = UnaryOperator.identity();

		public void all() {
			inTransaction(() -> save());
			inTransaction(this::save);
		}

		private void inTransaction(Runnable work) {
			Work.doIt(this.unknown.apply(work));
		}

		@Transactional
		public void save() {
			Work.doIt();
		}

	}

	static class KeptLambda {

		private Runnable work = () -> {
		};

		public Supplier<Runnable> all() {
			this.work = this::save;
			return () -> this.work;
		}

		@Transactional
		public void save() {
			Work.doIt();
		}

	}

	static class Mandatory {

		public void all() {
			save();
			report();
		}

		@Transactional(propagation = Propagation.MANDATORY)
		public void save() {
			Work.doIt();
		}

		@Transactional(propagation = Propagation.NEVER)
		public void report() {
			Work.doIt();
		}

	}

	abstract static class Described {

		@Override
		public String toString() {
			return getName();
		}

		abstract String getName();

	}

	@Transactional
	static class Trivial extends Described {

		private final String name;

		Trivial(String name) {
			this.name = name;
		}

		@Override
		public String getName() {
			return this.name;
		}

	}

	static class Unannotated {

		public void all() {
			save();
		}

		public void save() {
			Work.doIt();
		}

	}

	static class SameQualifier {

		@Transactional("first")
		public void all() {
			save();
		}

		@Transactional(transactionManager = "first")
		public void save() {
			Work.doIt();
		}

	}

	static class SameResources {

		@WithResource({ "second", "first" })
		public void all() {
			save();
		}

		@WithResource("first")
		public void save() {
			Work.doIt();
		}

	}

	@Transactional
	static class InConstructor {

		InConstructor() {
			save();
		}

		public final void save() {
			Work.doIt();
		}

	}

	static class ToExecutorFromScoped {

		@Transactional
		public void all(ExecutorService executor) {
			executor.execute(this::save);
		}

		@Transactional(propagation = Propagation.REQUIRES_NEW)
		public void save() {
			Work.doIt();
		}

	}

}
