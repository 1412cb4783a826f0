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

import java.sql.Connection;

import io.transactionscope.resource.Resource;
import org.jspecify.annotations.Nullable;

/**
 * What the caller of {@link TransactionScope#open()} holds. Nothing else leads to it:
 * once it is unreachable, nobody can close its block any more.
 */
final class OpenHandle implements OpenScope {

	private final Block block;

	OpenHandle(Block block) {
		this.block = block;
	}

	@Override
	public String name() {
		return this.block.name();
	}

	@Override
	public void afterCommit(Callback callback) {
		this.block.afterCommit(callback);
	}

	@Override
	public void afterRollback(Callback callback) {
		this.block.afterRollback(callback);
	}

	@Override
	public void onCompletion(OutcomeCallback callback) {
		this.block.onCompletion(callback);
	}

	@Override
	public void beforeCommit(Callback callback) {
		this.block.beforeCommit(callback);
	}

	@Override
	public <X extends Throwable> void savepoint(TransactionScope.Run<X> body) throws X {
		this.block.savepoint(body);
	}

	@Override
	public <T extends @Nullable Object, X extends Throwable> T callInSavepoint(TransactionScope.Call<T, X> body)
			throws X {
		return this.block.callInSavepoint(body);
	}

	@Override
	public void setRollbackOnly(String reason) {
		this.block.setRollbackOnly(reason);
	}

	@Override
	public boolean isRollbackOnly() {
		return this.block.isRollbackOnly();
	}

	@Override
	public Connection connection() {
		return this.block.connection();
	}

	@Override
	public <T extends AutoCloseable> T enter(T resource) {
		return this.block.enter(resource);
	}

	@Override
	public <T extends @Nullable Object> T enter(Resource<? extends T> resource) {
		return this.block.enter(resource);
	}

	@Override
	public void enter(TransactionScope other) {
		this.block.enter(other);
	}

	@Override
	public void complete() {
		this.block.complete();
	}

	@Override
	public void close() {
		this.block.close();
	}

}
