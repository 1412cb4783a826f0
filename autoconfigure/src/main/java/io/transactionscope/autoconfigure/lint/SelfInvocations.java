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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.transactionscope.autoconfigure.lint.BeanCode.BeanMethod;
import io.transactionscope.autoconfigure.lint.OwnCall.Way;
import org.jspecify.annotations.Nullable;

import org.springframework.util.ReflectionUtils;

/**
 * Follows the calls within an object, from each method that may be called from elsewhere
 * to the annotated ones, and finds those that lose something by it.
 */
final class SelfInvocations {

	private final Class<?> type;

	private final BeanCode code;

	private final Annotated annotated;

	/** By the place of the call, where one is enough. */
	private final Map<String, SelfInvocation> findings = new LinkedHashMap<>();

	private SelfInvocations(Class<?> type, BeanCode code, Annotated annotated) {
		this.type = type;
		this.code = code;
		this.annotated = annotated;
	}

	/**
	 * Find them in the class of a bean. Its code is read only if it has annotated
	 * methods.
	 */
	static List<SelfInvocation> in(Class<?> type, List<Annotated> kinds) {
		List<Annotated> present = kinds.stream().filter((kind) -> hasSome(type, kind)).toList();
		if (present.isEmpty()) {
			return List.of();
		}
		BeanCode code = new BeanCode(type);
		return present.stream().flatMap((kind) -> new SelfInvocations(type, code, kind).find().stream()).toList();
	}

	private static boolean hasSome(Class<?> type, Annotated annotated) {
		if (!annotated.mayHaveSomeIn(type)) {
			return false;
		}
		for (Method method : ReflectionUtils.getUniqueDeclaredMethods(type)) {
			if (!method.isSynthetic() && annotated.find(method, type) != null) {
				return true;
			}
		}
		return false;
	}

	private List<SelfInvocation> find() {
		this.code.entries().forEach(this::follow);
		return List.copyOf(this.findings.values());
	}

	private void follow(BeanMethod entry) {
		Asked around = asked(entry);
		Set<BeanMethod> seen = new HashSet<>(Set.of(entry));
		Deque<Step> next = new ArrayDeque<>(List.of(new Step(null, entry)));
		while (!next.isEmpty()) {
			Step step = next.remove();
			for (OwnCall call : step.method().code().opensByItself() ? List.<OwnCall>of()
					: step.method().code().calls()) {
				BeanMethod target = isFollowed(call, around) ? this.code.target(call) : null;
				if (target != null) {
					Asked asked = (call.way() == Way.EXACT && target.isOverridable()) ? null : asked(target);
					if (asked != null) {
						compare(new Step(step, target), call, asked, around);
					}
					else if (seen.add(target)) {
						next.add(new Step(step, target));
					}
				}
			}
		}
	}

	/** On another thread, there is nothing around it any more, or something else. */
	private static boolean isFollowed(OwnCall call, @Nullable Asked around) {
		return switch (call.way()) {
			case DIRECT, EXACT -> true;
			case ELSEWHERE -> around == null;
			case UNKNOWN -> false;
		};
	}

	private void compare(Step step, OwnCall call, Asked asked, @Nullable Asked around) {
		String loss = step.method().code().callsAnything() ? asked.lossIn(around) : null;
		if (loss != null && step.before() != null) {
			String place = step.before().method().code().source() + ((call.line() > 0) ? ":" + call.line() : "");
			this.findings.putIfAbsent(place + call.callee(),
					new SelfInvocation(this.type.getSimpleName(), step.path(), place, asked, loss));
		}
	}

	private @Nullable Asked asked(BeanMethod method) {
		Method reflected = method.isMade() ? null : method.reflect();
		return (reflected != null) ? this.annotated.find(reflected, this.type) : null;
	}

	/** A method on the way, and how one came there. */
	private record Step(@Nullable Step before, BeanMethod method) {

		List<String> path() {
			List<String> path = new ArrayList<>((this.before != null) ? this.before.path() : List.of());
			if (!this.method.isMade()) {
				path.add(this.method.signature().name());
			}
			return path;
		}

	}

}
