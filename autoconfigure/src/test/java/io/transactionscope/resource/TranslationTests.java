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

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;

import io.transactionscope.resource.failure.Failures;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Exits that turn one exception into another (T3).
 */
class TranslationTests {

	private final Trace trace = new Trace();

	private final IOException failure = new IOException("body");

	/** A resource whose release wraps the failure that it sees. */
	private final Resource<String> wrapping = Resource.of(() -> "wrapping", (value, outcome) -> {
		if (outcome.failure() != null) {
			throw new DatabaseError(outcome.failure());
		}
	});

	private void fail() throws IOException {
		throw this.failure;
	}

	private static Throwable thrownBy(ResourceScope.Block<Exception> body) {
		return catchThrowable(() -> ResourceScope.run(body));
	}

	private static ExitAction failing(Throwable failure) {
		return (outcome) -> {
			throw Failures.rethrow(failure);
		};
	}

	@Nested
	class OfARelease {

		@Test
		void t3_takesThePlaceOfTheBodysFailure() {
			Throwable thrown = thrownBy((scope) -> {
				scope.enter(TranslationTests.this.trace.resource("outer"));
				scope.enter(TranslationTests.this.wrapping);
				scope.enter(TranslationTests.this.trace.resource("inner"));
				fail();
			});
			assertThat(thrown).isInstanceOf(DatabaseError.class).hasNoSuppressedExceptions();
			assertThat(thrown.getCause()).isSameAs(TranslationTests.this.failure).hasNoSuppressedExceptions();
			TranslationTests.this.trace.assertEvents("enter outer", "enter inner", "exit inner: failed by body",
					"exit outer: failed by " + thrown.getMessage());
		}

		@Test
		void t3_takesThePlaceOfTheFailureOfARelease() {
			Throwable thrown = thrownBy((scope) -> {
				scope.enter(TranslationTests.this.wrapping);
				scope.onExit(failing(TranslationTests.this.failure));
			});
			assertThat(thrown).isInstanceOf(DatabaseError.class)
				.hasCause(TranslationTests.this.failure)
				.hasNoSuppressedExceptions();
		}

		@Test
		void t3_whatFailedBeforeStaysOnTheFailureAndWhatFailsLaterIsCarriedByTheTranslation() {
			IllegalStateException before = new IllegalStateException("before");
			IllegalStateException after = new IllegalStateException("after");
			Throwable thrown = thrownBy((scope) -> {
				scope.onExit(failing(after));
				scope.enter(TranslationTests.this.wrapping);
				scope.onExit(failing(before));
				fail();
			});
			assertThat(thrown).isInstanceOf(DatabaseError.class);
			assertThat(thrown.getSuppressed()).containsExactly(after);
			assertThat(TranslationTests.this.failure.getSuppressed()).containsExactly(before);
		}

		@Test
		void t3_mayBeTranslatedInTurn() {
			Throwable thrown = thrownBy((scope) -> {
				scope.enter(TranslationTests.this.wrapping);
				scope.enter(TranslationTests.this.wrapping);
				fail();
			});
			assertThat(thrown).isInstanceOf(DatabaseError.class).cause().isInstanceOf(DatabaseError.class);
			assertThat(thrown.getCause()).hasCause(TranslationTests.this.failure);
		}

		@Test
		void t3_mayHaveTheFailureAsACauseAtAnyDepth() {
			Throwable thrown = thrownBy((scope) -> {
				scope.onExit((outcome) -> {
					throw new DatabaseError(
							new RuntimeException(new RuntimeException(new RuntimeException(outcome.failure()))));
				});
				fail();
			});
			assertThat(thrown).isInstanceOf(DatabaseError.class).hasRootCause(TranslationTests.this.failure);
		}

		@Test
		void t3_tenThousandOfThemAreOneChain() {
			Throwable thrown = thrownBy((scope) -> {
				for (int i = 0; i < 10_000; i++) {
					scope.onExit((outcome) -> {
						throw new DatabaseError("next", outcome.failure());
					});
				}
				fail();
			});
			int depth = 0;
			for (Throwable each = thrown; each instanceof DatabaseError; each = each.getCause()) {
				depth++;
			}
			assertThat(depth).isEqualTo(10_000);
		}

