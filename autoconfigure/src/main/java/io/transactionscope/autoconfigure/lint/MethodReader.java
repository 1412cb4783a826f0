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

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

import io.transactionscope.autoconfigure.lint.Operand.Known;
import io.transactionscope.autoconfigure.lint.Operand.Lambda;
import io.transactionscope.autoconfigure.lint.OwnCall.Way;
import org.jspecify.annotations.Nullable;

import org.springframework.asm.ConstantDynamic;
import org.springframework.asm.Handle;
import org.springframework.asm.Label;
import org.springframework.asm.MethodVisitor;
import org.springframework.asm.Opcodes;
import org.springframework.asm.SpringAsmInfo;
import org.springframework.asm.Type;

/**
 * Finds the calls that a method makes on {@code this}, not on another object of the same
 * class, such as the proxy that has been injected.
 *
 * <p>
 * A static method that is given an object of its class first, as Kotlin's compiler makes
 * them of lambdas and of default values, takes that as {@code this}.
 */
class MethodReader extends MethodVisitor {

	/** What opens transactions, or resources, in code. */
	private static final Pattern IN_CODE = Pattern.compile(".*(?:TransactionManager|TransactionTemplate"
			+ "|TransactionOperations|TransactionalOperator|TransactionScope|UserTransaction|EntityTransaction|ResourceScope)");

	/** What runs a lambda as it is, with nothing around it. */
	private static final Pattern RUNS_AT_ONCE = Pattern.compile("(?:java|kotlin)/.*");

	private static final Pattern RUNS_ELSEWHERE = Pattern.compile(
			"java/lang/Thread.*|java/util/Timer|java/util/concurrent/.*(?:Execut|Future|Task|ForkJoin).*|kotlin/concurrent/.*");

	private final int access;

	private final List<OwnCall> calls = new ArrayList<>();

	private final Map<Integer, Operand> locals = new HashMap<>();

	private final Map<Label, OperandStack> atLabels = new HashMap<>();

	private final Set<Label> handlers = new HashSet<>();

	private OperandStack stack = new OperandStack();

	private boolean reachable = true;

	private int line;

	private boolean callsAnything;

	private boolean opensByItself;

	MethodReader(String owner, int access, String descriptor) {
		super(SpringAsmInfo.ASM_VERSION);
		this.access = access;
		if (!isStatic(access) || takesItself(owner, descriptor)) {
			this.locals.put(0, Known.THIS);
		}
	}

	private static boolean isStatic(int access) {
		return (access & Opcodes.ACC_STATIC) != 0;
	}

	private static boolean takesItself(String owner, String descriptor) {
		Type[] parameters = Type.getArgumentTypes(descriptor);
		return parameters.length > 0 && parameters[0].equals(Type.getObjectType(owner));
	}

	/** What has been found. */
	MethodCode code(String source) {
		return new MethodCode(this.access, source, this.calls, this.callsAnything, this.opensByItself);
	}

	// Calls

	@Override
	public void visitMethodInsn(int opcode, String owner, String name, String descriptor, boolean isInterface) {
		this.callsAnything = true;
		this.opensByItself |= opensInCode(owner);
		List<Operand> arguments = this.stack.pop(argumentsSize(descriptor));
		Operand receiver = (opcode != Opcodes.INVOKESTATIC) ? this.stack.pop()
				: takesItself(owner, descriptor) ? arguments.get(0) : Known.OTHER;
		if (receiver == Known.THIS && !name.equals("<init>")) {
			this.calls.add(new OwnCall(owner, new Signature(name, descriptor), this.line,
					(opcode == Opcodes.INVOKEVIRTUAL || opcode == Opcodes.INVOKEINTERFACE) ? Way.DIRECT : Way.EXACT));
		}
		for (Operand argument : arguments) {
			if (argument instanceof Lambda lambda) {
				add(lambda, way(owner));
			}
		}
		this.stack.push(Type.getReturnType(descriptor).getSize());
	}

	@Override
	public void visitInvokeDynamicInsn(String name, String descriptor, Handle bootstrap, Object... arguments) {
		List<Operand> captured = this.stack.pop(argumentsSize(descriptor));
		Lambda lambda = null;
		for (Object argument : arguments) {
			if (argument instanceof Handle handle) {
				this.opensByItself |= opensInCode(handle.getOwner());
				if (!captured.isEmpty() && captured.get(0) == Known.THIS) {
					lambda = new Lambda(handle.getOwner(), new Signature(handle.getName(), handle.getDesc()),
							this.line);
				}
			}
		}
		if (lambda != null) {
			add(lambda, Way.UNKNOWN);
			this.stack.push(lambda);
		}
		else {
			this.stack.push(Type.getReturnType(descriptor).getSize());
		}
	}

	private void add(Lambda lambda, Way way) {
		this.calls.add(new OwnCall(lambda.owner(), lambda.callee(), lambda.line(), way));
	}

