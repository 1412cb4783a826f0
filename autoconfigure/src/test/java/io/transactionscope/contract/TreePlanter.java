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
import java.util.Random;

import org.jspecify.annotations.Nullable;

/**
 * Makes trees.
 */
final class TreePlanter {

	private static final int HEIGHT = 4;

	private final Random random;

	private final double failureRate;

	private int names;

	TreePlanter(Random random) {
		this.random = random;
		this.failureRate = random.nextDouble() * 0.4;
	}

	Tree tree() {
		return tree(HEIGHT);
	}

	private Tree tree(int height) {
		Tree.Kind kind = any(Tree.Kind.values());
		Tree.Written way = any(Tree.Written.values());
		String name = name("block");
		List<Tree.Step> steps = new ArrayList<>();
		for (int i = this.random.nextInt(6); i > 0; i--) {
			steps.add(step(kind, height));
		}
		Tree.Fault fault = fails() ? any(Tree.Fault.values()) : Tree.Fault.NONE;
		return new Tree(name, kind, way, side(), steps, fault);
	}

	private Tree.Step step(Tree.Kind kind, int height) {
		Tree.Deed deed;
		boolean outward;
		do {
			deed = any(Tree.Deed.values());
			outward = deed.fitsFromInside(Tree.Kind.REQUIRED) && this.random.nextInt(4) == 0;
		}
		while ((deed == Tree.Deed.INNER && height == 1)
				|| ((deed == Tree.Deed.THROW || deed == Tree.Deed.SET_ROLLBACK_ONLY) && !fails())
				|| (!outward && !deed.fits(kind)));
		@Nullable Tree inner = (deed == Tree.Deed.INNER) ? tree(height - 1) : null;
		return new Tree.Step(deed, name("step"), side(), (inner != null) ? this.random.nextBoolean() : fails(), fails(),
				outward, inner);
	}

	/** Mostly the first, so that blocks of one data source are in each other. */
	private int side() {
		return (this.random.nextInt(4) == 0) ? 1 : 0;
	}

	private String name(String what) {
		this.names++;
		return what + " " + this.names;
	}

	private <T> T any(T[] choice) {
		return List.of(choice).get(this.random.nextInt(choice.length));
	}

	private boolean fails() {
		return this.random.nextDouble() < this.failureRate;
	}

}