		@Test
		void t3_isNoneWithoutTheFailureAmongItsCauses() {
			TranslationTests.this.failure.initCause(new IOException("root"));
			IllegalStateException beside = new IllegalStateException("beside",
					TranslationTests.this.failure.getCause());
			IllegalStateException carrying = new IllegalStateException("carrying");
			carrying.addSuppressed(TranslationTests.this.failure);
			Throwable thrown = thrownBy((scope) -> {
				scope.onExit(failing(beside));
				scope.onExit(failing(carrying));
				fail();
			});
			assertThat(thrown).isSameAs(TranslationTests.this.failure);
			assertThat(thrown.getSuppressed()).hasSize(2);
		}

		@Test
		void t3_isNoneIfItsCausesAreACycleOrCannotBeRead() {
			List<Throwable> cycle = new ArrayList<>();
			for (int i = 0; i < 7; i++) {
				cycle.add(new IllegalStateException("cycle", cycle.isEmpty() ? null : cycle.get(i - 1)));
			}
			Throwable cyclic = new DatabaseError();
			cyclic.initCause(cycle.get(6));
			Throwable back = new IllegalStateException("back");
			IllegalStateException closing = new IllegalStateException("closing", back);
			back.initCause(closing);
			RuntimeException broken = new RuntimeException("broken") {

				@Override
				public synchronized Throwable getCause() {
					throw new UnsupportedOperationException("getCause");
				}

			};
			Throwable thrown = thrownBy((scope) -> {
				scope.onExit(failing(cyclic));
				scope.onExit(failing(new DatabaseError(closing)));
				scope.onExit(failing(broken));
				fail();
			});
			assertThat(thrown).isSameAs(TranslationTests.this.failure);
			assertThat(thrown.getSuppressed()).hasSize(3);
		}

		@Test
		void t3_keepsTheInterruptThatItHides() {
			InterruptedException interrupt = new InterruptedException("body");
			Throwable thrown = thrownBy((scope) -> {
				scope.defer(() -> TranslationTests.this.trace
					.add("interrupted: " + Thread.currentThread().isInterrupted()));
				scope.enter(TranslationTests.this.wrapping);
				throw interrupt;
			});
			assertThat(Thread.interrupted()).isTrue();
			assertThat(thrown).isInstanceOf(DatabaseError.class).hasCause(interrupt);
			TranslationTests.this.trace.assertEvents("interrupted: false");
		}

		@Test
		void t3_holdsOfScopesInScopes() {
			Throwable thrown = thrownBy((scope) -> {
				scope.enter(TranslationTests.this.trace.resource("outer"));
				ResourceScope inner = scope.enter(ResourceScope.open());
				inner.enter(TranslationTests.this.wrapping);
				fail();
			});
			assertThat(thrown).isInstanceOf(DatabaseError.class).hasCause(TranslationTests.this.failure);
			TranslationTests.this.trace.assertEvents("enter outer", "exit outer: failed by " + thrown.getMessage());
		}

		@Test
		void t3_holdsOfAScopeThatIsRunInAnother() {
			Throwable thrown = thrownBy((scope) -> {
				scope.enter(TranslationTests.this.trace.resource("outer"));
				ResourceScope.run((inner) -> {
					inner.enter(TranslationTests.this.wrapping);
					fail();
				});
			});
			assertThat(thrown).isInstanceOf(DatabaseError.class).hasCause(TranslationTests.this.failure);
			TranslationTests.this.trace.assertEvents("enter outer", "exit outer: failed by " + thrown.getMessage());
		}

		@Test
		void t3_holdsOfTheFirstPartOfAResourceWhoseSecondCannotBeAcquired() {
			Resource<String> both = TranslationTests.this.trace.resource("first")
				.and(TranslationTests.this.wrapping)
				.and(TranslationTests.this.trace.unavailable("last", TranslationTests.this.failure));
			Throwable thrown = thrownBy((scope) -> scope.enter(both));
			assertThat(thrown).isInstanceOf(DatabaseError.class).hasCause(TranslationTests.this.failure);
			TranslationTests.this.trace.assertEvents("enter first", "try last",
					"exit first: failed by " + thrown.getMessage());
		}

