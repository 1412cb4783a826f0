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

package io.transactionscope.autoconfigure.actuate;

import io.transactionscope.actuate.PoolsPage;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.http.HttpMethod;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.function.HandlerFunction;
import org.springframework.web.servlet.function.RequestPredicate;
import org.springframework.web.servlet.function.RequestPredicates;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerResponse;
import org.springframework.web.servlet.function.support.RouterFunctionMapping;
import org.springframework.web.servlet.handler.MappedInterceptor;

/**
 * {@link ManagementContextConfiguration @ManagementContextConfiguration} that serves the
 * page of the endpoint {@code pools} by Spring MVC.
 */
@ManagementContextConfiguration(proxyBeanMethods = false)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass({ DispatcherServlet.class, HttpServletRequest.class })
@ConditionalOnBean({ DispatcherServlet.class, PoolsPage.class })
class PoolsPageWebMvcManagementContextConfiguration {

	/** Before the mapping of the endpoints, which has -100 and knows of JSON only. */
	private static final int ORDER = -101;

	@Bean
	RouterFunctionMapping poolsPageHandlerMapping(PoolsPage page) {
		RouterFunctionMapping mapping = new RouterFunctionMapping(routes(page));
		mapping.setOrder(ORDER);
		return mapping;
	}

	@Bean
	MappedInterceptor poolsPageHeaders(PoolsPage page) {
		return new MappedInterceptor(new String[] { page.path(), page.path() + "/**" }, new HeadersInterceptor(page));
	}

	private static RouterFunction<ServerResponse> routes(PoolsPage page) {
		RouterFunctions.Builder routes = RouterFunctions.route();
		routes.route(path(page.frame()).and((request) -> page.isAskedFor(request.headers().accept())),
				sending(page.frame()));
		page.parts().forEach((part) -> routes.route(path(part), sending(part)));
		return routes.build();
	}

	private static RequestPredicate path(PoolsPage.File file) {
		return RequestPredicates.methods(HttpMethod.GET, HttpMethod.HEAD).and(RequestPredicates.path(file.path()));
	}

	private static HandlerFunction<ServerResponse> sending(PoolsPage.File file) {
		byte[] content = file.content();
		return (request) -> ServerResponse.ok().contentType(file.type()).body(content);
	}

	private record HeadersInterceptor(PoolsPage page) implements HandlerInterceptor {

		@Override
		public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
			this.page.headers().forEach(response::setHeader);
			return true;
		}

	}

}
