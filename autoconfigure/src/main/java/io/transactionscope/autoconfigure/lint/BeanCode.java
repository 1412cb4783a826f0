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

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.transactionscope.autoconfigure.lint.OwnCall.Way;
import io.transactionscope.text.ApplicationCode;
import org.jspecify.annotations.Nullable;

import org.springframework.asm.Opcodes;
import org.springframework.asm.Type;
import org.springframework.util.ClassUtils;

/**
 * The methods of a bean, those that it inherits from other classes of the application
 * included.
 */
final class BeanCode {

	private static final int NOT_OVERRIDDEN = Opcodes.ACC_PRIVATE | Opcodes.ACC_STATIC;

	private static final int NO_ENTRY = NOT_OVERRIDDEN | Opcodes.ACC_SYNTHETIC;

	/** From the class of the bean up, and then its interfaces. */
	private final Map<Class<?>, Map<Signature, MethodCode>> classes = new LinkedHashMap<>();

	/** Each as it runs when it is called from elsewhere. */
	private final Map<Signature, BeanMethod> methods = new LinkedHashMap<>();

	private final Set<Signature> called = new HashSet<>();

	BeanCode(Class<?> type) {
		for (Class<?> each : hierarchy(type)) {
			Map<Signature, MethodCode> code = ClassCode.of(each);
			this.classes.put(each, code);
			code.forEach((signature, method) -> {
				this.methods.putIfAbsent(signature, new BeanMethod(each, signature, method));
				method.calls().forEach((call) -> this.called.add(call.callee()));
			});
		}
	}

	private static Collection<Class<?>> hierarchy(Class<?> type) {
		List<Class<?>> hierarchy = new ArrayList<>();
		for (Class<?> each = type; each != null && isOfApplication(each); each = each.getSuperclass()) {
			hierarchy.add(each);
		}
		for (Class<?> each : ClassUtils.getAllInterfacesForClassAsSet(type)) {
			if (isOfApplication(each)) {
				hierarchy.add(each);
			}
		}
		return hierarchy;
	}

	static boolean isOfApplication(Class<?> type) {
		return ApplicationCode.includes(type.getName());
	}

	/**
	 * Return the methods that are called from elsewhere: public ones, and others that
	 * nobody calls here.
	 */
	List<BeanMethod> entries() {
		return this.methods.values().stream().filter(this::isEntry).toList();
	}

	private boolean isEntry(BeanMethod method) {
		return !method.code().is(NO_ENTRY) && !method.signature().name().startsWith("<")
				&& (method.code().is(Opcodes.ACC_PUBLIC) || !this.called.contains(method.signature()));
	}

	/**
	 * Return the method that a call leads to, if its code is known.
	 */
	@Nullable BeanMethod target(OwnCall call) {
		boolean below = call.way() == Way.EXACT;
		for (Map.Entry<Class<?>, Map<Signature, MethodCode>> each : this.classes.entrySet()) {
			boolean named = each.getKey().getName().replace('.', '/').equals(call.owner());
			below &= !named;
			MethodCode code = each.getValue().get(call.callee());
			if (code != null && !below && (named || !code.is(NOT_OVERRIDDEN))) {
				return new BeanMethod(each.getKey(), call.callee(), code);
			}
		}
		return null;
	}

	/**
	 * A method of a bean.
	 *
	 * @param declaring the class that it stands in
	 */
	record BeanMethod(Class<?> declaring, Signature signature, MethodCode code) {

		/** Whether a subclass may have another one in its place. */
		boolean isOverridable() {
			return !this.code.is(NOT_OVERRIDDEN);
		}

		/** Whether it was the compiler that made it, of a lambda or for a type. */
		boolean isMade() {
			return this.code.is(Opcodes.ACC_SYNTHETIC) || this.signature.name().indexOf('$') >= 0;
		}

		@Nullable Method reflect() {
			for (Method method : this.declaring.getDeclaredMethods()) {
				if (method.getName().equals(this.signature.name())
						&& Type.getMethodDescriptor(method).equals(this.signature.descriptor())) {
					return method;
				}
			}
			return null;
		}

	}

}
