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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Array;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Wrapper;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.Modifier;
import javax.lang.model.element.TypeElement;
import javax.lang.model.element.VariableElement;
import javax.lang.model.type.DeclaredType;
import javax.lang.model.type.TypeKind;
import javax.lang.model.util.ElementFilter;
import javax.tools.ToolProvider;

import com.sun.source.util.JavacTask;

import org.springframework.javapoet.AnnotationSpec;
import org.springframework.javapoet.ClassName;
import org.springframework.javapoet.CodeBlock;
import org.springframework.javapoet.JavaFile;
import org.springframework.javapoet.MethodSpec;
import org.springframework.javapoet.ParameterizedTypeName;
import org.springframework.javapoet.TypeSpec;
import org.springframework.javapoet.TypeVariableName;

/**
 * Writes {@code Delegation}: for each type of JDBC that is watched, an interface that
 * hands its methods on. Reads JDBC as the compiler has it for the oldest Java that is
 * supported, whichever runs this. To be started with Spring's core on the class path, the
 * directory to write to and that release.
 */
final class DelegationGenerator {

	private static final ClassName DELEGATION = ClassName.get("io.transactionscope.pool.tracked", "Delegation");

	/** What comes back is not the driver's. */
	private static final Set<String> TRACKED = Set.of("java.sql.ResultSet", "java.sql.Array", "java.lang.Object");

	/** What leads there is not handed on: somebody has to say where to. */
	private static final Set<String> LEADING_BACK = Set.of("java.sql.Connection", "java.sql.Statement",
			"java.sql.PreparedStatement", "java.sql.CallableStatement", "java.sql.DatabaseMetaData");

	/** What may be ours, and goes to a driver that knows its own only. */
	private static final Set<String> OWN = Set.of("java.sql.Array", "java.lang.Object", "java.lang.Object[]");

	/** What changes or reads a row in the database. */
	private static final Set<String> SENT = Set.of("ResultSet.updateRow", "ResultSet.insertRow", "ResultSet.deleteRow",
			"ResultSet.refreshRow");

	private static final TypeVariableName T = TypeVariableName.get("T");

	private final JavacTask compiler;

	private DelegationGenerator(String release) {
		this.compiler = (JavacTask) ToolProvider.getSystemJavaCompiler()
			.getTask(null, null, null, List.of("--release", release, "-proc:none"), List.of("java.lang.Object"), null);
	}

	public static void main(String[] args) throws IOException {
		String source = new DelegationGenerator(args[1]).write();
		Path file = Path.of(args[0], DELEGATION.canonicalName().replace('.', '/') + ".java");
		// Written anew, it would have everything compiled.
		if (!Files.exists(file) || !Files.readString(file).equals(source)) {
			Files.createDirectories(file.getParent());
			Files.writeString(file, source);
		}
	}

	private String write() {
		TypeSpec delegation = TypeSpec.classBuilder(DELEGATION)
			.addJavadoc("JDBC, handed on. Written by {@code $L}.\n", getClass().getName())
			.addAnnotation(ClassName.get("org.jspecify.annotations", "NullUnmarked"))
			.addAnnotation(
					AnnotationSpec.builder(SuppressWarnings.class).addMember("value", "$S", "deprecation").build())
			.addModifiers(Modifier.FINAL)
			.addMethod(MethodSpec.constructorBuilder().addModifiers(Modifier.PRIVATE).build())
			.addMethod(plain())
			.addMethod(own())
			.addMethod(allOwn())
			.addType(tracking())
			.addType(sending())
			.addType(of(Connection.class, null).addMethod(tracked(Array.class, "array")).build())
			.addType(sending(Statement.class).addMethod(hook(String.class, "sql").build()).build())
			.addType(of(PreparedStatement.class, Statement.class).build())
			.addType(of(CallableStatement.class, PreparedStatement.class).addMethod(tracked(Array.class, "array"))
				.build())
			.addType(sending(ResultSet.class).addMethod(tracked(Array.class, "array")).build())
			.addType(sending(DatabaseMetaData.class).build())
			.addType(of(Array.class, null).addSuperinterface(DELEGATION.nestedClass("Tracking")).build())
			.build();
		return JavaFile.builder(DELEGATION.packageName(), delegation)
			.indent("\t")
			.skipJavaLangImports(true)
			.build()
			.toString();
	}

