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
 * Looks at the classes of the application when it starts, and finds the annotated methods
 * that a method of the same object calls, past the proxy.
 *
 * <pre>
 * the start -&gt; SelfInvocationLint -&gt; SelfInvocations, for each class of a bean
 *                                    -&gt; BeanCode: its methods and those it inherits
 *                                       -&gt; ClassCode, read by MethodReader, which knows by its OperandStack
 *                                          what is called on "this"
 *                                    -&gt; Annotated: what a call asks for, and what it loses
 * </pre>
 *
 * <p>
 * Who is told of a fault that is none stops reading. So what is not certain is not
 * reported: a lambda counts only where the JDK or Kotlin's library is given it, as
 * anything else may open a transaction around it; a method that opens one in code is left
 * out, and so are constructors. A caller without annotation is reported although all that
 * call it may have a transaction: that is seen nowhere in its class, and is the reason
 * for the default, which is not to look.
 */
@NullMarked
package io.transactionscope.autoconfigure.lint;

import org.jspecify.annotations.NullMarked;
