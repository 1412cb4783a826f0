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

package io.transactionscope.annotation

import io.transactionscope.ActiveScope
import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.assertThatExceptionOfType
import org.junit.jupiter.api.Test
import org.springframework.beans.factory.getBean
import org.springframework.boot.test.context.assertj.AssertableApplicationContext
import org.springframework.jdbc.core.simple.JdbcClient
import java.io.IOException

/** Annotated methods of Kotlin's classes, which are final unless they are said to be open. */
class ScopedTransactionInKotlinTests {

	private val contextRunner = ScopedTransactionTests.application()

	@Test
	fun runsOpenMethodsInTheirScopes() {
		contextRunner.withBean(Orders::class.java).run { context ->
			val orders = context.getBean<Orders>()
			orders.createTable()
			assertThat(orders.insert(Order(1))).isEqualTo("Orders.insert")
			assertThatExceptionOfType(IOException::class.java).isThrownBy { orders.insertAndFail(Order(2)) }
			assertThat(orders.count()).isEqualTo(1)
		}
	}

	@Test
	fun t9FailsTheStartWhereAMethodSuspends() {
		failsTheStart<Suspends> { failure -> assertThat(failure).hasMessageContaining("suspends") }
	}

	@Test
	fun t9FailsTheStartWhereAMethodIsFinalAndTellsWhatMakesItOpen() {
		failsTheStart<FinalMethod> { failure ->
			assertThat(failure).hasMessageContaining("is final")
			assertThat((failure as InvalidScopedTransactionException).action())
				.isEqualTo("Make the method open, most simply with Kotlin's compiler plugin 'spring', or use TransactionScope.call inside it.")
		}
	}

	@Test
	fun t9FailsTheStartWhereAClassIsFinalAndTellsWhatMakesItOpen() {
		failsTheStart<FinalClass> { failure ->
			val cause = generateSequence(failure) { it.cause }.last()
			assertThat(cause).hasMessageContaining("FinalClass.work() is annotated with @ScopedTransaction, but its class is final")
			assertThat((cause as InvalidScopedTransactionException).action())
				.isEqualTo("Make the class and the method open, most simply with Kotlin's compiler plugin 'spring', or use TransactionScope.call inside the method.")
		}
	}

	private inline fun <reified T : Any> failsTheStart(crossinline requirements: (Throwable) -> Unit) {
		contextRunner.withBean(T::class.java).run { context: AssertableApplicationContext ->
			requirements(checkNotNull(context.startupFailure))
		}
	}

	data class Order(val id: Int)

	open class Orders(private val jdbc: JdbcClient) {

		open fun createTable() {
			jdbc.sql("create table orders (id int)").update()
		}

		@ScopedTransaction
		open fun insert(order: Order): String {
			jdbc.sql("insert into orders values (?)").param(order.id).update()
			return ActiveScope.current().name()
		}

		@ScopedTransaction
		open fun insertAndFail(order: Order) {
			insert(order)
			throw IOException("checked")
		}

		@ScopedTransaction(readOnly = true)
		open fun count(): Int = jdbc.sql("select count(*) from orders").query(Int::class.java).single()

	}

	open class Suspends {

		@ScopedTransaction
		open suspend fun work(): String = "later"

	}

	open class FinalMethod {

		@ScopedTransaction
		fun work() {
		}

	}

	class FinalClass {

		@ScopedTransaction
		fun work() {
		}

	}

}
