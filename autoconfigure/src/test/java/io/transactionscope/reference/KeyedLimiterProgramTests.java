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

package io.transactionscope.reference;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

import com.sun.net.httpserver.HttpServer;
import io.micrometer.observation.ObservationRegistry;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.ResourceUnavailableException;
import io.transactionscope.resource.Resources;
import io.transactionscope.resource.observation.ObservedResources;
import io.transactionscope.resource.ratelimit.RateLimitByKey;
import io.transactionscope.resource.ratelimit.RateLimitResources;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A client of a remote service that limits each of its users.
 */
@ExtendWith(OutputCaptureExtension.class)
class KeyedLimiterProgramTests {

	private HttpServer server;

	private volatile int status = 200;

	private volatile Duration delay = Duration.ZERO;

	private Weather weather;

	@BeforeEach
	void start() throws IOException {
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.server.createContext("/", (exchange) -> {
			try (exchange) {
				Thread.sleep(this.delay.toMillis());
				byte[] body = "sunny".getBytes(StandardCharsets.UTF_8);
				exchange.sendResponseHeaders(this.status, body.length);
				exchange.getResponseBody().write(body);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		});
		this.server.start();
		this.weather = new Weather(URI.create("http://localhost:" + this.server.getAddress().getPort() + "/"));
	}

	@AfterEach
	void stop() {
		this.server.stop(0);
	}

	@Test
	void eachUserHasALimitOfTheirOwn() throws IOException {
		assertThat(this.weather.forecast("ann")).isEqualTo("sunny");
		assertThat(this.weather.forecast("ann")).isEqualTo("sunny");
		assertThatExceptionOfType(ResourceUnavailableException.class).isThrownBy(() -> this.weather.forecast("ann"));
		assertThat(this.weather.forecast("bob")).isEqualTo("sunny");
	}

	@Test
	void aCallThatFailsIsTranslatedAndGivesItsSlotBack() throws IOException {
		this.status = 503;
		for (int i = 0; i < 3; i++) {
			assertThatExceptionOfType(WeatherUnavailableException.class).isThrownBy(() -> this.weather.forecast("ann"))
				.withCauseInstanceOf(IOException.class);
		}
		this.status = 200;
		assertThat(this.weather.forecast("ann")).isEqualTo("sunny");
	}

	@Test
	void aSlowCallIsAWarningInTheLog(CapturedOutput output) throws IOException {
		this.delay = Duration.ofMillis(150);
		this.weather.forecast("ann");
		assertThat(output.getOut().lines()).anyMatch((line) -> line.contains("forecast for ann succeeded after"))
			.anyMatch((line) -> line.contains("WARN") && line.contains("weather.forecast took"));
	}

	// tag::weather[]
	private static final class Weather {

		private final ObservationRegistry registry = ObservationRegistry.create();

		private final RateLimitByKey<String> perUser = RateLimitResources.perKey(2, Duration.ofMinutes(1),
				Duration.ZERO);

		private final URI uri;

		Weather(URI uri) {
			this.uri = uri;
		}

		String forecast(String user) throws IOException {
			return ResourceScope.call((scope) -> {
				scope.enter(Resources.logged("forecast for {}", user));
				scope.enter(ObservedResources.timed(this.registry, "weather.forecast", Duration.ofMillis(100)));
				scope.enter(Resources.translating(IOException.class, WeatherUnavailableException::new));
				scope.enter(this.perUser.of(user));
				return get();
			});
		}

		private String get() throws IOException {
			try (InputStream answer = this.uri.toURL().openStream()) {
				return new String(answer.readAllBytes(), StandardCharsets.UTF_8);
			}
		}

	}
	// end::weather[]

	private static final class WeatherUnavailableException extends IOException {

		WeatherUnavailableException(IOException cause) {
			super("There is no forecast", cause);
		}

	}

}
