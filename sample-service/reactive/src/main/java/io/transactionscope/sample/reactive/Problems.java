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

package io.transactionscope.sample.reactive;

import java.util.List;

import io.transactionscope.resource.ResourceUnavailableException;
import io.transactionscope.transaction.AfterCommitException;
import io.transactionscope.transaction.CommitFailedException;
import io.transactionscope.transaction.TransactionOutcome;
import reactor.core.publisher.Mono;

import org.springframework.core.NestedRuntimeException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionTimedOutException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.bind.support.WebExchangeBindException;
import org.springframework.web.reactive.result.method.annotation.ResponseEntityExceptionHandler;
import org.springframework.web.server.ServerWebExchange;

/**
 * Tells the client of each failure by a problem detail (RFC 9457).
 */
@RestControllerAdvice
class Problems extends ResponseEntityExceptionHandler {

	@ExceptionHandler
	ProblemDetail outOfStock(OutOfStockException ex) {
		ProblemDetail problem = problem(HttpStatus.CONFLICT, "Out of stock", ex);
		problem.setProperty("sku", ex.sku());
		return problem;
	}

	@ExceptionHandler
	ProblemDetail unknownSku(UnknownSkuException ex) {
		ProblemDetail problem = problem(HttpStatus.UNPROCESSABLE_CONTENT, "Unknown SKU", ex);
		problem.setProperty("sku", ex.sku());
		return problem;
	}

	/** Nothing was done: a limit is reached. */
	@ExceptionHandler
	ProblemDetail unavailable(ResourceUnavailableException ex) {
		return problem(HttpStatus.SERVICE_UNAVAILABLE, "Busy", ex);
	}

	/** Rolled back: it took too long. */
	@ExceptionHandler
	ProblemDetail timedOut(TransactionTimedOutException ex) {
		ProblemDetail problem = problem(HttpStatus.SERVICE_UNAVAILABLE, "Timed out", ex);
		// The message of a wait for a connection has the report of the pool.
		problem.setDetail("It took too long. Nothing was changed; try again.");
		return problem;
	}

	/**
	 * Nothing was done: the pool had no connection, which its ledger has said more of.
	 */
	@ExceptionHandler({ CannotCreateTransactionException.class, DataAccessResourceFailureException.class })
	ProblemDetail noConnection(NestedRuntimeException ex) {
		ProblemDetail problem = problem(HttpStatus.SERVICE_UNAVAILABLE, "Busy", ex);
		problem.setDetail("There was no connection to the database. Nothing was changed; try again.");
		return problem;
	}

	/** Rolled back, or in doubt: the client must know which before it tries again. */
	@ExceptionHandler
	ProblemDetail commitFailed(CommitFailedException ex) {
		ProblemDetail problem = problem(HttpStatus.SERVICE_UNAVAILABLE, "Commit failed", ex);
		problem.setDetail((ex.outcome() == TransactionOutcome.ROLLED_BACK) ? "Nothing was changed; try again."
				: "Nobody knows whether it was done. Look before you try again.");
		problem.setProperty("outcome", ex.outcome());
		return problem;
	}

	/** Not to be tried again: the data is there. */
	@ExceptionHandler
	ProblemDetail afterCommit(AfterCommitException ex) {
		ProblemDetail problem = problem(HttpStatus.INTERNAL_SERVER_ERROR, "Committed, but not completed", ex);
		problem.setDetail("It is done, and not to be tried again, but something that was to follow has failed.");
		problem.setProperty("outcome", ex.outcome());
		return problem;
	}

	@Override
	protected Mono<ResponseEntity<Object>> handleWebExchangeBindException(WebExchangeBindException ex,
			HttpHeaders headers, HttpStatusCode status, ServerWebExchange exchange) {
		ex.getBody().setProperty("errors", errors(ex));
		return handleExceptionInternal(ex, null, headers, status, exchange);
	}

	private static List<String> errors(WebExchangeBindException ex) {
		return ex.getFieldErrors().stream().map((each) -> each.getField() + " " + each.getDefaultMessage()).toList();
	}

	private static ProblemDetail problem(HttpStatus status, String title, Exception ex) {
		ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, ex.getMessage());
		problem.setTitle(title);
		return problem;
	}

}
