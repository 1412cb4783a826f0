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

package io.transactionscope.test;

import java.util.List;

import com.arjuna.ats.arjuna.common.ObjectStoreEnvironmentBean;
import com.arjuna.ats.internal.arjuna.objectstore.VolatileStore;
import com.arjuna.common.internal.util.propertyservice.BeanPopulator;
import jakarta.transaction.TransactionManager;
import jakarta.transaction.UserTransaction;

/**
 * A JTA transaction manager that keeps its log in memory.
 */
public final class Narayana {

	static {
		BeanPopulator.getDefaultInstance(ObjectStoreEnvironmentBean.class)
			.setObjectStoreType(VolatileStore.class.getName());
		for (String each : List.of("communicationStore", "stateStore")) {
			BeanPopulator.getNamedInstance(ObjectStoreEnvironmentBean.class, each)
				.setObjectStoreType(VolatileStore.class.getName());
		}
	}

	private Narayana() {
	}

	public static TransactionManager transactionManager() {
		return com.arjuna.ats.jta.TransactionManager.transactionManager();
	}

	public static UserTransaction userTransaction() {
		return com.arjuna.ats.jta.UserTransaction.userTransaction();
	}

}
