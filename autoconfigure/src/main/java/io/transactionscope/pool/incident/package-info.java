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
 * What is told of a pool over time: {@code Incidents} numbers the spells in which nobody
 * gets a connection, tells each beginning and each end once, and keeps what was reported
 * of them in {@code ReportGroup}s.
 *
 * <p>
 * All of this is public for the ledger alone, and may change with any version.
 */
@NullMarked
package io.transactionscope.pool.incident;

import org.jspecify.annotations.NullMarked;
