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
import java.util.List;

import org.springframework.asm.Opcodes;

/**
 * What lies on the stack while the code of a method is read from its beginning to its
 * end: a {@code long} or {@code double} takes two places. It matters only which of it is
 * {@code this}, and which is a lambda that calls one of its methods.
 */
final class OperandStack {

	private final List<Operand> places;

	OperandStack() {
		this.places = new ArrayList<>();
	}

	private OperandStack(List<Operand> places) {
		this.places = new ArrayList<>(places);
	}

	OperandStack copy() {
		return new OperandStack(this.places);
	}

	/** What is left where two ways meet. */
	void merge(OperandStack other) {
		for (int i = 0; i < this.places.size(); i++) {
			if (i >= other.places.size() || !this.places.get(i).equals(other.places.get(i))) {
				this.places.set(i, Operand.Known.OTHER);
			}
		}
	}

	void push(Operand operand) {
		this.places.add(operand);
	}

	void push(int size) {
		for (int i = 0; i < size; i++) {
			push(Operand.Known.OTHER);
		}
	}

	Operand pop() {
		return this.places.remove(this.places.size() - 1);
	}

	/**
	 * Take what lies on top.
	 * @return the places, from below
	 */
	List<Operand> pop(int size) {
		List<Operand> top = this.places.subList(this.places.size() - size, this.places.size());
		List<Operand> popped = List.copyOf(top);
		top.clear();
		return popped;
	}

	/** Copy what lies on top, and put the copy below so many further places. */
	private void duplicate(int size, int below) {
		int top = this.places.size();
		this.places.addAll(top - size - below, List.copyOf(this.places.subList(top - size, top)));
	}

	/** Do what an instruction without operands of its own does. */
	void apply(int opcode) {
		switch (opcode) {
			case Opcodes.DUP -> duplicate(1, 0);
			case Opcodes.DUP_X1 -> duplicate(1, 1);
			case Opcodes.DUP_X2 -> duplicate(1, 2);
			case Opcodes.DUP2 -> duplicate(2, 0);
			case Opcodes.DUP2_X1 -> duplicate(2, 1);
			case Opcodes.DUP2_X2 -> duplicate(2, 2);
			case Opcodes.SWAP -> {
				duplicate(1, 1);
				pop();
			}
			default -> grow(growth(opcode));
		}
	}

	private void grow(int growth) {
		if (growth < 0) {
			pop(-growth);
		}
		else {
			push(growth);
		}
	}

	/** By how many places the stack is higher. What is computed is never of interest. */
	private static int growth(int opcode) {
		return switch (opcode) {
			case Opcodes.LCONST_0, Opcodes.LCONST_1, Opcodes.DCONST_0, Opcodes.DCONST_1 -> 2;
			case Opcodes.ACONST_NULL, Opcodes.ICONST_M1, Opcodes.ICONST_0, Opcodes.ICONST_1, Opcodes.ICONST_2,
					Opcodes.ICONST_3, Opcodes.ICONST_4, Opcodes.ICONST_5, Opcodes.FCONST_0, Opcodes.FCONST_1,
					Opcodes.FCONST_2, Opcodes.I2L, Opcodes.I2D, Opcodes.F2L, Opcodes.F2D ->
				1;
			case Opcodes.IALOAD, Opcodes.FALOAD, Opcodes.AALOAD, Opcodes.BALOAD, Opcodes.CALOAD, Opcodes.SALOAD,
					Opcodes.POP, Opcodes.IADD, Opcodes.FADD, Opcodes.ISUB, Opcodes.FSUB, Opcodes.IMUL, Opcodes.FMUL,
					Opcodes.IDIV, Opcodes.FDIV, Opcodes.IREM, Opcodes.FREM, Opcodes.ISHL, Opcodes.LSHL, Opcodes.ISHR,
					Opcodes.LSHR, Opcodes.IUSHR, Opcodes.LUSHR, Opcodes.IAND, Opcodes.IOR, Opcodes.IXOR, Opcodes.L2I,
					Opcodes.L2F, Opcodes.D2I, Opcodes.D2F, Opcodes.FCMPL, Opcodes.FCMPG, Opcodes.MONITORENTER,
					Opcodes.MONITOREXIT ->
				-1;
			case Opcodes.POP2, Opcodes.LADD, Opcodes.DADD, Opcodes.LSUB, Opcodes.DSUB, Opcodes.LMUL, Opcodes.DMUL,
					Opcodes.LDIV, Opcodes.DDIV, Opcodes.LREM, Opcodes.DREM, Opcodes.LAND, Opcodes.LOR, Opcodes.LXOR ->
				-2;
			case Opcodes.IASTORE, Opcodes.FASTORE, Opcodes.AASTORE, Opcodes.BASTORE, Opcodes.CASTORE, Opcodes.SASTORE,
					Opcodes.LCMP, Opcodes.DCMPL, Opcodes.DCMPG ->
				-3;
			case Opcodes.LASTORE, Opcodes.DASTORE -> -4;
			default -> 0;
		};
	}

}
