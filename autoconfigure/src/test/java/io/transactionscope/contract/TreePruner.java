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

package io.transactionscope.contract;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

/**
 * Finds the smallest tree that still has what a larger one has.
 *
 * @param has whether a tree has it
 */
record TreePruner(Predicate<Tree> has) {

	Tree prune(Tree tree) {
		for (Tree each : smaller(tree)) {
			if (this.has.test(each)) {
				return prune(each);
			}
		}
		return tree;
	}

	private static List<Tree> smaller(Tree tree) {
		List<Tree> smaller = new ArrayList<>();
		tree.steps().stream().map(Tree.Step::inner).filter((each) -> each != null).forEach(smaller::add);
		for (int i = 0; i < tree.steps().size(); i++) {
			smaller.add(tree.with(without(tree.steps(), i)));
		}
		if (tree.fault() != Tree.Fault.NONE) {
			smaller.add(new Tree(tree.name(), tree.kind(), tree.way(), tree.side(), tree.steps(), Tree.Fault.NONE));
		}
		if (tree.way() != Tree.Written.LAMBDA) {
			smaller
				.add(new Tree(tree.name(), tree.kind(), Tree.Written.LAMBDA, tree.side(), tree.steps(), tree.fault()));
		}
		for (int i = 0; i < tree.steps().size(); i++) {
			for (Tree.Step each : smaller(tree.steps().get(i))) {
				List<Tree.Step> steps = new ArrayList<>(tree.steps());
				steps.set(i, each);
				smaller.add(tree.with(steps));
			}
		}
		return smaller;
	}

	private static List<Tree.Step> smaller(Tree.Step step) {
		List<Tree.Step> smaller = new ArrayList<>();
		Tree inner = step.inner();
		if (inner != null) {
			inner.steps().stream().filter((each) -> each.inner() != null).forEach(smaller::add);
			smaller(inner).forEach((each) -> smaller.add(with(step, step.fails(), step.releaseFails(), each)));
		}
		if (step.fails()) {
			smaller.add(with(step, false, step.releaseFails(), inner));
		}
		if (step.releaseFails()) {
			smaller.add(with(step, step.fails(), false, inner));
		}
		return smaller;
	}

	private static Tree.Step with(Tree.Step step, boolean fails, boolean releaseFails, @Nullable Tree inner) {
		return new Tree.Step(step.deed(), step.name(), step.side(), fails, releaseFails, step.outward(), inner);
	}

	private static List<Tree.Step> without(List<Tree.Step> steps, int index) {
		List<Tree.Step> rest = new ArrayList<>(steps);
		rest.remove(index);
		return rest;
	}

}
