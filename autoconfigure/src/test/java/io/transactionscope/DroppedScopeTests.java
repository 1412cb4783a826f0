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

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import com.zaxxer.hikari.HikariDataSource;
import io.transactionscope.jdbc.ScopedJdbcTransactionManager;
import io.transactionscope.test.LeakCheck;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Scopes that were opened and never closed.
 */
@ExtendWith(OutputCaptureExtension.class)
class DroppedScopeTests {

	private final HikariDataSource pool = pool();

	private final JdbcClient client = JdbcClient.create(this.pool);

	private final TransactionScope scope = TransactionScope.create(new ScopedJdbcTransactionManager(this.pool));

	private static HikariDataSource pool() {
		HikariDataSource pool = new HikariDataSource();
		pool.setJdbcUrl("jdbc:h2:mem:dropped");
		pool.setMaximumPoolSize(1);
		pool.setConnectionTimeout(1000);
		return pool;
	}

	DroppedScopeTests() {
		this.client.sql("create table item (name varchar(10))").update();
	}

	@AfterEach
	void nothingIsLeft() {
		LeakCheck.verifyThread();
		assertThat(this.pool.getHikariPoolMXBean().getActiveConnections()).isZero();
		this.pool.close();
	}

	@Test
	@DisplayName("T1, T9: a scope that was dropped does not take along what comes after it")
	void t9DroppedScopeDoesNotTakeAlongWhatComesAfterIt(CapturedOutput output) {
		awaitCollection(dropped("dropped"));
		this.scope.named("next").outermost().run(() -> insert("kept"));
		assertThat(committed()).containsExactly("kept");
		assertThat(output).contains("ERROR")
			.contains("Scope 'dropped' was left open on thread '" + Thread.currentThread().getName() + "'")
			.contains("Scope 'dropped' was opened and never closed; it is rolled back. Open it in try-with-resources.");
	}

	@Test
	@DisplayName("T5: a joined scope that was dropped dooms the transaction, and is named")
	void t5DroppedScopeThatHadJoinedDoomsTheTransaction() {
		assertThatExceptionOfType(UnexpectedRollbackException.class)
			.isThrownBy(() -> this.scope.named("outer").run(() -> {
				awaitCollection(dropped("dropped"));
				this.scope.named("next").run(() -> insert("lost too"));
			}))
			.withMessageContaining("'dropped', which took part, failed")
			.withStackTraceContaining("was opened and never closed");
		assertThat(committed()).isEmpty();
	}

	@Test
	@DisplayName("T1: a scope that was dropped is ended once, whatever its end begins")
	void t1DroppedScopeIsEndedOnceWhateverItsEndBegins() {
		this.pool.setMaximumPoolSize(2);
		List<String> ending = new ArrayList<>();
		awaitCollection(dropped("dropped", new TransactionSynchronization() {

			@Override
			public void beforeCompletion() {
				ending.add("before");
				requiringNew("inner");
			}

			@Override
			public void afterCompletion(int status) {
				ending.add("after");
				requiringNew("follower");
			}

		}));
		this.scope.named("next").run(() -> insert("kept"));
		assertThat(ending).containsExactly("before", "after");
		assertThat(committed()).containsExactlyInAnyOrder("inner", "follower", "kept");
	}

	@Test
	@DisplayName("T1: a dropped scope that the one around it ends is ended once, whatever its end begins")
	void t1DroppedScopeThatTheOneAroundItEndsIsEndedOnce() {
		this.pool.setMaximumPoolSize(3);
		List<String> ending = new ArrayList<>();
		OpenScope around = this.scope.named("around").open();
		awaitCollection(dropped("dropped", new TransactionSynchronization() {

			@Override
			public void beforeCompletion() {
				ending.add("before");
				requiringNew("inner");
			}

		}));
		assertThatIllegalStateException().isThrownBy(around::close).withMessageContaining("'dropped'");
		assertThat(ending).containsExactly("before");
		assertThat(committed()).containsExactly("inner");
	}

	private void requiringNew(String name) {
		this.scope.named(name).requiresNew().run(() -> insert(name));
	}

	private WeakReference<OpenScope> dropped(String name, TransactionSynchronization synchronization) {
		WeakReference<OpenScope> dropped = new WeakReference<>(this.scope.named(name).requiresNew().open());
		TransactionSynchronizationManager.registerSynchronization(synchronization);
		return dropped;
	}

	@Test
	void scopeThatSomebodyHoldsStaysOpen() {
		OpenScope open = opened("held");
		WeakReference<Object> other = new WeakReference<>(new Object());
		awaitCollection(other);
		this.scope.named("inner").run(() -> insert("two"));
		assertThat(ActiveScope.current()).isSameAs(open);
		open.complete();
		open.close();
		assertThat(committed()).containsExactly("one", "two");
	}

	@Test
	@DisplayName("T1: a scope that is being closed is not dropped, although nobody needs its handle any more")
	void t1ScopeThatIsBeingClosedIsNotDropped() {
		for (int i = 0; i < 5000; i++) {
			// Compiled code keeps no reference that it does not use again.
			completed(() -> {
			}).close();
		}
		completed(() -> {
			System.gc();
			this.scope.named("inner").run(() -> insert("kept"));
		}).close();
		assertThat(committed()).containsExactly("kept");
	}

	private OpenScope completed(ActiveScope.Callback beforeCommit) {
		OpenScope opened = this.scope.named("closing").open();
		opened.beforeCommit(beforeCommit);
		opened.complete();
		return opened;
	}

	private OpenScope opened(String name) {
		OpenScope opened = this.scope.named(name).open();
		insert("one");
		return opened;
	}

	private WeakReference<OpenScope> dropped(String name) {
		return new WeakReference<>(opened(name));
	}

	private static void awaitCollection(WeakReference<?> reference) {
		await().pollInterval(Duration.ofMillis(1)).until(() -> {
			System.gc();
			return reference.get() == null;
		});
	}

	private void insert(String name) {
		this.client.sql("insert into item values (?)").param(name).update();
	}

	private List<String> committed() {
		return this.client.sql("select name from item").query(String.class).list();
	}

}
