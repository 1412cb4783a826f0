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

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

import io.transactionscope.annotation.ScopedTransaction;
import io.transactionscope.annotation.ScopedTransactionAdvisor;
import io.transactionscope.annotation.WithResource;
import io.transactionscope.annotation.WithResourceAdvisor;
import io.transactionscope.autoconfigure.lint.AskedTransaction.Relation;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.Advisor;
import org.springframework.aop.PointcutAdvisor;
import org.springframework.beans.BeansException;
import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.annotation.BeanFactoryAnnotationUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.transaction.TransactionManager;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.interceptor.TransactionAttribute;
import org.springframework.transaction.interceptor.TransactionAttributeSource;
import org.springframework.transaction.interceptor.TransactionInterceptor;

/**
 * The methods around which proxies do something, by what their advisors say. With
 * AspectJ's weaving there are none of these advisors, and nothing is lost: there, the
 * method itself opens its transaction.
 */
final class Annotated {

	private final ConfigurableListableBeanFactory beanFactory;

	private final List<PointcutAdvisor> advisors;

	private Annotated(ConfigurableListableBeanFactory beanFactory, Stream<PointcutAdvisor> advisors) {
		this.beanFactory = beanFactory;
		this.advisors = advisors.toList();
	}

	/** Those that run in a transaction. */
	static Annotated withTransactions(ConfigurableListableBeanFactory beanFactory) {
		return new Annotated(beanFactory,
				advisors(beanFactory).filter((advisor) -> advisor instanceof ScopedTransactionAdvisor
						|| advisor.getAdvice() instanceof TransactionInterceptor));
	}

	/** Those that hold resources. */
	static Annotated withResources(ConfigurableListableBeanFactory beanFactory) {
		return new Annotated(beanFactory, advisors(beanFactory).filter(WithResourceAdvisor.class::isInstance));
	}

	private static Stream<PointcutAdvisor> advisors(ConfigurableListableBeanFactory beanFactory) {
		return BeanFactoryUtils.beansOfTypeIncludingAncestors(beanFactory, Advisor.class, true, false)
			.values()
			.stream()
			.filter(PointcutAdvisor.class::isInstance)
			.map(PointcutAdvisor.class::cast);
	}

	/** Whether methods of a class may be among them. */
	boolean mayHaveSomeIn(Class<?> type) {
		return this.advisors.stream().anyMatch((advisor) -> advisor.getPointcut().getClassFilter().matches(type));
	}

	/**
	 * Return what is asked for around a method.
	 * @param method a method as it is implemented
	 * @param type the class of the bean
	 * @return {@code null} for nothing
	 */
	@Nullable Asked find(Method method, Class<?> type) {
		for (PointcutAdvisor advisor : this.advisors) {
			if (advisor.getPointcut().getClassFilter().matches(type)
					&& advisor.getPointcut().getMethodMatcher().matches(method, type)) {
				Asked asked = asked(advisor, method, type);
				if (asked != null) {
					return asked;
				}
			}
		}
		return null;
	}

	private @Nullable Asked asked(PointcutAdvisor advisor, Method method, Class<?> type) {
		if (advisor instanceof WithResourceAdvisor) {
			return new AskedResources(List.of(annotation(WithResource.class, method).value()));
		}
		if (advisor instanceof ScopedTransactionAdvisor) {
			ScopedTransaction annotation = annotation(ScopedTransaction.class, method);
			return new AskedTransaction("@ScopedTransaction", Relation.valueOf(annotation.propagation().name()),
					manager(annotation.transactionManager()));
		}
		TransactionAttributeSource source = ((TransactionInterceptor) advisor.getAdvice())
			.getTransactionAttributeSource();
		TransactionAttribute attribute = (source != null) ? source.getTransactionAttribute(method, type) : null;
		return (attribute != null && !isAnnotatedByItsClassOnly(method))
				? new AskedTransaction("@Transactional", relation(attribute), manager(attribute.getQualifier())) : null;
	}

	/** By which a private method has no more than what is around those that call it. */
	private static boolean isAnnotatedByItsClassOnly(Method method) {
		return Modifier.isPrivate(method.getModifiers())
				&& !AnnotatedElementUtils.hasAnnotation(method, Transactional.class);
	}

	private static <A extends Annotation> A annotation(Class<A> type, Method method) {
		A onMethod = AnnotatedElementUtils.findMergedAnnotation(method, type);
		return (onMethod != null) ? onMethod : Objects.requireNonNull(
				AnnotatedElementUtils.findMergedAnnotation(method.getDeclaringClass(), type), method::toString);
	}

	private static Relation relation(TransactionAttribute attribute) {
		for (Propagation propagation : Propagation.values()) {
			if (propagation.value() == attribute.getPropagationBehavior()) {
				return Relation.valueOf(propagation.name());
			}
		}
		return Relation.SUPPORTS;
	}

	private @Nullable TransactionManager manager(@Nullable String qualifier) {
		try {
			String resolved = this.beanFactory.resolveEmbeddedValue((qualifier != null) ? qualifier : "");
			return (resolved == null || resolved.isBlank())
					? this.beanFactory.getBeanProvider(TransactionManager.class).getIfUnique()
					: BeanFactoryAnnotationUtils.qualifiedBeanOfType(this.beanFactory, TransactionManager.class,
							resolved);
		}
		catch (BeansException | IllegalArgumentException ex) {
			return null;
		}
	}

}
