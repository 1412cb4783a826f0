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

import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.asm.ClassReader;
import org.springframework.asm.ClassVisitor;
import org.springframework.asm.MethodVisitor;
import org.springframework.asm.SpringAsmInfo;
import org.springframework.util.ClassUtils;

/**
 * The methods of a class that have code.
 */
final class ClassCode extends ClassVisitor {

	private final Map<Signature, MethodCode> methods = new LinkedHashMap<>();

	private String name = "";

	private String source = "";

	private ClassCode() {
		super(SpringAsmInfo.ASM_VERSION);
	}

	/**
	 * Read a class. There is nothing to be read of one that has been generated, nor in a
	 * native image.
	 * @return its methods, none where it cannot be read
	 */
	static Map<Signature, MethodCode> of(Class<?> type) {
		try (InputStream bytes = type.getResourceAsStream(ClassUtils.getClassFileName(type))) {
			if (bytes == null) {
				return Map.of();
			}
			ClassCode code = new ClassCode();
			new ClassReader(bytes).accept(code, ClassReader.SKIP_FRAMES);
			return code.methods;
		}
		catch (IOException | RuntimeException ex) {
			// Such as of a version of Java that is not known yet
			return Map.of();
		}
	}

	@Override
	public void visit(int version, int access, String name, @Nullable String signature, @Nullable String superName,
			String @Nullable [] interfaces) {
		this.name = name;
		this.source = name.substring(name.lastIndexOf('/') + 1);
	}

	@Override
	public void visitSource(@Nullable String source, @Nullable String debug) {
		if (source != null) {
			this.source = source;
		}
	}

	@Override
	public MethodVisitor visitMethod(int access, String name, String descriptor, @Nullable String signature,
			String @Nullable [] exceptions) {
		return new MethodReader(this.name, access, descriptor) {

			@Override
			public void visitEnd() {
				ClassCode.this.methods.put(new Signature(name, descriptor), code(ClassCode.this.source));
			}

		};
	}

}
