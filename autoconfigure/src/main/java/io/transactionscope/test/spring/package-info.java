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
 * What Spring's TestContext framework does for an application with scopes, in tests on
 * JUnit, TestNG or whatever drives it. A test class that has a
 * {@code @TestExecutionListeners} of its own, as the base classes for TestNG do, names
 * the listeners of this package there, or merges with the defaults.
 */
@NullMarked
package io.transactionscope.test.spring;

import org.jspecify.annotations.NullMarked;
