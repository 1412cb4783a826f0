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

import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;

/**
 * Stands before a database in a JTA transaction. Not a proxy: those are serializable, and
 * Narayana would write them into its log.
 */
public abstract class DelegatingResource implements XAResource {

	private final XAResource resource;

	protected DelegatingResource(XAResource resource) {
		this.resource = resource;
	}

	@Override
	public void start(Xid xid, int flags) throws XAException {
		this.resource.start(xid, flags);
	}

	@Override
	public void end(Xid xid, int flags) throws XAException {
		this.resource.end(xid, flags);
	}

	@Override
	public int prepare(Xid xid) throws XAException {
		return this.resource.prepare(xid);
	}

	@Override
	public void commit(Xid xid, boolean onePhase) throws XAException {
		this.resource.commit(xid, onePhase);
	}

	@Override
	public void rollback(Xid xid) throws XAException {
		this.resource.rollback(xid);
	}

	@Override
	public void forget(Xid xid) throws XAException {
		this.resource.forget(xid);
	}

	@Override
	public Xid[] recover(int flag) throws XAException {
		return this.resource.recover(flag);
	}

	@Override
	public boolean isSameRM(XAResource other) {
		return this == other;
	}

	@Override
	public int getTransactionTimeout() throws XAException {
		return this.resource.getTransactionTimeout();
	}

	@Override
	public boolean setTransactionTimeout(int seconds) throws XAException {
		return this.resource.setTransactionTimeout(seconds);
	}

}
