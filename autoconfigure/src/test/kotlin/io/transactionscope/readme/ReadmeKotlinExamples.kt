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

package io.transactionscope.readme

import io.transactionscope.TransactionScope
import io.transactionscope.kotlin.execute
import io.transactionscope.kotlin.timeout
import io.transactionscope.resource.lock.LockResources
import java.util.concurrent.locks.ReentrantLock
import kotlin.time.Duration.Companion.seconds
import kotlin.time.toJavaDuration

/** The Kotlin of the README, compiled. */
class ReadmeKotlinExamples(
	private val transactions: TransactionScope,
	private val orders: Orders,
	private val mail: Mail
) {

	private val lock = ReentrantLock()

	fun place(request: NewOrder): Order = transactions.named("place-order").timeout(2.seconds).execute {
		enter(LockResources.lock(lock, 1.seconds.toJavaDuration()))
		val order = orders.insert(request)
		afterCommit { mail.confirm(order) }
		order
	}

	data class NewOrder(val sku: String)

	data class Order(val id: Int)

	fun interface Orders {

		fun insert(request: NewOrder): Order

	}

	fun interface Mail {

		fun confirm(order: Order)

	}

}