	/** Return whether a value is none of JDBC's: to ask for an interface takes longer. */
	private static MethodSpec plain() {
		return MethodSpec.methodBuilder("isPlain")
			.addModifiers(Modifier.PRIVATE, Modifier.STATIC)
			.returns(boolean.class)
			.addParameter(Object.class, "value")
			.addStatement("return value == null || value.getClass().getClassLoader() == null || value instanceof $T",
					Date.class)
			.build();
	}

	/** Return the driver's own behind what may be ours. */
	private static MethodSpec own() {
		return MethodSpec.methodBuilder("own")
			.addModifiers(Modifier.STATIC)
			.returns(Object.class)
			.addParameter(Object.class, "value")
			.addStatement("return (!isPlain(value) && value instanceof $T array) ? array.delegate() : value",
					nameFor(Array.class))
			.build();
	}

	/** Return values that are the driver's own: as they are, unless one is ours. */
	private static MethodSpec allOwn() {
		return MethodSpec.methodBuilder("own")
			.addModifiers(Modifier.STATIC)
			.returns(Object[].class)
			.addParameter(Object[].class, "values")
			.addStatement("Object[] all = values")
			.beginControlFlow("for (int i = 0; values != null && i < values.length; i++)")
			.addStatement("Object own = own(values[i])")
			.beginControlFlow("if (own != values[i])")
			.addStatement("all = (all == values) ? values.clone() : all")
			.addStatement("all[i] = own")
			.endControlFlow()
			.endControlFlow()
			.addStatement("return all")
			.build();
	}

	private static TypeSpec tracking() {
		return TypeSpec.interfaceBuilder("Tracking")
			.addMethod(tracked(ResultSet.class, "rows"))
			.addMethod(MethodSpec.methodBuilder("tracked")
				.addModifiers(Modifier.PUBLIC, Modifier.DEFAULT)
				.returns(Object.class)
				.addParameter(Object.class, "value")
				.addException(SQLException.class)
				.addStatement("return (!isPlain(value) && value instanceof $T rows) ? tracked(rows) : value",
						ResultSet.class)
				.build())
			.addMethod(MethodSpec.methodBuilder("tracked")
				.addModifiers(Modifier.PUBLIC, Modifier.DEFAULT)
				.addTypeVariable(T)
				.returns(T)
				.addParameter(T, "value")
				.addParameter(ParameterizedTypeName.get(ClassName.get(Class.class), T), "type")
				.addException(SQLException.class)
				.addStatement("return (type == $T.class) ? type.cast(tracked(value)) : value", ResultSet.class)
				.build())
			.build();
	}

	/** What is sent to the database has a begin and an end. */
	private static TypeSpec sending() {
		return TypeSpec.interfaceBuilder("Sending")
			.addMethod(hook(void.class, "begin").addParameter(String.class, "sql")
				.addException(SQLException.class)
				.build())
			.addMethod(hook(SQLException.class, "failed").addParameter(SQLException.class, "failure").build())
			.addMethod(hook(void.class, "end").build())
			.build();
	}

	private TypeSpec.Builder sending(Class<?> type) {
		return of(type, null).addSuperinterface(DELEGATION.nestedClass("Tracking"))
			.addSuperinterface(DELEGATION.nestedClass("Sending"));
	}

	private static MethodSpec tracked(Class<?> type, String name) {
		return hook(type, "tracked").addParameter(type, name).addException(SQLException.class).build();
	}

	private static ClassName nameFor(Class<?> type) {
		return DELEGATION.nestedClass("Of" + type.getSimpleName());
	}

