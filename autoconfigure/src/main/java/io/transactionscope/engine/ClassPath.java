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

package io.transactionscope.engine;

import org.springframework.util.ClassUtils;

/**
 * What the application has beside plain JDBC.
 *
 * @since 0.1.0
 */
public final class ClassPath {

	/** Spring's support for JPA. */
	public static final boolean JPA = isPresent("org.springframework.orm.jpa.JpaTransactionManager");

	/** Hibernate as the provider of JPA. */
	public static final boolean HIBERNATE = isPresent("org.hibernate.engine.spi.SessionImplementor");

	/** Spring's support for R2DBC. */
	public static final boolean R2DBC = isPresent("org.springframework.r2dbc.connection.R2dbcTransactionManager");

	/** Narayana as the transaction manager of JTA. */
	public static final boolean NARAYANA = isPresent(
			"com.arjuna.ats.internal.jta.transaction.arjunacore.TransactionImple");

	private ClassPath() {
	}

	private static boolean isPresent(String type) {
		return ClassUtils.isPresent(type, ClassPath.class.getClassLoader());
	}

}
