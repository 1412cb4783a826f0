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
 * Resources that share one outcome: scopes that release what was entered in them, and
 * what can be done with any resource.
 *
 * <pre>
 * Resources  the catalogue: Suppressing, ActivityLog, ...
 *     |
 * Resource  &lt;-&gt;  ResourceScope       what is acquired, and where
 *     |               |
 *   Held   &lt;---   Unwinding            what is held, and the way out
 *     |               |
 *  Outcome        Failures             how it ended, and the first failure with all later ones
 * </pre>
 *
 * <p>
 * What takes part in the way out knows it, and not the scope. Resources of one kind have
 * packages of their own, each with a catalogue: locks and permits, rate limits, files,
 * settings, what needs Micrometer, what needs Spring. This one knows none of them.
 * Threads that release something on their own are in a package below.
 *
 * <p>
 * Needs nothing but the JDK and SLF4J; may be used with or without a transaction.
 *
 * @serial exclude
 */
@NullMarked
package io.transactionscope.resource;

import io.transactionscope.resource.failure.Failures;
import org.jspecify.annotations.NullMarked;
