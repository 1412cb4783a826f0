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
 * Incidents, provoked for real in a running service, and what is read of each: what the
 * exception, the health, the page and the meters say has to be the same true cause.
 * Beside each stands its near miss, of which it must not be said.
 */
@NullMarked
package io.transactionscope.incident;

import org.jspecify.annotations.NullMarked;
