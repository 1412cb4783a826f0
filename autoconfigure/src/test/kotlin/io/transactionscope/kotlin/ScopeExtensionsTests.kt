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

package io.transactionscope.kotlin

import io.r2dbc.h2.H2ConnectionFactory
import io.transactionscope.ActiveScope
import io.transactionscope.TransactionScope
import io.transactionscope.jdbc.ScopedJdbcTransactionManager
import io.transactionscope.r2dbc.ScopedR2dbcTransactionManager
import io.transactionscope.reactive.ReactiveTransactionScope
import io.transactionscope.resource.Resources
import io.transactionscope.resource.lock.LockResources
import io.transactionscope.test.scope.AfterCommitCallbacks
import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.assertThatExceptionOfType
import org.h2.jdbcx.JdbcDataSource
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.springframework.jdbc.core.simple.JdbcClient
import org.springframework.transaction.TransactionTimedOutException
import org.springframework.transaction.support.TransactionSynchronizationManager.isActualTransactionActive
import org.springframework.transaction.support.TransactionTemplate
import reactor.core.publisher.Mono
import java.io.FileNotFoundException
import java.io.IOException
import java.util.concurrent.TimeUnit
import java.util.concurrent.locks.ReentrantLock
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlin.time.toJavaDuration

/** The scopes as one writes them in Kotlin. */
class ScopeExtensionsTests {

	private val dataSource = JdbcDataSource().apply { setURL("jdbc:h2:mem:kotlin;DB_CLOSE_DELAY=-1") }

	private val jdbc = JdbcClient.create(dataSource)

	private val transactions = TransactionScope.create(ScopedJdbcTransactionManager(dataSource))

	private data class Order(val id: Int, val customer: String?)

	@BeforeEach
	fun createTable() {
		jdbc.sql("drop table if exists orders").update()
		jdbc.sql("create table orders (id int primary key, customer varchar)").update()
	}

	private fun insert(order: Order): Order {
		jdbc.sql("insert into orders values (?, ?)").param(order.id).param(order.customer).update()
		return order
	}

	private fun orders(): List<Int> = jdbc.sql("select id from orders order by id").query(Int::class.java).list().filterNotNull()

	@Test
	fun returnsTheValueOfItsBody() {
		val order: Order = transactions.execute { insert(Order(1, null)) }
		val number: Int = transactions.execute { 1 }
		val nothing: String? = transactions.execute { order.customer }
		transactions.execute { }
		assertThat(number).isEqualTo(order.id)
		assertThat(nothing).isNull()
		assertThat(orders()).containsExactly(1)
	}

	@Test
	fun hasCallbacksThatATestCaptures() {
		val told = mutableListOf<String>()
		TransactionTemplate(ScopedJdbcTransactionManager(dataSource)).executeWithoutResult {
			val callbacks = AfterCommitCallbacks.capture { transactions.execute { afterCommit { told += "mail" } } }
			assertThat(told).isEmpty()
			callbacks.run()
		}
		assertThat(told).containsExactly("mail")
	}

	@Test
	fun hasTheHandleAsItsReceiver() {
		val events = mutableListOf<String>()
		transactions.execute {
			afterCommit { events += "after, ${isActualTransactionActive()}" }
			beforeCommit { events += "before, ${isActualTransactionActive()}" }
			assertThat(ActiveScope.current().name()).isEqualTo(name())
		}
		assertThat(events).containsExactly("before, true", "after, false")
	}

	@Test
	fun isNamedAfterTheMethodThatItStandsIn() {
		val direct = transactions.execute { name() }
		val named = transactions.named("import").execute { name() }
		assertThat(direct).isEqualTo("ScopeExtensionsTests.isNamedAfterTheMethodThatItStandsIn")
		assertThat(named).isEqualTo("import")
	}

	@Test
	fun t1RollsBackOnWhateverItsBodyThrowsAndKeepsTheInstance() {
		val failure = FileNotFoundException("checked")
		assertThatExceptionOfType(FileNotFoundException::class.java).isThrownBy {
			transactions.execute<Unit> {
				insert(Order(1, "a"))
				throw failure
			}
		}.isSameAs(failure)
		assertThat(orders()).isEmpty()
	}

