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

package io.transactionscope;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;

/**
 * Types that know each other in rings, by Tarjan's algorithm. A nested type counts as the
 * one that it is in.
 */
final class Rings {

	private final Map<String, Set<String>> known = new TreeMap<>();

	private final Map<String, Integer> index = new HashMap<>();

	private final Map<String, Integer> low = new HashMap<>();

	private final Deque<String> path = new ArrayDeque<>();

	private final List<Set<String>> rings = new ArrayList<>();

	private Rings(JavaClasses classes) {
		for (JavaClass type : classes) {
			Set<String> all = this.known.computeIfAbsent(outermost(type), (name) -> new TreeSet<>());
			type.getDirectDependenciesFromSelf()
				.stream()
				.map(Dependency::getTargetClass)
				.filter((used) -> classes.contain(used.getName()))
				.map(Rings::outermost)
				.forEach(all::add);
		}
		this.known.keySet().forEach(this::visit);
	}

	/** Those of more than one type, the largest first. */
	static List<Set<String>> of(JavaClasses classes) {
		List<Set<String>> rings = new Rings(classes).rings;
		rings.sort((one, other) -> other.size() - one.size());
		return rings;
	}

	private static String outermost(JavaClass type) {
		JavaClass element = type.getBaseComponentType();
		return element.getEnclosingClass().map(Rings::outermost).orElse(element.getName());
	}

	private void visit(String type) {
		if (this.index.containsKey(type)) {
			return;
		}
		this.index.put(type, this.index.size());
		this.low.put(type, this.index.get(type));
		this.path.push(type);
		for (String next : this.known.getOrDefault(type, Set.of())) {
			visit(next);
			if (this.path.contains(next)) {
				this.low.merge(type, this.low.get(next), Math::min);
			}
		}
		if (this.low.get(type).equals(this.index.get(type))) {
			close(type);
		}
	}

	private void close(String type) {
		Set<String> ring = new TreeSet<>();
		while (!ring.contains(type)) {
			ring.add(this.path.pop());
		}
		if (ring.size() > 1) {
			this.rings.add(ring);
		}
	}

}
