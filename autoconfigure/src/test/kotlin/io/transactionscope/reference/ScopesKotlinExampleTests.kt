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

package io.transactionscope.reference

// tag::imports[]
import io.transactionscope.TransactionScope
import io.transactionscope.kotlin.execute
import io.transactionscope.kotlin.inSavepoint
import io.transactionscope.kotlin.timeout
import kotlin.time.Duration.Companion.seconds

// end::imports[]
import io.transactionscope.jdbc.ScopedJdbcTransactionManager
import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.assertThatIllegalStateException
import org.h2.jdbcx.JdbcDataSource
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Tag
import org.junit.jupiter.api.Test
import org.springframework.jdbc.core.simple.JdbcClient

/** The Kotlin of the chapter "Scopes". */
@Tag("once")
class ScopesKotlinExampleTests {

	private val dataSource = JdbcDataSource().apply { setURL("jdbc:h2:mem:kotlin-reference;DB_CLOSE_DELAY=-1") }

	private val jdbc = JdbcClient.create(dataSource)

	private val transactions = TransactionScope.create(ScopedJdbcTransactionManager(dataSource))

	private val orders = Orders(jdbc)

	private val mail = Mail()

	@BeforeEach
	fun createTable() {
		jdbc.sql("drop all objects").update()
		jdbc.sql("create table orders (sku varchar primary key)").update()
	}

	// tag::execute[]
	fun place(request: NewOrder): Order = transactions.named("place-order").timeout(2.seconds).execute {
		val order = orders.insert(request)
		orders.takeFromStock(request) // throws OutOfStockException
		afterCommit { mail.confirm(request) }
		order
	}
	// end::execute[]

	@Test
	fun placesOrNot() {
		assertThat(place(NewOrder("kettle"))).isEqualTo(Order("kettle"))
		assertThatIllegalStateException().isThrownBy { place(NewOrder("nothing")) }
		assertThat(orders.all()).containsExactly("kettle")
		assertThat(mail.sent).containsExactly("kettle")
	}

	@Test
	fun worksFromASavepoint() {
		val order = transactions.execute { inSavepoint { orders.insert(NewOrder("cup")) } }
		assertThat(order).isEqualTo(Order("cup"))
	}

	data class NewOrder(val sku: String)

	data class Order(val sku: String)

	class OutOfStockException : IllegalStateException()

	class Orders(private val jdbc: JdbcClient) {

		fun insert(request: NewOrder): Order {
			jdbc.sql("insert into orders values (?)").param(request.sku).update()
			return Order(request.sku)
		}

		fun takeFromStock(request: NewOrder) {
			if (request.sku == "nothing") {
				throw OutOfStockException()
			}
		}

		fun all(): List<String> = jdbc.sql("select sku from orders").query(String::class.java).list().filterNotNull()

	}

	class Mail {

		val sent = mutableListOf<String>()

		fun confirm(request: NewOrder) {
			sent += request.sku
		}

	}

}
