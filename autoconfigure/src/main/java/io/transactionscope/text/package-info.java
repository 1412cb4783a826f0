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
 * What a name is made of, whose code it stands for, and what it goes through before it
 * stands in a log or in the message of an exception.
 *
 * <p>
 * Public for the packages of this project, and may change with any version.
 */
@NullMarked
package io.transactionscope.text;

import org.jspecify.annotations.NullMarked;
