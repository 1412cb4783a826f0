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

import java.util.List;
import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;

/**
 * How the blocks of a scope commit.
 *
 * @param on the exceptions on which to commit all the same
 * @param resolved whether to ask the database what became of a COMMIT that is not
 * answered
 * @param verification tells the same where the database cannot, or {@code null} if
 * nothing does; what it returns is a {@link Boolean}, or in a reactive scope a publisher
 * of one
 * @since 0.1.0
 */
public record CommitTerms(List<Class<?>> on, boolean resolved, @Nullable Callable<?> verification) {

	static final CommitTerms DEFAULT = new CommitTerms(List.of(), false, null);

}