	private static MethodSpec.Builder hook(Class<?> returned, String name) {
		return MethodSpec.methodBuilder(name).addModifiers(Modifier.PUBLIC, Modifier.ABSTRACT).returns(returned);
	}

	private TypeSpec.Builder of(Class<?> type, Class<?> parent) {
		TypeElement element = this.compiler.getElements().getTypeElement(type.getName());
		TypeSpec.Builder builder = TypeSpec.interfaceBuilder(nameFor(type)).addSuperinterface(type);
		if (parent != null) {
			builder.addSuperinterface(nameFor(parent));
		}
		builder.addMethod(hook(type, "delegate").build());
		for (ExecutableElement method : methods(element, parent == null)) {
			builder.addMethod(handOn(method, (DeclaredType) element.asType()));
		}
		return builder;
	}

	private List<ExecutableElement> methods(TypeElement type, boolean unwrapped) {
		List<ExecutableElement> methods = new ArrayList<>(ElementFilter.methodsIn(type.getEnclosedElements()));
		TypeElement wrapper = this.compiler.getElements().getTypeElement(Wrapper.class.getName());
		if (unwrapped && this.compiler.getTypes().isSubtype(type.asType(), wrapper.asType())) {
			methods.addAll(ElementFilter.methodsIn(wrapper.getEnclosedElements()));
		}
		methods.removeIf((each) -> each.getModifiers().contains(Modifier.STATIC)
				|| LEADING_BACK.contains(each.getReturnType().toString()));
		// The compilers do not agree on the order.
		methods.sort(Comparator.comparing(Object::toString));
		return methods;
	}

	private MethodSpec handOn(ExecutableElement method, DeclaredType type) {
		String arguments = method.getParameters()
			.stream()
			.map(DelegationGenerator::argument)
			.collect(Collectors.joining(", "));
		CodeBlock call = CodeBlock.of("delegate().$L($L)", method.getSimpleName(), arguments);
		if (TRACKED.contains(method.getReturnType().toString())) {
			call = CodeBlock.of("tracked($L)", call);
		}
		else if (method.getSimpleName().contentEquals("getObject")) {
			call = CodeBlock.of("tracked($L, $L)", call, method.getParameters().get(1));
		}
		CodeBlock statement = (method.getReturnType().getKind() == TypeKind.VOID) ? call
				: CodeBlock.of("return $L", call);
		MethodSpec.Builder builder = MethodSpec.overriding(method, type, this.compiler.getTypes())
			.addModifiers(Modifier.DEFAULT);
		CodeBlock sent = sent(method, ((TypeElement) type.asElement()).getSimpleName() + "." + method.getSimpleName());
		return ((sent != null) ? execution(builder, sent, statement) : builder.addStatement(statement)).build();
	}

	/**
	 * Return what a method sends, if it does: a statement's SQL, or what the driver makes
	 * of the call itself.
	 */
	private static CodeBlock sent(ExecutableElement method, String name) {
		if (method.getSimpleName().toString().startsWith("execute")) {
			return CodeBlock.of(method.getParameters().isEmpty() ? "sql()" : method.getParameters().get(0).toString());
		}
		boolean asks = name.startsWith("DatabaseMetaData.")
				&& method.getReturnType().toString().equals(ResultSet.class.getName());
		return (asks || SENT.contains(name)) ? CodeBlock.of("$S", name + "()") : null;
	}

	private static String argument(VariableElement parameter) {
		String type = parameter.asType().toString();
		String cast = type.equals("java.sql.Array") ? "(Array) " : "";
		return OWN.contains(type) ? cast + "own(" + parameter + ")" : parameter.toString();
	}

	private static MethodSpec.Builder execution(MethodSpec.Builder builder, CodeBlock sent, CodeBlock statement) {
		return builder.addStatement("begin($L)", sent)
			.beginControlFlow("try")
			.addStatement(statement)
			.nextControlFlow("catch ($T ex)", SQLException.class)
			.addStatement("throw failed(ex)")
			.nextControlFlow("finally")
			.addStatement("end()")
			.endControlFlow();
	}

}
