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

import java.sql.SQLException;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Random trees of blocks on two data sources, with failures in every phase, against a
 * model of the contract. {@code -Dtransaction-scope.test.blocks} says how many blocks
 * each database gets, and {@code -Dtransaction-scope.test.seed} which ones.
 */
class RandomTreeContractTests {

	private static final int BLOCKS = Integer.getInteger("transaction-scope.test.blocks", 2000);

	private static final long SEED = Long.getLong("transaction-scope.test.seed", 1);

	@ParameterizedTest
	@MethodSource("io.transactionscope.contract.Grove#all")
	@DisplayName("T1 to T6, T11, R1 to R4: what is thrown, carried, committed, called and released is what the model says")
	void treesEndAsTheModelSays(Grove grove) throws SQLException {
		System.out.println("%d blocks at random on %s, seed %d".formatted(BLOCKS, grove, SEED));
		for (long blocks = 0, seed = SEED; blocks < BLOCKS; seed++) {
			Tree tree = new TreePlanter(new Random(seed)).tree();
			if (differs(grove, tree)) {
				Tree smallest = new TreePruner((each) -> differs(grove, each)).prune(tree);
				assertThat(actual(grove, smallest)).as("seed %d on %s: %s", seed, grove, smallest)
					.isEqualTo(new TreeModel(grove).of(smallest));
			}
			blocks += tree.size();
		}
		grove.verifyAndReset();
	}

	private static boolean differs(Grove grove, Tree tree) {
		return !actual(grove, tree).equals(new TreeModel(grove).of(tree));
	}

	private static List<String> actual(Grove grove, Tree tree) {
		List<String> actual = new TreeRun(grove).of(tree);
		grove.verifyAndClear(tree);
		return actual;
	}

}
