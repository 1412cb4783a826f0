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

/**
 * Resources that are acquired and released asynchronously, by
 * {@link java.util.concurrent.CompletionStage}s, and the scope that releases them.
 *
 * <h2>Decisions</h2>
 * <ul>
 * <li><b>A {@code BlockFuture} that is cancelled is completed at once</b>, as the JDK has
 * it; that everything is released is told by its {@code ended()}.</li>
 * <li><b>The end waits for what is just being acquired</b>, and releases it.
 * {@code acquireWithin} bounds the wait, {@code releaseWithin} that for a release;
 * neither is cancelled.</li>
 * <li><b>There is no {@code reentrant()}.</b> What an asynchronous block does belongs to
 * no thread, so that a nested entry cannot be told from one beside it: {@code shared()}
 * is for both.</li>
 * </ul>
 *
 * @serial exclude
 */
@NullMarked
package io.transactionscope.resource.async;

import org.jspecify.annotations.NullMarked;
