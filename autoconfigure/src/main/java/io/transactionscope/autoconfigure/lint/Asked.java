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

package io.transactionscope.autoconfigure.lint;

import org.jspecify.annotations.Nullable;

/**
 * What an annotation asks for around a method.
 */
interface Asked {

	/**
	 * Return the annotation, as one writes it.
	 */
	String annotation();

	/**
	 * Return what does the same in code.
	 */
	String inCode();

	/**
	 * Return what is lost when the method is called without a proxy.
	 * @param around what is around the caller, if anything
	 * @return what happens instead, or {@code null} where that is what would happen with
	 * a proxy, too
	 */
	@Nullable String lossIn(@Nullable Asked around);

}
