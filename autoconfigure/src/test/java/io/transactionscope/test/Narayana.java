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

import java.sql.SQLException;
import java.util.List;

import javax.sql.XAConnection;
import javax.sql.XADataSource;
import javax.transaction.xa.XAResource;

import com.arjuna.ats.arjuna.common.ObjectStoreEnvironmentBean;
import com.arjuna.ats.arjuna.common.RecoveryEnvironmentBean;
import com.arjuna.ats.arjuna.recovery.RecoveryManager;
import com.arjuna.ats.arjuna.recovery.RecoveryModule;
import com.arjuna.ats.internal.arjuna.objectstore.VolatileStore;
import com.arjuna.ats.internal.arjuna.recovery.AtomicActionRecoveryModule;
import com.arjuna.ats.internal.jta.recovery.arjunacore.XARecoveryModule;
import com.arjuna.ats.jta.common.jtaPropertyManager;
import com.arjuna.ats.jta.recovery.XAResourceRecoveryHelper;
import com.arjuna.common.internal.util.propertyservice.BeanPopulator;
import jakarta.transaction.TransactionManager;
import jakarta.transaction.TransactionSynchronizationRegistry;
import jakarta.transaction.UserTransaction;

/**
 * A JTA transaction manager that keeps its log in memory.
 */
public final class Narayana {

	static {
		ObjectStoreEnvironmentBean log = BeanPopulator.getDefaultInstance(ObjectStoreEnvironmentBean.class);
		log.setObjectStoreType(VolatileStore.class.getName());
		log.setVolatileStoreSupportAllObjUids(true);
		for (String each : List.of("communicationStore", "stateStore")) {
			BeanPopulator.getNamedInstance(ObjectStoreEnvironmentBean.class, each)
				.setObjectStoreType(VolatileStore.class.getName());
		}
		jtaPropertyManager.getJTAEnvironmentBean().setOrphanSafetyInterval(0);
		RecoveryEnvironmentBean recovery = BeanPopulator.getDefaultInstance(RecoveryEnvironmentBean.class);
		recovery.setRecoveryBackoffPeriod(1);
		recovery.setRecoveryModuleClassNames(
				List.of(AtomicActionRecoveryModule.class.getName(), XARecoveryModule.class.getName()));
	}

	private Narayana() {
	}

	public static TransactionManager transactionManager() {
		return com.arjuna.ats.jta.TransactionManager.transactionManager();
	}

	public static UserTransaction userTransaction() {
		return com.arjuna.ats.jta.UserTransaction.userTransaction();
	}

	public static TransactionSynchronizationRegistry synchronizations() {
		return jtaPropertyManager.getJTAEnvironmentBean().getTransactionSynchronizationRegistry();
	}

	/**
	 * Bring to an end what is left prepared, as is done from time to time in an
	 * application.
	 */
	public static void recover(XADataSource database) throws SQLException {
		RecoveryManager recovery = RecoveryManager.manager(RecoveryManager.DIRECT_MANAGEMENT);
		XARecoveryModule module = XARecoveryModule.getRegisteredXARecoveryModule();
		XAConnection session = database.getXAConnection();
		try {
			RecoveryHelper helper = new RecoveryHelper(session.getXAResource());
			module.addXAResourceRecoveryHelper(helper);
			// As in a scan, which would wait a second at least between the passes
			recovery.getModules().forEach(RecoveryModule::periodicWorkFirstPass);
			recovery.getModules().forEach(RecoveryModule::periodicWorkSecondPass);
			module.removeXAResourceRecoveryHelper(helper);
		}
		finally {
			session.close();
		}
	}

	private record RecoveryHelper(XAResource resource) implements XAResourceRecoveryHelper {

		@Override
		public boolean initialise(String property) {
			return true;
		}

		@Override
		public XAResource[] getXAResources() {
			return new XAResource[] { this.resource };
		}

	}

}
