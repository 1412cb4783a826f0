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

package io.transactionscope.resource;

import io.transactionscope.resource.failure.Failures;

/**
 * Makes sure that what the way out of a scope needs of the stack is there before it
 * begins: with too little of it, the scope fails while nothing is held yet.
 *
 * @since 0.1.0
 */
public final class StackReserve {

	/** How much of the stack it takes to load a class, in frames of the same size. */
	private static final int TO_LOAD = 8;

	private static boolean ready;

	private StackReserve() {
	}

	/**
	 * Do nothing, at the depth that the way out of a scope may get to.
	 * @throws StackOverflowError if there is too little left of the stack
	 */
	public static void probe() {
		reserve(TO_LOAD);
	}

	/**
	 * Do nothing, in a large frame. No variable is ever written, so that this costs next
	 * to nothing: an interpreter makes room for them, and compiled code looks whether
	 * there is room, as it has to be able to go on in the interpreter, at the latest in a
	 * branch that was never taken.
	 */
	@SuppressWarnings({ "unused", "UnusedVariable", "MultiVariableDeclaration" })
	private static void reserve(int more) {
		long a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, b0, b1, b2, b3,
				b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15, b16, b17, b18, b19, c0, c1, c2, c3, c4, c5, c6,
				c7, c8, c9, c10, c11, c12, c13, c14, c15, c16, c17, c18, c19, d0, d1, d2, d3, d4, d5, d6, d7, d8, d9,
				d10, d11, d12, d13, d14, d15, d16, d17, d18, d19, e0, e1, e2, e3, e4, e5, e6, e7, e8, e9, e10, e11, e12,
				e13, e14, e15, e16, e17, e18, e19, f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15,
				f16, f17, f18, f19, g0, g1, g2, g3, g4, g5, g6, g7, g8, g9, g10, g11, g12, g13, g14, g15, g16, g17, g18,
				g19, h0, h1, h2, h3, h4, h5, h6, h7, h8, h9, h10, h11, h12, h13, h14, h15, h16, h17, h18, h19, i0, i1,
				i2, i3, i4, i5, i6, i7, i8, i9, i10, i11, i12, i13, i14, i15, i16, i17, i18, i19, j0, j1, j2, j3, j4,
				j5, j6, j7, j8, j9, j10, j11, j12, j13, j14, j15, j16, j17, j18, j19, k0, k1, k2, k3, k4, k5, k6, k7,
				k8, k9, k10, k11, k12, k13, k14, k15, k16, k17, k18, k19, l0, l1, l2, l3, l4, l5, l6, l7, l8, l9, l10,
				l11, l12, l13, l14, l15, l16, l17, l18, l19, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13,
				m14, m15, m16, m17, m18, m19, n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11, n12, n13, n14, n15, n16,
				n17, n18, n19, o0, o1, o2, o3, o4, o5, o6, o7, o8, o9, o10, o11, o12, o13, o14, o15, o16, o17, o18, o19,
				p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15, p16, p17, p18, p19, q0, q1, q2,
				q3, q4, q5, q6, q7, q8, q9, q10, q11, q12, q13, q14, q15, q16, q17, q18, q19, r0, r1, r2, r3, r4, r5,
				r6, r7, r8, r9, r10, r11, r12, r13, r14, r15, r16, r17, r18, r19, s0, s1, s2, s3, s4, s5, s6, s7, s8,
				s9, s10, s11, s12, s13, s14, s15, s16, s17, s18, s19, t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11,
				t12, t13, t14, t15, t16, t17, t18, t19, u0, u1, u2, u3, u4, u5, u6, u7, u8, u9, u10, u11, u12, u13, u14,
				u15, u16, u17, u18, u19, v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15, v16, v17,
				v18, v19, w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15, w16, w17, w18, w19, x0,
				x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15, x16, x17, x18, x19, y0, y1, y2, y3,
				y4, y5, y6, y7, y8, y9, y10, y11, y12, y13, y14, y15, y16, y17, y18, y19, z0, z1, z2, z3, z4, z5, z6,
				z7, z8, z9, z10, z11;
		if (!ready) {
			prepare(more);
		}
	}

	/**
	 * At the first time, load what only a failure needs, but not with so little of the
	 * stack that a class cannot be initialized, and never is again.
	 */
	private static void prepare(int more) {
		if (more > 0) {
			reserve(more - 1);
			return;
		}
		ready = true;
		try {
			rehearse();
		}
		catch (Throwable ex) {
			ready = false;
			throw ex;
		}
	}

	private static void rehearse() {
		Unwinding unwinding = new Unwinding(true);
		unwinding.push(Held.of("", (outcome) -> {
		}));
		unwinding.unwind(null);
		Throwable first = new IllegalStateException();
		Failures.suppress(first, new IllegalStateException(first));
		Apart apart = new Apart(Outcome.failed(first));
		apart.keep(new IllegalStateException(first));
		apart.leftOf(first);
	}

}
