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

import java.util.List;
import java.util.Map;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.ReactiveTransactionManager;

/**
 * A server that writes pairs: one in a plain request, several in a stream of events, each
 * in one transaction.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration(
		excludeName = "org.springframework.boot.tomcat.autoconfigure.reactive.TomcatReactiveWebServerAutoConfiguration")
class StormServer {

	static ConfigurableApplicationContext start(StormDatabase database, List<Class<?>> configuration) {
		SpringApplication application = new SpringApplicationBuilder(StormServer.class)
			.sources(configuration.toArray(Class<?>[]::new))
			.web(WebApplicationType.REACTIVE)
			.build();
		application.setRegisterShutdownHook(false);
		return application.run("--server.port=0", "--spring.r2dbc.url=" + database.url(),
				"--spring.r2dbc.pool.initial-size=5", "--spring.r2dbc.pool.max-size=5", "--spring.main.banner-mode=off",
				"--spring.main.log-startup-info=false", "--logging.config=classpath:logback-test.xml");
	}

	@Bean
	Pairs pairs() {
		return new Pairs();
	}

	@Bean
	Transactor operator(ReactiveTransactionManager transactionManager) {
		return new OperatorTransactor(transactionManager);
	}

	@Bean
	AnnotatedTransactor methods() {
		return new AnnotatedTransactor();
	}

	/** Not the methods' own bean: what calls itself passes by its proxy. */
	@Bean
	Transactor annotated(AnnotatedTransactor methods) {
		return AnnotatedTransactor.through(methods);
	}

	@Bean
	StormController controller(Map<String, Transactor> transactors, DatabaseClient client, Pairs pairs) {
		return new StormController(transactors, client, pairs);
	}

}
