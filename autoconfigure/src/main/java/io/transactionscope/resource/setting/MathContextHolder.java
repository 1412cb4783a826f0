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

package io.transactionscope.resource.setting;

import java.math.MathContext;

import org.jspecify.annotations.Nullable;

/**
 * The precision and rounding that calculations of the current thread are to use, for code
 * that asks for it: the JDK's own {@link java.math.BigDecimal} takes a context as an
 * argument and knows of no current one.
 *
 * <pre class="code">
 * BigDecimal share = total.divide(parts, MathContextHolder.get());
 * </pre>
 *
 * @see SettingResources#mathContext(MathContext)
 * @since 0.1.0
 */
public final class MathContextHolder {

	static final ThreadLocal<@Nullable MathContext> current = new ThreadLocal<>();

	private MathContextHolder() {
	}

	/**
	 * Return the context of the current thread.
	 * @return the context; {@link MathContext#DECIMAL128} by default
	 */
	public static MathContext get() {
		MathContext context = current.get();
		return (context != null) ? context : MathContext.DECIMAL128;
	}

}
