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
 * Meters of connection pools by scope, beside those of HikariCP: {@link PoolMetrics}
 * follows the ledgers that come and go, each of which has its {@code PoolMeters}, and in
 * them {@code DiagnosisMeters}, and {@code ScopeMeters} for each scope. What they are
 * called, and mean, is in {@link PoolMeterDocumentation}. {@code Histograms} are recorded
 * lease by lease for who asks for them. And how often failures were suppressed:
 * {@link SuppressionMetrics}.
 */
@NullMarked
package io.transactionscope.metrics;

import org.jspecify.annotations.NullMarked;