		@Test
		void t3_holdsOfAPartThatOthersRelease() {
			Resource<String> whole = TranslationTests.this.trace.resource("first").and(TranslationTests.this.wrapping);
			Resource<String> delegating = () -> {
				Held<String> held = whole.acquire();
				return Held.of(held.value(), held::release);
			};
			IllegalStateException before = new IllegalStateException("before");
			Throwable thrown = thrownBy((scope) -> {
				scope.enter(delegating.and(Resource.of(() -> "last", (value, outcome) -> {
					throw before;
				})));
				fail();
			});
			assertThat(thrown).isInstanceOf(DatabaseError.class).hasCause(TranslationTests.this.failure);
			assertThat(TranslationTests.this.failure.getSuppressed()).containsExactly(before);
			TranslationTests.this.trace.assertEvents("enter first", "exit first: failed by " + thrown.getMessage());
		}

		@Test
		void t3_ofAReentrantResourceHappensAtItsLastExit() {
			Resource<String> reentrant = TranslationTests.this.wrapping.reentrant();
			Throwable thrown = thrownBy((scope) -> {
				scope.enter(reentrant);
				scope.enter(TranslationTests.this.trace.resource("between"));
				scope.enter(reentrant);
				fail();
			});
			assertThat(thrown).isInstanceOf(DatabaseError.class).hasCause(TranslationTests.this.failure);
			TranslationTests.this.trace.assertEvents("enter between", "exit between: failed by body");
		}

		@Test
		void t3_mayBeSuppressedAfterwards() {
			assertThatNoException().isThrownBy(() -> ResourceScope.run((scope) -> {
				scope.enter(TranslationTests.this.trace.resource("outer"));
				scope.enter(Resources.suppressing(DatabaseError.class));
				scope.enter(TranslationTests.this.wrapping);
				fail();
			}));
			TranslationTests.this.trace.assertEvents("enter outer", "exit outer: succeeded");
		}

		@Test
		void t3_goesThroughAReleaseThatSuppressesOthers() {
			Throwable thrown = thrownBy((scope) -> {
				scope.enter(TranslationTests.this.trace.resource("outer"));
				scope.enter(Resources.suppressing(FileNotFoundException.class)
					.onRelease(TranslationTests.this.trace.resource("first").and(TranslationTests.this.wrapping)));
				fail();
			});
			assertThat(thrown).isInstanceOf(DatabaseError.class).hasCause(TranslationTests.this.failure);
			TranslationTests.this.trace.assertEvents("enter outer", "enter first",
					"exit first: failed by " + thrown.getMessage(), "exit outer: failed by " + thrown.getMessage());
		}

		@Test
		void t3_thatItsReleaseSuppressesLeavesTheFailureAsItWas() {
			Throwable thrown = thrownBy((scope) -> {
				scope.enter(TranslationTests.this.trace.resource("outer"));
				scope.enter(Resources.suppressing(DatabaseError.class).onRelease(TranslationTests.this.wrapping));
				fail();
			});
			assertThat(thrown).isSameAs(TranslationTests.this.failure).hasNoSuppressedExceptions();
			TranslationTests.this.trace.assertEvents("enter outer", "exit outer: failed by body");
		}

		@Test
		void t3_changesAFactInNothingButItsFailure() {
			ResourceScope scope = ResourceScope.open();
			scope.enter(TranslationTests.this.trace.resource("outer"));
			scope.enter(TranslationTests.this.wrapping);
			List<Throwable> later = new ArrayList<>();
			Throwable left = scope.end(Outcome.unknown(TranslationTests.this.failure), TranslationTests.this.failure,
					later);
			assertThat(left).isInstanceOf(DatabaseError.class).hasCause(TranslationTests.this.failure);
			assertThat(later).isEmpty();
			TranslationTests.this.trace.assertEvents("enter outer",
					"exit outer: unknown by " + ((left != null) ? left.getMessage() : ""));
		}

