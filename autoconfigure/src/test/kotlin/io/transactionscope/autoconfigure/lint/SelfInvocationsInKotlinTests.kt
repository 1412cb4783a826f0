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

package io.transactionscope.autoconfigure.lint

import io.transactionscope.TransactionScope
import io.transactionscope.kotlin.execute
import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import org.springframework.context.annotation.AnnotationConfigApplicationContext
import org.springframework.transaction.annotation.Transactional

/** Calls past the proxy as Kotlin's compiler makes them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SelfInvocationsInKotlinTests {

	private val context = AnnotationConfigApplicationContext(SelfInvocationsTests.Advisors::class.java)

	private lateinit var transactions: Annotated

	@BeforeAll
	fun findAdvisors() {
		transactions = Annotated.withTransactions(context.beanFactory)
	}

	@AfterAll
	fun close() = context.close()

	private fun problems(type: Class<*>) = SelfInvocations.`in`(type, listOf(transactions)).map { it.problem() }

	@Test
	fun findsThem() {
		assertThat(listOf(Inlined::class, Lambda::class, Default::class, Receiver::class))
			.allSatisfy { type ->
				assertThat(problems(type.java)).singleElement().asString()
					.startsWith("${type.simpleName}.all() calls its own save() past the proxy")
			}
	}

	@Test
	fun isSilentAboutWhatRunsInATransaction() {
		assertThat(problems(ByScope::class.java)).isEmpty()
		assertThat(problems(Joining::class.java)).isEmpty()
	}

	open class Inlined {

		open fun all(names: List<String>) = names.forEach { save(it) }

		@Transactional
		open fun save(name: String) = println(name)

	}

	open class Lambda {

		open fun all(names: List<String>) = names.asSequence().filter { it.isNotEmpty() }.map { save(it) }.toList()

		@Transactional
		open fun save(name: String) = println(name)

	}

	open class Default {

		open fun all() = save()

		@Transactional
		open fun save(name: String = "none") = println(name)

	}

	open class Receiver {

		open fun all() = with(this) { save() }

		@Transactional
		open fun save() = println("saved")

	}

	open class ByScope(private val scope: TransactionScope) {

		open fun all(names: List<String>) = scope.execute { names.forEach { save(it) } }

		@Transactional
		open fun save(name: String) = println(name)

	}

	open class Joining {

		@Transactional
		open fun all(names: List<String>) = names.asSequence().map { helped(it) }.toList()

		private fun helped(name: String) = save(name)

		@Transactional
		open fun save(name: String) = println(name)

	}

}