	@Test
	fun joinsTheTransactionAround() {
		assertThatExceptionOfType(IllegalStateException::class.java).isThrownBy {
			transactions.execute {
				insert(Order(1, "a"))
				transactions.execute { insert(Order(2, "b")) }
				assertThat(orders()).containsExactly(1, 2)
				error("in the outer one")
			}
		}
		assertThat(orders()).isEmpty()
	}

	@Test
	fun commitsOnTypesThatAreNamed() {
		assertThatExceptionOfType(FileNotFoundException::class.java).isThrownBy {
			transactions.commitOn<IOException>().execute<Unit> {
				insert(Order(1, "a"))
				throw FileNotFoundException()
			}
		}
		assertThat(orders()).containsExactly(1)
	}

	@Test
	fun takesADeadlineOfKotlin() {
		assertThat(transactions.timeout(30.seconds).execute { 1 }).isEqualTo(1)
		assertThatExceptionOfType(TransactionTimedOutException::class.java).isThrownBy {
			transactions.timeout(1.milliseconds).execute {
				TimeUnit.MILLISECONDS.sleep(5)
			}
		}
	}

	@Test
	fun worksFromASavepoint() {
		transactions.execute {
			insert(Order(1, "a"))
			val kept = inSavepoint { insert(Order(2, "b")).id }
			assertThat(kept).isEqualTo(2)
			assertThatExceptionOfType(IOException::class.java).isThrownBy {
				inSavepoint<Unit> {
					insert(Order(3, "c"))
					throw IOException()
				}
			}
		}
		assertThat(orders()).containsExactly(1, 2)
	}

	@Test
	fun isOpenedForUse() {
		transactions.open().use { tx ->
			insert(Order(1, "a"))
			tx.complete()
		}
		transactions.open().use { insert(Order(2, "b")) }
		assertThat(orders()).containsExactly(1)
	}

	@Test
	fun runsOnAnotherThread() {
		val name = transactions.async { Thread(it).start() }
			.execute { insert(Order(1, Thread.currentThread().name)).customer }
		assertThat(name.toCompletableFuture().get(30, TimeUnit.SECONDS)).isNotEqualTo(Thread.currentThread().name)
		assertThat(orders()).containsExactly(1)
	}

	@Test
	fun runsForASubscription() {
		val connections = H2ConnectionFactory.inMemory("kotlin-reactive")
		try {
			val reactive = ReactiveTransactionScope.create(ScopedR2dbcTransactionManager(connections))
			val name = reactive.execute { Mono.just(name()) }.block(30.seconds.toJavaDuration())
			assertThat(name).isEqualTo("ScopeExtensionsTests.runsForASubscription")
		}
		finally {
			connections.close().block(30.seconds.toJavaDuration())
		}
	}

	@Test
	fun t9RefusesASequenceWhichIsWorkThatGoesOn() {
		assertThatExceptionOfType(IllegalStateException::class.java)
			.isThrownBy { transactions.execute<Sequence<Int>> { orders().asSequence().map { it + 1 } } }
			.withMessageContaining("its work would go on after the end")
	}

	@Test
	fun releasesResources() {
		val lock = ReentrantLock()
		val events = mutableListOf<String>()
		val held = resourceScope {
			enter(LockResources.lock("import", lock, 1.seconds.toJavaDuration()))
			onSuccess { events += "success" }
			defer { events += "deferred" }
			lock.isHeldByCurrentThread
		}
		assertThat(held).isTrue()
		assertThat(lock.isLocked).isFalse()
		assertThat(events).containsExactly("deferred", "success")
	}

	@Test
	fun suppressesWhatItIsToldTo() {
		runResourceScope {
			enter(Resources.suppressing(IOException::class.java))
			throw IOException("suppressed")
		}
	}

	@Test
	fun runsInsideOfAResource() {
		val lock = ReentrantLock()
		val held = LockResources.lock("import", lock, 1.seconds.toJavaDuration()).inside { lock.isHeldByCurrentThread }
		assertThat(held).isTrue()
		assertThat(lock.isLocked).isFalse()
	}

}