		@Test
		void t3_ofAFactThatIsOnItsWayToNobodyIsALaterFailure() {
			ResourceScope scope = ResourceScope.open();
			scope.enter(TranslationTests.this.trace.resource("outer"));
			scope.enter(TranslationTests.this.wrapping);
			assertThat(scope.end(Outcome.failed(TranslationTests.this.failure))).singleElement()
				.isInstanceOf(DatabaseError.class);
			TranslationTests.this.trace.assertEvents("enter outer", "exit outer: failed by body");
		}

	}

	@Nested
	class OfAnAround {

		private final Around<String> around = (body) -> {
			try {
				body.run("value");
			}
			catch (Exception ex) {
				throw new RuntimeException("issue29692:Chained", ex);
			}
		};

		@Test
		@DisplayName("test_contextmanager_non_normalised")
		void failureWithoutTextOrStackTraceIsTranslated() {
			RuntimeException bare = new RuntimeException(null, null, false, false) {
			};
			Around<String> woo = (body) -> {
				try {
					body.run("value");
				}
				catch (RuntimeException ex) {
					throw new SyntaxError(ex);
				}
			};
			assertThatExceptionOfType(SyntaxError.class).isThrownBy(() -> woo.run((value) -> {
				throw bare;
			})).withCause(bare);
		}

		@Test
		@DisplayName("test_contextmanager_do_not_unchain_non_stopiteration_exceptions")
		void chainIsKept() {
			ArithmeticException division = new ArithmeticException();
			assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> this.around.run((value) -> {
				throw division;
			})).withMessage("issue29692:Chained").withCause(division);
		}