	private static int argumentsSize(String descriptor) {
		// Its "this" is counted, too.
		return (Type.getArgumentsAndReturnSizes(descriptor) >> 2) - 1;
	}

	private static boolean opensInCode(String owner) {
		return IN_CODE.matcher(owner).matches();
	}

	private static Way way(String owner) {
		return RUNS_ELSEWHERE.matcher(owner).matches() ? Way.ELSEWHERE
				: RUNS_AT_ONCE.matcher(owner).matches() ? Way.DIRECT : Way.UNKNOWN;
	}

	// Everything else

	@Override
	public void visitLineNumber(int line, Label start) {
		this.line = line;
	}

	@Override
	public void visitInsn(int opcode) {
		if ((opcode >= Opcodes.IRETURN && opcode <= Opcodes.RETURN) || opcode == Opcodes.ATHROW) {
			this.reachable = false;
		}
		else {
			this.stack.apply(opcode);
		}
	}

	@Override
	public void visitIntInsn(int opcode, int operand) {
		if (opcode != Opcodes.NEWARRAY) {
			this.stack.push(1);
		}
	}

	@Override
	public void visitVarInsn(int opcode, int variable) {
		switch (opcode) {
			case Opcodes.ALOAD -> this.stack.push(this.locals.getOrDefault(variable, Known.OTHER));
			case Opcodes.ILOAD, Opcodes.FLOAD -> this.stack.push(1);
			case Opcodes.LLOAD, Opcodes.DLOAD -> this.stack.push(2);
			case Opcodes.ASTORE -> this.locals.put(variable, this.stack.pop());
			case Opcodes.ISTORE, Opcodes.FSTORE -> store(variable, 1);
			case Opcodes.LSTORE, Opcodes.DSTORE -> store(variable, 2);
			default -> {
			}
		}
	}

	private void store(int variable, int size) {
		this.stack.pop(size);
		this.locals.remove(variable);
	}

	@Override
	public void visitTypeInsn(int opcode, String type) {
		if (opcode == Opcodes.NEW) {
			this.stack.push(1);
		}
		else if (opcode == Opcodes.INSTANCEOF) {
			replace(1, 1);
		}
	}

	@Override
	public void visitFieldInsn(int opcode, String owner, String name, String descriptor) {
		int size = Type.getType(descriptor).getSize();
		switch (opcode) {
			case Opcodes.GETSTATIC -> this.stack.push(size);
			case Opcodes.GETFIELD -> replace(1, size);
			case Opcodes.PUTSTATIC -> this.stack.pop(size);
			default -> this.stack.pop(size + 1);
		}
	}

	private void replace(int popped, int pushed) {
		this.stack.pop(popped);
		this.stack.push(pushed);
	}

	@Override
	public void visitLdcInsn(Object value) {
		int size = (value instanceof ConstantDynamic constant) ? constant.getSize()
				: (value instanceof Long || value instanceof Double) ? 2 : 1;
		this.stack.push(size);
	}

	@Override
	public void visitMultiANewArrayInsn(String descriptor, int dimensions) {
		replace(dimensions, 1);
	}

	// Ways through the method

	@Override
	public void visitJumpInsn(int opcode, Label label) {
		switch (opcode) {
			case Opcodes.GOTO -> {
			}
			case Opcodes.IFEQ, Opcodes.IFNE, Opcodes.IFLT, Opcodes.IFGE, Opcodes.IFGT, Opcodes.IFLE, Opcodes.IFNULL,
					Opcodes.IFNONNULL ->
				this.stack.pop();
			default -> this.stack.pop(2);
		}
		jumpTo(label);
		this.reachable = opcode != Opcodes.GOTO;
	}

	@Override
	public void visitTableSwitchInsn(int min, int max, Label other, Label... labels) {
		jumpToOneOf(other, labels);
	}

	@Override
	public void visitLookupSwitchInsn(Label other, int[] keys, Label[] labels) {
		jumpToOneOf(other, labels);
	}

	private void jumpToOneOf(Label other, Label[] labels) {
		this.stack.pop();
		jumpTo(other);
		for (Label label : labels) {
			jumpTo(label);
		}
		this.reachable = false;
	}

	private void jumpTo(Label label) {
		OperandStack before = this.atLabels.putIfAbsent(label, this.stack.copy());
		if (before != null) {
			before.merge(this.stack);
		}
	}

	@Override
	public void visitTryCatchBlock(Label start, Label end, Label handler, @Nullable String type) {
		this.handlers.add(handler);
	}

	@Override
	public void visitLabel(Label label) {
		OperandStack before = this.atLabels.get(label);
		if (this.handlers.contains(label)) {
			this.stack = new OperandStack();
			this.stack.push(1);
		}
		else if (before != null && this.reachable) {
			this.stack.merge(before);
		}
		else if (before != null) {
			this.stack = before.copy();
		}
		else if (!this.reachable) {
			this.stack = new OperandStack();
		}
		this.reachable = true;
	}

}
