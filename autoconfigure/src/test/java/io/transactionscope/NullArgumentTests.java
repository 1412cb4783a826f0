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

package io.transactionscope;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedTypeVariable;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Stream;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.zaxxer.hikari.HikariDataSource;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.ConnectionFactories;
import io.transactionscope.pool.WatchedHikariPool;
import io.transactionscope.pool.r2dbc.ReactiveBorrower;
import io.transactionscope.pool.r2dbc.TrackedConnectionPool;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.jpa.JpaCommit;
import io.transactionscope.jpa.JpaTransactions;
import io.transactionscope.pool.Borrower;
import io.transactionscope.pool.PoolLedger;
import io.transactionscope.pool.PoolSettings;
import io.transactionscope.pool.RemoteCalls;
import io.transactionscope.pool.RemoteCalls.NoticedCall;
import io.transactionscope.pool.diagnosis.BlockedByLock;
import io.transactionscope.pool.diagnosis.CannotConnect;
import io.transactionscope.pool.examination.Circumstances;
import io.transactionscope.pool.snapshot.DatabaseAnswer;
import io.transactionscope.pool.snapshot.DatabaseKind;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.PoolSnapshot;
import io.transactionscope.pool.snapshot.ServerProcess;
import io.transactionscope.pool.snapshot.ServerSession;
import io.transactionscope.pool.snapshot.Usage;
import io.transactionscope.pool.snapshot.Waiter;
import io.transactionscope.resource.ActivityLog;
import io.transactionscope.resource.Around;
import io.transactionscope.resource.Held;
import io.transactionscope.resource.Outcome;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.Resources;
import io.transactionscope.resource.SuppressionCounts;
import io.transactionscope.resource.async.AsyncResource;
import io.transactionscope.resource.async.AsyncResourceScope;
import io.transactionscope.resource.file.AtomicReplacement;
import io.transactionscope.resource.file.FileResources;
import io.transactionscope.test.DatabaseFault;
import io.transactionscope.test.DatabaseFaultPoint;
import io.transactionscope.test.DatabaseFaults;
import io.transactionscope.test.FaultPoint;
import io.transactionscope.test.Phase;
import io.transactionscope.test.LeakCheck;
import io.transactionscope.test.ResourceFaults;
import io.transactionscope.test.assertj.ScopeRecordsAssert;
import io.transactionscope.test.scope.ScopeRecords;
import io.transactionscope.transaction.PropagationOptions;
import org.h2.jdbcx.JdbcDataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.orm.jpa.JpaTransactionManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

/**
 * Nothing that is not {@code @Nullable} may be {@code null}, which is found out at once,
 * before anything has begun, and not when the value is needed, as after a COMMIT.
 */
@Tag("once")
class NullArgumentTests {

	private static final String OURS = "io.transactionscope";

	private static final Map<Class<?>, Object> PRIMITIVES = Map.of(int.class, 1, long.class, 1L, double.class, 1.0,
			boolean.class, false);

	private static final ServerProcess PROCESS = new ServerProcess(DatabaseKind.MYSQL, 1);

	private static final ServerSession SESSION = new ServerSession(1, null, null, null, null, false, List.of());

