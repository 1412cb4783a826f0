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
 * The actuator endpoint {@code pools}: the ledgers as JSON, and a live page for people.
 *
 * <p>
 * {@code PoolsEndpoint} asks the {@code PoolLedgers} and writes what they say into its
 * descriptors, of which {@code PoolSnapshotDescriptor} is the largest;
 * {@code PoolsEndpointWebExtension} finds the same by query parameters. {@code PoolsPage}
 * has the files of the page, whose scripts read nothing but that JSON: each draws one
 * part, and {@code main.js} puts them together.
 *
 * <h2>Decisions</h2>
 * <ul>
 * <li><b>The JSON is what the descriptors say</b>, by name, and not what the facts of a
 * pool happen to be: those may change without whoever reads the JSON.</li>
 * <li><b>The page is no operation.</b> An operation can neither send headers nor have
 * files below it, and style and scripts within the page are what a proxy's content
 * security policy forbids. So the page and its files are served beside the operations, at
 * the endpoint's own path and below it, where access to them is secured with the
 * endpoint.</li>
 * <li><b>The scripts have no words of Java's.</b> What the JSON describes is shown as
 * described, and what it only names (a kind of diagnosis, its details, a new fact of a
 * lease) under that name, so that there may be more of them without a change to the
 * page.</li>
 * </ul>
 */
@NullMarked
package io.transactionscope.actuate;

import org.jspecify.annotations.NullMarked;
