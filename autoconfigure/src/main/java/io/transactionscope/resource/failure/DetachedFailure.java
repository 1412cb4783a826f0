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

package io.transactionscope.resource.failure;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Stands for a failure that leads back to the one it is attached to: the same text, the
 * same stack trace and all that it carries, except for the way back.
 */
final class DetachedFailure extends Exception {

	/** So many causes are looked through one by one. */
	private static final int FEW = 16;

	private final transient @Nullable Throwable origin;

	private DetachedFailure(Throwable origin) {
		super(origin + " (copied without what leads back to the failure that carries it)");
		this.origin = origin;
		setStackTrace(origin.getStackTrace());
	}

	/**
	 * Return the failure that the given one stands for, or itself.
	 */
	static Throwable origin(Throwable failure) {
		// Of one that was sent here, only the copy is left
		return (failure instanceof DetachedFailure detached && detached.origin != null) ? detached.origin : failure;
	}

	/**
	 * Return a failure and its causes: the trunk, to which nothing that it carries may
	 * lead back.
	 */
	static List<Throwable> trunk(Throwable failure) {
		List<Throwable> causes = new ArrayList<>(4);
		Set<Throwable> seen = Set.of();
		for (Throwable cause = failure; cause != null && !contains(causes, seen, cause); cause = cause.getCause()) {
			causes.add(cause);
			if (causes.size() == FEW) {
				seen = Collections.newSetFromMap(new IdentityHashMap<>());
				seen.addAll(causes);
			}
			else if (causes.size() > FEW) {
				seen.add(cause);
			}
		}
		return causes;
	}

	private static boolean contains(List<Throwable> causes, Set<Throwable> seen, Throwable failure) {
		return (causes.size() < FEW) ? contains(causes, failure) : seen.contains(failure);
	}

	static boolean contains(List<Throwable> trunk, Throwable failure) {
		for (Throwable each : trunk) {
			if (each == failure) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Return the given failure, or a copy of it if it leads to the trunk.
	 */
	static Throwable detach(Throwable failure, List<Throwable> trunk) {
		List<Throwable> reached = reach(failure, trunk);
		IdentityHashMap<Throwable, DetachedFailure> copies = new IdentityHashMap<>();
		boolean grown;
		do {
			grown = false;
			for (int i = reached.size() - 1; i >= 0; i--) {
				Throwable node = reached.get(i);
				if (!copies.containsKey(node) && leads(node, trunk, copies)) {
					copies.put(node, new DetachedFailure(node));
					grown = true;
				}
			}
		}
		while (grown);
		copies.forEach((origin, copy) -> copy.link(origin, trunk, copies));
		DetachedFailure copy = copies.get(failure);
		return (copy != null) ? copy : failure;
	}

	/**
	 * Return all that is reached without passing the trunk, the farthest last.
	 */
	private static List<Throwable> reach(Throwable failure, List<Throwable> trunk) {
		Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
		seen.add(failure);
		List<Throwable> reached = new ArrayList<>(seen);
		for (int i = 0; i < reached.size(); i++) {
			for (Throwable link : links(reached.get(i))) {
				if (!contains(trunk, link) && seen.add(link)) {
					reached.add(link);
				}
			}
		}
		return reached;
	}

	private static boolean leads(Throwable node, List<Throwable> trunk,
			IdentityHashMap<Throwable, DetachedFailure> copies) {
		for (Throwable link : links(node)) {
			if (copies.containsKey(link) || contains(trunk, link)) {
				return true;
			}
		}
		return false;
	}

	private static List<Throwable> links(Throwable node) {
		List<Throwable> links = new ArrayList<>(List.of(node.getSuppressed()));
		Throwable cause = node.getCause();
		if (cause != null) {
			links.add(cause);
		}
		return links;
	}

	private void link(Throwable origin, List<Throwable> trunk, IdentityHashMap<Throwable, DetachedFailure> copies) {
		Throwable cause = origin.getCause();
		if (cause != null && !contains(trunk, cause)) {
			DetachedFailure copy = copies.get(cause);
			initCause((copy != null) ? copy : cause);
		}
		for (Throwable suppressed : origin.getSuppressed()) {
			if (!contains(trunk, suppressed)) {
				DetachedFailure copy = copies.get(suppressed);
				addSuppressed((copy != null) ? copy : suppressed);
			}
		}
	}

	@Override
	public synchronized Throwable fillInStackTrace() {
		return this;
	}

}