	static Stream<Case> parameters() {
		return new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests())
			.importPackages(OURS)
			.stream()
			.map(JavaClass::reflect)
			.filter((type) -> isPublic(type) && !EngineTypes.contains(type))
			.sorted((one, other) -> one.getName().compareTo(other.getName()))
			.flatMap(NullArgumentTests::executables)
			.flatMap(NullArgumentTests::parameters);
	}

	@ParameterizedTest
	@MethodSource("parameters")
	@DisplayName("T2, R3: null is refused at once where it is not allowed, and named")
	void t2_nullIsRefusedAtOnce(Case each) throws Exception {
		JdbcDataSource dataSource = new JdbcDataSource();
		dataSource.setURL("jdbc:h2:mem:null-arguments");
		TransactionScope scope = TransactionScope.create(new ScopedJdbcTransactionManager(dataSource));
		if (each.target() == ActiveScope.class) {
			scope.run((tx) -> assertRefused(each, tx));
		}
		else if (each.target() == TransactionScope.class || each.target() == PropagationOptions.class) {
			assertRefused(each, scope);
		}
		else {
			assertRefused(each, each.isStatic() ? null : sample(each.target()));
		}
		LeakCheck.verifyThread();
	}

	private static void assertRefused(Case each, @Nullable Object target) throws Exception {
		Throwable refusal = each.refusal(target);
		assertThat(refusal).as("of null")
			.isInstanceOfAny(IllegalArgumentException.class, NullPointerException.class)
			.hasMessageMatching("(?s).*\\b" + each.parameter().getName() + "\\b.*");
	}

	private static boolean isPublic(Class<?> type) {
		for (Class<?> each = type; each != null; each = each.getEnclosingClass()) {
			if (!Modifier.isPublic(each.getModifiers())) {
				return false;
			}
		}
		return !type.isAnonymousClass() && !type.isAnnotation();
	}

	private static Stream<Executable> executables(Class<?> type) {
		Stream<Executable> constructors = Modifier.isAbstract(type.getModifiers()) ? Stream.empty()
				: Arrays.stream(type.getDeclaredConstructors());
		return Stream.concat(constructors, Arrays.stream(type.getDeclaredMethods()))
			.filter((each) -> Modifier.isPublic(each.getModifiers()) && !each.isSynthetic())
			.filter((each) -> !(each instanceof Method method) || isOurs(method));
	}

	/** Neither one that others have declared, nor one that users are to implement. */
	private static boolean isOurs(Method method) {
		Class<?> type = method.getDeclaringClass();
		boolean forUsers = Modifier.isAbstract(method.getModifiers()) && type != ActiveScope.class
				&& type != TransactionScope.class && type != PropagationOptions.class;
		boolean generated = (type.isEnum() && method.getName().equals("valueOf"))
				|| (type.isRecord() && method.getName().equals("equals"));
		return !forUsers && !generated && !isDeclaredByOthers(type, method);
	}

	private static boolean isDeclaredByOthers(@Nullable Class<?> type, Method method) {
		return type != null && (isDeclaredBy(type, method) || isDeclaredByOthers(type.getSuperclass(), method)
				|| Arrays.stream(type.getInterfaces()).anyMatch((each) -> isDeclaredByOthers(each, method)));
	}

	private static boolean isDeclaredBy(Class<?> type, Method method) {
		return !type.getName().startsWith(OURS) && Arrays.stream(type.getDeclaredMethods())
			.anyMatch((each) -> each.getName().equals(method.getName())
					&& each.getParameterCount() == method.getParameterCount());
	}

	private static Stream<Case> parameters(Executable executable) {
		Parameter[] parameters = executable.getParameters();
		return Stream.iterate(0, (i) -> i < parameters.length, (i) -> i + 1)
			.filter((i) -> !mayBeNull(parameters[i]))
			.map((i) -> new Case(executable, i));
	}

	private static boolean mayBeNull(Parameter parameter) {
		return parameter.getType().isPrimitive() || isNullable(parameter.getAnnotatedType())
				|| (parameter.getAnnotatedType() instanceof AnnotatedTypeVariable variable
						&& Arrays.stream(variable.getAnnotatedBounds()).anyMatch(NullArgumentTests::isNullable));
	}

	private static boolean isNullable(AnnotatedElement element) {
		return element.isAnnotationPresent(Nullable.class);
	}

	/** Anything of that type that is no {@code null}. */
	private static Object sample(Class<?> type) throws ReflectiveOperationException {
		if (type.isPrimitive()) {
			return Objects.requireNonNull(PRIMITIVES.get(type));
		}
		if (type.isArray()) {
			return Array.newInstance(type.getComponentType(), 0);
		}
		if (type.isEnum()) {
			return type.getEnumConstants()[0];
		}
		Object known = known(type);
		if (known != null) {
			return known;
		}
		if (Modifier.isAbstract(type.getModifiers()) || !type.getName().startsWith(OURS)) {
			return mock(type);
		}
		Constructor<?> constructor = type.getConstructors()[0];
		return constructor.newInstance(samples(constructor));
	}

	private static Object[] samples(Executable executable) throws ReflectiveOperationException {
		Object[] samples = new Object[executable.getParameterCount()];
		for (int i = 0; i < samples.length; i++) {
			samples[i] = sample(executable.getParameterTypes()[i]);
		}
		return samples;
	}

	private static @Nullable Object known(Class<?> type) {
		List<Object> values = List.of("x", Duration.ofSeconds(1), Instant.EPOCH, List.of(), Set.of(), Optional.empty(),
				String.class, 1, 1L, 1.0, Borrower.current(), NoticedCall.begin("x", List.of()),
				PoolSettings.defaults(), Outcome.succeeded(), new ReentrantReadWriteLock(), PoolSnapshot.builder(),
				PoolSnapshot.builder().build(), Lease.builder(), Lease.builder().build(), Waiter.builder(),
				Waiter.builder().build(), Usage.builder(), Usage.builder().build(), new CannotConnect(0, 1, null),
				DatabaseAnswer.NOT_ASKED, PROCESS, SESSION,
				new BlockedByLock.SessionBlocker(DatabaseKind.MYSQL, SESSION), Object.class.getMethods()[0],
				Circumstances.builder(), Circumstances.builder().build(), new IllegalStateException(),
				Resources.suppressing(IllegalStateException.class), SuppressionCounts.ofProcess());
		if (type == HikariDataSource.class) {
			return new HikariDataSource();
		}
		if (type == PoolLedger.class) {
			return new PoolLedger(new HikariDataSource(), PoolSettings.defaults());
		}
		if (type == WatchedHikariPool.class) {
			return new PoolLedger(new HikariDataSource(), PoolSettings.defaults()).watched();
		}
		if (type == ReactiveBorrower.class) {
			return ReactiveBorrower.ofTransaction("x", Borrower.NO_DEADLINE);
		}
		if (type == TrackedConnectionPool.class) {
			return TrackedConnectionPool.watch(new ConnectionPool(
					ConnectionPoolConfiguration.builder(ConnectionFactories.get("r2dbc:h2:mem:///null-arguments"))
						.initialSize(0)
						.build()),
					"x", PoolSettings.defaults());
		}
		if (type == RemoteCalls.class) {
			return new PoolLedger(new HikariDataSource(), PoolSettings.defaults()).calls();
		}
		if (type == JpaCommit.class) {
			return new JpaTransactions(new JpaTransactionManager()).watchCommit(false, () -> null);
		}
		if (type == ResourceScope.class) {
			return ResourceScope.open();
		}
		if (type == AsyncResourceScope.class) {
			return AsyncResourceScope.open();
		}
		if (type == AsyncResource.class) {
			return AsyncResource.none("x");
		}
		if (type == DatabaseFaultPoint.class) {
			return new DatabaseFaults().at(Phase.STATEMENT);
		}
		if (type == DatabaseFault.class) {
			return new DatabaseFaults().at(Phase.STATEMENT).lostLink();
		}
		if (type == FaultPoint.class) {
			ResourceFaults faults = new ResourceFaults();
			faults.watch("x", Resources.none("x"));
			return faults.release("x");
		}
		if (type == ScopeRecordsAssert.class) {
			return ScopeRecordsAssert.assertThat(new ScopeRecords());
		}
		if (type == Resource.class) {
			return Resource.of(() -> "", (value, outcome) -> {
			});
		}
		if (type == Held.class) {
			return Held.of("", (outcome) -> {
			});
		}
		if (type == AtomicReplacement.class) {
			return FileResources.atomicFile(Path.of("x"));
		}
		if (type == ActivityLog.class) {
			return Resources.logged("x");
		}
		if (type == Around.class) {
			return (Around<String>) (body) -> body.run("");
		}
		return values.stream().filter(type::isInstance).findFirst().orElse(null);
	}

	/**
	 * A parameter that gets {@code null}.
	 */
	record Case(Executable executable, int index) {

		Class<?> target() {
			return this.executable.getDeclaringClass();
		}

		boolean isStatic() {
			return !(this.executable instanceof Method) || Modifier.isStatic(this.executable.getModifiers());
		}

		Parameter parameter() {
			return this.executable.getParameters()[this.index];
		}

		@Nullable Throwable refusal(@Nullable Object target) throws ReflectiveOperationException {
			Object[] arguments = samples(this.executable);
			arguments[this.index] = null;
			try {
				if (this.executable instanceof Method method) {
					method.invoke(target, arguments);
				}
				else {
					((Constructor<?>) this.executable).newInstance(arguments);
				}
				return null;
			}
			catch (InvocationTargetException ex) {
				return ex.getTargetException();
			}
		}

		@Override
		public String toString() {
			return target().getSimpleName() + ": " + this.executable.getName() + "("
					+ this.executable.getParameterCount() + "), " + parameter().getName();
		}

	}

}
