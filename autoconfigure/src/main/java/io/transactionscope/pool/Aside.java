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

package io.transactionscope.pool;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import com.zaxxer.hikari.pool.HikariPool;
import org.jspecify.annotations.Nullable;

/**
 * Has a pool do on another thread what may hang with the link: whoever has a deadline
 * goes on without it.
 *
 * @since 0.1.0
 */
public final class Aside {

	/** After the pool would have given up by itself. */
	private static final long GRACE_MILLIS = 100;

	/** Those who ask at this moment, and whom. */
	private static final Map<Thread, HikariPool> ASKING = new ConcurrentHashMap<>();

	private static final Executor THREADS = new ThreadPoolExecutor(0, Integer.MAX_VALUE, 1, TimeUnit.SECONDS,
			new SynchronousQueue<>(), Aside::newThread);

	private Aside() {
	}

	private static Thread newThread(Runnable task) {
		Thread thread = new Thread(task, "pool-aside");
		thread.setDaemon(true);
		return thread;
	}

	/** The pool may start threads of its own meanwhile, which keep the class loader. */
	private static void execute(Runnable task) {
		ClassLoader loader = Thread.currentThread().getContextClassLoader();
		THREADS.execute(() -> {
			Thread.currentThread().setContextClassLoader(loader);
			task.run();
		});
	}

	/**
	 * Ask for a connection. HikariCP checks one that was idle before it gives it out, and
	 * waits for that up to its {@code validationTimeout}, whatever time it was given.
	 */
	static Connection from(HikariPool pool, long millis) throws SQLException {
		return from(pool, millis, millis, new CompletableFuture<>());
	}

	/**
	 * Ask for a connection, with an answer that others may give.
	 * @param timeout for how long the pool is to wait, in milliseconds
	 * @param millis for how long the current thread waits
	 */
	static Connection from(HikariPool pool, long timeout, long millis, CompletableFuture<Connection> answer)
			throws SQLException {
		FutureTask<Void> asking = new FutureTask<>(() -> ask(pool, timeout, answer), null);
		execute(asking);
		try {
			return answer.get(millis + GRACE_MILLIS, TimeUnit.MILLISECONDS);
		}
		catch (TimeoutException ex) {
			return notWaitedFor(answer, new SQLTransientConnectionException(
					"The check of an idle connection was not answered after %d ms".formatted(millis + GRACE_MILLIS)));
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return notWaitedFor(answer, new SQLException("Interrupted during connection acquisition", ex));
		}
		catch (ExecutionException ex) {
			// It may be the answer of somebody else.
			asking.cancel(true);
			throw failure(ex.getCause());
		}
	}

	/**
	 * Close a connection, which may make its pool open another one. It is waited for a
	 * tenth of a second at most, and goes on by itself then.
	 * @param connection the connection, which the caller does not use any more
	 * @throws SQLException if that has failed meanwhile
	 */
	public static void close(Connection connection) throws SQLException {
		Objects.requireNonNull(connection, "connection must not be null");
		CompletableFuture<Void> end = new CompletableFuture<>();
		execute(() -> {
			try {
				connection.close();
				end.complete(null);
			}
			catch (Throwable ex) {
				end.completeExceptionally(ex);
			}
		});
		try {
			end.get(GRACE_MILLIS, TimeUnit.MILLISECONDS);
		}
		catch (TimeoutException ex) {
			// It goes on by itself.
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (ExecutionException ex) {
			throw failure(ex.getCause());
		}
	}

	/**
	 * Return the threads that ask a pool at this moment, also for those who have gone on
	 * without an answer.
	 */
	static List<Thread> asking(HikariPool pool) {
		return ASKING.entrySet().stream().filter((each) -> each.getValue() == pool).map(Map.Entry::getKey).toList();
	}

	private static void ask(HikariPool pool, long timeout, CompletableFuture<Connection> answer) {
		ASKING.put(Thread.currentThread(), pool);
		try {
			Connection connection = pool.getConnection(timeout);
			if (!answer.complete(connection)) {
				connection.close();
			}
		}
		catch (Throwable ex) {
			answer.completeExceptionally(ex);
		}
		finally {
			ASKING.remove(Thread.currentThread());
		}
	}

	private static Connection notWaitedFor(CompletableFuture<Connection> answer, SQLException failure)
			throws SQLException {
		if (answer.completeExceptionally(failure)) {
			throw failure;
		}
		try {
			return answer.join();
		}
		catch (RuntimeException ex) {
			throw failure(ex.getCause());
		}
	}

	private static SQLException failure(@Nullable Throwable cause) {
		if (cause instanceof RuntimeException unchecked) {
			throw unchecked;
		}
		if (cause instanceof Error error) {
			throw error;
		}
		return (cause instanceof SQLException sql) ? sql : new SQLException(cause);
	}

}