		@Test
		@DisplayName("test_contextmanager_wrap_runtimeerror")
		void failureIsWrapped() {
			Around<String> wrapping = (body) -> {
				try {
					body.run("value");
				}
				catch (Exception ex) {
					throw new RuntimeException("caught " + ex, ex);
				}
			};
			assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> wrapping.call((value) -> 1 / zero()))
				.withMessage("caught java.lang.ArithmeticException: / by zero")
				.withCauseInstanceOf(ArithmeticException.class);
		}

		@Test
		@DisplayName("test_dont_reraise_RuntimeError")
		void translationIsNeitherTranslatedBackNorChainedTwice() {
			IllegalStateException unique = new IllegalStateException("please no infinite loop.");
			Resource<String> second = Resource.of(() -> "second", (value, outcome) -> {
				if (outcome.failure() != null) {
					throw new Exception("new exception", outcome.failure());
				}
			});
			Resource<String> first = Resource.of(() -> "first", (value, outcome) -> {
				if (outcome.failure() != null) {
					throw Failures.rethrow(outcome.failure());
				}
			});
			Throwable thrown = thrownBy((scope) -> {
				scope.enter(second);
				scope.enter(first);
				throw unique;
			});
			assertThat(thrown).isExactlyInstanceOf(Exception.class)
				.hasMessage("new exception")
				.hasCause(unique)
				.hasNoSuppressedExceptions();
			assertThat(unique).hasNoCause().hasNoSuppressedExceptions();
		}

		@Test
		void t3_neverPrecedesAMisuse() {
			Around<String> twice = (body) -> {
				try {
					body.run("first");
				}
				catch (IOException ex) {
					try {
						body.run("second");
					}
					catch (IllegalStateException misuse) {
						throw new DatabaseError(ex);
					}
				}
			};
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> twice.run((value) -> fail()))
				.isSameAs(TranslationTests.this.failure);
			assertThat(TranslationTests.this.failure.getSuppressed()).singleElement()
				.asInstanceOf(InstanceOfAssertFactories.THROWABLE)
				.hasMessageContaining("ran it a second time");
		}

		@Test
		void t3_keepsTheInterruptThatItHides() {
			InterruptedException interrupt = new InterruptedException("body");
			Throwable thrown = catchThrowable(() -> this.around.run((value) -> {
				throw interrupt;
			}));
			assertThat(Thread.interrupted()).isTrue();
			assertThat(thrown).hasMessage("issue29692:Chained").hasCause(interrupt);
		}

		private static int zero() {
			return 0;
		}

	}

	@Nested
	class ByTheVerb {

		@Test
		void translatesTheBodysFailureForTheCallerAndForWhatWasEnteredEarlier() {
			Throwable thrown = thrownBy((scope) -> {
				scope.enter(TranslationTests.this.trace.resource("outer"));
				scope.enter(Resources.translating(IOException.class, DatabaseError::new));
				scope.enter(TranslationTests.this.trace.resource("inner"));
				fail();
			});
			assertThat(thrown).isInstanceOf(DatabaseError.class)
				.hasCause(TranslationTests.this.failure)
				.hasNoSuppressedExceptions();
			TranslationTests.this.trace.assertEvents("enter outer", "enter inner", "exit inner: failed by body",
					"exit outer: failed by " + thrown.getMessage());
		}

		@Test
		void translatesTheFailureOfARelease() {
			Throwable thrown = thrownBy((scope) -> {
				scope.enter(Resources.translating(IOException.class, DatabaseError::new));
				scope.onExit(failing(TranslationTests.this.failure));
			});
			assertThat(thrown).isInstanceOf(DatabaseError.class).hasCause(TranslationTests.this.failure);
		}

		@Test
		void translatesTheFailureOfAnEntry() {
			Throwable thrown = thrownBy((scope) -> {
				scope.enter(Resources.translating(IOException.class, DatabaseError::new));
				scope.enter(TranslationTests.this.trace.unavailable("a", TranslationTests.this.failure));
			});
			assertThat(thrown).isInstanceOf(DatabaseError.class).hasCause(TranslationTests.this.failure);
			thrown = thrownBy((scope) -> scope.enter(Resources.translating(IOException.class, DatabaseError::new)
				.and(TranslationTests.this.trace.unavailable("b", TranslationTests.this.failure))));
			assertThat(thrown).isInstanceOf(DatabaseError.class).hasCause(TranslationTests.this.failure);
		}

		@Test
		void translatesSubclassesAndNothingElse() {
			FileNotFoundException missing = new FileNotFoundException("missing");
			assertThat(thrownBy((scope) -> {
				scope.enter(Resources.translating(IOException.class, DatabaseError::new));
				throw missing;
			})).isInstanceOf(DatabaseError.class).hasCause(missing);
			IllegalStateException other = new IllegalStateException("other");
			assertThat(thrownBy((scope) -> {
				scope.enter(Resources.translating(IOException.class, DatabaseError::new));
				throw other;
			})).isSameAs(other);
			assertThatNoException().isThrownBy(() -> ResourceScope
				.run((scope) -> scope.enter(Resources.translating(IOException.class, DatabaseError::new))));
		}

		@Test
		void letsPassWhatIsNormalizedAlready() {
			Throwable thrown = thrownBy((scope) -> {
				scope.enter(Resources.translating(IOException.class, DatabaseError::new));
				scope.enter(Resources.translating(IOException.class, DatabaseError::new));
				fail();
			});
			assertThat(thrown).isInstanceOf(DatabaseError.class).hasCause(TranslationTests.this.failure);
			DatabaseError normalized = new DatabaseError(TranslationTests.this.failure);
			assertThat(thrownBy((scope) -> {
				scope.enter(Resources.translating(Exception.class,
						(ex) -> (ex instanceof DatabaseError) ? ex : new DatabaseError(ex)));
				throw normalized;
			})).isSameAs(normalized).hasNoSuppressedExceptions();
		}

		@Test
		void translatesATranslation() {
			Throwable thrown = thrownBy((scope) -> {
				scope.enter(Resources.translating(DatabaseError.class, SyntaxError::new));
				scope.enter(Resources.translating(IOException.class, DatabaseError::new));
				fail();
			});
			assertThat(thrown).isInstanceOf(SyntaxError.class).cause().isInstanceOf(DatabaseError.class);
			assertThat(thrown.getCause()).hasCause(TranslationTests.this.failure);
		}

		@Test
		void suppressesAfterwards() {
			assertThatNoException().isThrownBy(() -> ResourceScope.run((scope) -> {
				scope.enter(TranslationTests.this.trace.resource("outer"));
				scope.enter(Resources.suppressing(DatabaseError.class));
				scope.enter(Resources.translating(IOException.class, DatabaseError::new));
				fail();
			}));
			TranslationTests.this.trace.assertEvents("enter outer", "exit outer: succeeded");
		}

		@Test
		void addsTheCauseThatTheTranslatorLeftOut() {
			Throwable thrown = thrownBy((scope) -> {
				scope.enter(Resources.translating(IOException.class, (ex) -> new DatabaseError()));
				fail();
			});
			assertThat(thrown).isInstanceOf(DatabaseError.class).hasCause(TranslationTests.this.failure);
		}

		@Test
		void carriesTheFailureWhereTheCauseIsAnother() {
			IllegalStateException other = new IllegalStateException("other");
			for (DatabaseError translation : List.of(new DatabaseError(other), new DatabaseError("none", null))) {
				Throwable cause = translation.getCause();
				Throwable thrown = thrownBy((scope) -> {
					scope.enter(Resources.translating(IOException.class, (ex) -> translation));
					fail();
				});
				assertThat(thrown).isSameAs(translation);
				assertThat(thrown.getCause()).isSameAs(cause);
				assertThat(thrown.getSuppressed()).containsExactly(TranslationTests.this.failure);
			}
		}

		@Test
		void unwrapsWithoutACycle() {
			Throwable thrown = thrownBy((scope) -> {
				scope.enter(Resources.translating(ExecutionException.class, Throwable::getCause));
				throw new ExecutionException("wrapped", TranslationTests.this.failure);
			});
			assertThat(thrown).isSameAs(TranslationTests.this.failure).hasNoCause();
			assertThat(thrown.getSuppressed()).singleElement()
				.satisfies((carried) -> assertThat(carried).hasMessageContaining("wrapped").hasNoCause());
		}

		@Test
		void takesOutWhatTheFailureCarriesWithoutACycle() {
			DatabaseError carried = new DatabaseError();
			TranslationTests.this.failure.addSuppressed(carried);
			Throwable thrown = thrownBy((scope) -> {
				scope.enter(Resources.translating(IOException.class, (ex) -> ex.getSuppressed()[0]));
				fail();
			});
			assertThat(thrown).isSameAs(carried).hasNoCause();
			assertThat(thrown.getSuppressed()).singleElement()
				.satisfies((copy) -> assertThat(copy).hasMessageContaining("body").hasNoSuppressedExceptions());
		}

		@Test
		void translatorThatFailsLeavesTheFailureAsItWas() {
			for (Throwable broken : List.of(new IllegalArgumentException("translator"), new StackOverflowError())) {
				IOException body = new IOException("body");
				Throwable thrown = thrownBy((scope) -> {
					scope.enter(TranslationTests.this.trace.resource("outer"));
					scope.enter(Resources.translating(IOException.class, (ex) -> {
						throw Failures.rethrow(broken);
					}));
					throw body;
				});
				assertThat(thrown).isSameAs(body);
				assertThat(thrown.getSuppressed()).containsExactly(broken);
			}
			TranslationTests.this.trace.assertEvents("enter outer", "exit outer: failed by body", "enter outer",
					"exit outer: failed by body");
		}

		@Test
		void translatorThatThrowsBecauseOfTheFailureHasTranslated() {
			Throwable thrown = thrownBy((scope) -> {
				scope.enter(Resources.translating(IOException.class, (ex) -> {
					throw new UncheckedIOException(ex);
				}));
				fail();
			});
			assertThat(thrown).isInstanceOf(UncheckedIOException.class).hasCause(TranslationTests.this.failure);
			assertThat(thrownBy((scope) -> {
				scope.enter(Resources.translating(IOException.class, (ex) -> {
					throw Failures.rethrow(ex);
				}));
				throw TranslationTests.this.failure;
			})).isSameAs(TranslationTests.this.failure).hasNoSuppressedExceptions();
		}

		@Test
		@SuppressWarnings("NullAway")
		void translatorThatReturnsNothingLeavesTheFailureAsItWas() {
			Throwable thrown = thrownBy((scope) -> {
				scope.enter(Resources.translating(IOException.class, (ex) -> null));
				fail();
			});
			assertThat(thrown).isSameAs(TranslationTests.this.failure);
			assertThat(thrown.getSuppressed()).singleElement()
				.satisfies((ex) -> assertThat(ex).isInstanceOf(NullPointerException.class)
					.hasMessage("The translator of java.io.IOException must not return null: return the failure itself"
							+ " to let it pass"));
		}

		@Test
		void translatesEachFailureWhereTheOutcomeIsAFact() {
			ResourceScope scope = ResourceScope.open();
			scope.enter(TranslationTests.this.trace.resource("outer"));
			scope.enter(Resources.translating(IOException.class, DatabaseError::new));
			scope.onExit(failing(new FileNotFoundException("release")));
			scope.onExit(failing(new IllegalStateException("other")));
			List<Throwable> later = new ArrayList<>(List.of(new IOException("earlier")));
			Throwable left = scope.end(Outcome.failed(TranslationTests.this.failure), TranslationTests.this.failure,
					later);
			assertThat(left).isInstanceOf(DatabaseError.class).hasCause(TranslationTests.this.failure);
			assertThat(later).hasExactlyElementsOfTypes(DatabaseError.class, IllegalStateException.class,
					DatabaseError.class);
			TranslationTests.this.trace.assertEvents("enter outer",
					"exit outer: failed by " + ((left != null) ? left.getMessage() : ""));
		}

		@Test
		void translatesWhereOthersReleaseIt() {
			Resource<Class<IOException>> translating = Resources.translating(IOException.class, DatabaseError::new);
			Resource<String> delegating = () -> Held.of("value", translating.acquire()::release);
			assertThat(thrownBy((scope) -> {
				scope.enter(delegating);
				fail();
			})).isInstanceOf(DatabaseError.class).hasCause(TranslationTests.this.failure);
		}

		@Test
		void hasTheTypeAsItsValueAndMayBeShared() {
			Resource<Class<IOException>> translating = Resources.translating(IOException.class, DatabaseError::new);
			ResourceScope.run((scope) -> assertThat(scope.enter(translating)).isSameAs(IOException.class));
			Callable<String> wrapped = translating.wrap(() -> {
				throw TranslationTests.this.failure;
			});
			assertThatExceptionOfType(DatabaseError.class).isThrownBy(wrapped::call);
		}

		@Test
		@SuppressWarnings("NullAway")
		void rejectsNull() {
			assertThatNullPointerException().isThrownBy(() -> Resources.translating(null, DatabaseError::new))
				.withMessage("type must not be null");
			assertThatNullPointerException().isThrownBy(() -> Resources.translating(IOException.class, null))
				.withMessage("translator must not be null");
		}

		@Test
		void resultOfACallIsNotLostWithATranslationThatIsSuppressed() {
			assertThatIllegalStateException().isThrownBy(() -> ResourceScope.call((scope) -> {
				scope.enter(Resources.suppressing(DatabaseError.class));
				scope.enter(Resources.translating(IOException.class, DatabaseError::new));
				throw TranslationTests.this.failure;
			})).withMessageContaining("no result to return");
		}

	}

	/** As people write them, with a constructor for everything. */
	static class DatabaseError extends RuntimeException {

		DatabaseError() {
		}

		DatabaseError(String message) {
			super(message);
		}

		DatabaseError(Throwable cause) {
			super(cause);
		}

		DatabaseError(String message, @Nullable Throwable cause) {
			super(message, cause);
		}

	}

	static class SyntaxError extends Error {

		SyntaxError(Throwable cause) {
			super(cause);
		}

	}

}
