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

package io.transactionscope.resource;

import java.util.Objects;
import java.util.function.Function;

import io.transactionscope.resource.failure.Failures;
import org.jspecify.annotations.Nullable;

/**
 * Turns failures of a type into others.
 *
 * @param <X> the type of what is turned
 * @see Resources#translating(Class, Function)
 */
final class Translating<X extends Throwable> extends Unwinding.Part<Class<X>> {

	private final Class<X> type;

	private final Function<? super X, ? extends @Nullable Throwable> translator;

	Translating(Class<X> type, Function<? super X, ? extends @Nullable Throwable> translator) {
		this.type = type;
		this.translator = translator;
	}

	@Override
	public Class<X> value() {
		return this.type;
	}

	/**
	 * On another thread it is not on the way out of its scope, and translates nothing.
	 */
	@Override
	public boolean isThreadBound() {
		return true;
	}

	@Override
	void unwind(Unwinding unwinding) {
		unwinding.translateFailures(this::translate);
	}

	@Override
	public void release(Outcome outcome) {
		Throwable failure = outcome.failure();
		Throwable translation = (failure != null) ? translate(failure) : null;
		if (translation != failure && translation != null) {
			throw Failures.rethrow(translation);
		}
	}

	private Throwable translate(Throwable failure) {
		if (!this.type.isInstance(failure)) {
			return failure;
		}
		try {
			Throwable translation = Objects.requireNonNull(this.translator.apply(this.type.cast(failure)),
					() -> "The translator of " + this.type.getName()
							+ " must not return null: return the failure itself to let it pass");
			if (translation != failure) {
				keep(failure, translation);
			}
			return translation;
		}
		catch (Throwable ex) {
			return Failures.join(failure, ex);
		}
	}

	/**
	 * Keep a failure as the cause of what takes its place, or else among what that
	 * carries.
	 */
	private static void keep(Throwable failure, Throwable translation) {
		if (Failures.isTranslation(failure, translation)) {
			return;
		}
		if (translation.getCause() == null && !Failures.leadsTo(failure, translation)) {
			try {
				translation.initCause(failure);
				return;
			}
			catch (RuntimeException ex) {
				// It was made to have no cause
			}
		}
		Failures.suppress(translation, failure);
	}

}
