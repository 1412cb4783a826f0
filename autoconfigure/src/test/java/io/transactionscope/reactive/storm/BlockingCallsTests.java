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

package io.transactionscope.reactive.storm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Nothing of ours blocks a thread that must not be blocked, as BlockHound sees it.
 */
class BlockingCallsTests {

	/**
	 * Netty tells BlockHound of the locks of this allocator, not of those of its newer
	 * one.
	 */
	private static final String NETTYS_KNOWN_LOCKS = "-Dio.netty.allocator.type=pooled";

	@Test
	void nothingBlocksButWhatDoesSoDeliberately() throws IOException, InterruptedException {
		StormDatabase database = StormDatabase.postgresql();
		Aftermath.createTables(database);
		List<String> output = run(database.url());
		assertThat(output).as(() -> String.join("\n", output)).last().asString().startsWith(BlockingCalls.DONE);
		List<String> blocked = output.stream().filter((line) -> line.startsWith("Blocked: ")).toList();
		assertThat(blocked).isNotEmpty().allSatisfy((line) -> assertThat(line).contains(BlockingCalls.DELIBERATE));
	}

	private static List<String> run(String url) throws IOException, InterruptedException {
		Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-XX:+IgnoreUnrecognizedVMOptions", "-XX:+AllowRedefinitionToAddDeleteMethods",
				"-XX:+EnableDynamicAgentLoading", "-XX:TieredStopAtLevel=1", NETTYS_KNOWN_LOCKS, "-cp",
				System.getProperty("java.class.path"), BlockingCalls.class.getName(), url)
			.redirectErrorStream(true)
			.start();
		try {
			return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines().toList();
		}
		finally {
			process.destroyForcibly().waitFor();
		}
	}

}
