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

package io.transactionscope.pool.examination;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;

import io.transactionscope.pool.diagnosis.BlockedByLock;
import io.transactionscope.pool.diagnosis.BlockedByLock.Blocker;
import io.transactionscope.pool.diagnosis.BlockedByLock.LeakBlocker;
import io.transactionscope.pool.diagnosis.BlockedByLock.LeaseBlocker;
import io.transactionscope.pool.diagnosis.BlockedByLock.PreparedBlocker;
import io.transactionscope.pool.diagnosis.BlockedByLock.SessionBlocker;
import io.transactionscope.pool.diagnosis.BlockedByLock.Victim;
import io.transactionscope.pool.snapshot.Abandonment;
import io.transactionscope.pool.snapshot.DatabaseAnswer;
import io.transactionscope.pool.snapshot.DatabaseKind;
import io.transactionscope.pool.snapshot.Frames;
import io.transactionscope.pool.snapshot.Holder;
import io.transactionscope.pool.snapshot.Lease;
import io.transactionscope.pool.snapshot.Phase;
import io.transactionscope.pool.snapshot.ServerProcess;
import io.transactionscope.pool.snapshot.ServerSession;
import io.transactionscope.pool.snapshot.Words;
import org.jspecify.annotations.Nullable;

/**
 * The connections whose statements wait for a lock, by who has it.
 */
final class Locks {

	/** What PostgreSQL has for the process of a prepared transaction. */
	private static final long PREPARED = 0;

	private final Symptoms symptoms;

	private final DatabaseAnswer answer;

	private final Map<Long, List<Holder>> victims = new LinkedHashMap<>();

	private Locks(Symptoms symptoms, Predicate<Lease> concerned) {
		this.symptoms = symptoms;
		this.answer = symptoms.circumstances().answer();
		for (Holder holder : symptoms.holders()) {
			ServerSession session = waiting(holder.lease());
			if (session != null && concerned.test(holder.lease())) {
				for (long root : roots(session)) {
					this.victims.computeIfAbsent(root, (key) -> new ArrayList<>()).add(holder);
				}
			}
		}
	}

	/**
	 * Return who has the lock that most wait for.
	 * @return {@code null} if those who wait for it, and who has it, do not have half of
	 * the connections
	 */
	static @Nullable BlockedByLock diagnosis(Symptoms symptoms) {
		return new Locks(symptoms, (lease) -> symptoms.isMostOfTheWait(lease.age())).diagnosis();
	}

	/**
	 * Return who has the lock that most wait for at this moment, though the connections
	 * come and go: those who have it one after the other. In a larger pool, more would
	 * wait for it.
	 * @return as above
	 */
	static @Nullable BlockedByLock ofThoseWhoPass(Symptoms symptoms) {
		return new Locks(symptoms, (lease) -> true).diagnosis();
	}

	private @Nullable BlockedByLock diagnosis() {
		Long root = null;
		int most = 0;
		for (Map.Entry<Long, List<Holder>> each : this.victims.entrySet()) {
			if (each.getValue().size() > most) {
				root = each.getKey();
				most = each.getValue().size();
			}
		}
		return (root != null) ? diagnosis(root) : null;
	}

	private @Nullable BlockedByLock diagnosis(long root) {
		List<Holder> blocked = Objects.requireNonNull(this.victims.get(root));
		Holder own = ofProcess(root);
		if (own != null && hasLetGo(own.lease())) {
			return null;
		}
		int connections = blocked.size() + ((own != null) ? 1 : 0);
		if (connections * 2 < this.symptoms.snapshot().total()) {
			return null;
		}
		Blocker blocker = (own != null) ? own(own) : stranger(root, process(blocked.get(0)).database());
		return (blocker != null) ? new BlockedByLock(blocker, blocked.stream().map(this::victim).toList()) : null;
	}

	/**
	 * Return whether the connection has come to this lease, or its transaction to its
	 * end, since the database was asked.
	 */
	private boolean hasLetGo(Lease lease) {
		Duration sinceAsked = this.answer.time();
		return lease.age().compareTo(sinceAsked) < 0 || (lease.phase() == Phase.AFTER_TRANSACTION
				&& lease.inPhase() != null && lease.inPhase().compareTo(sinceAsked) < 0);
	}

	/**
	 * Return who has a lock without having a connection of the pool.
	 */
	private @Nullable Blocker stranger(long root, DatabaseKind database) {
		return (root == PREPARED) ? new PreparedBlocker()
				: this.answer.session(root).map((session) -> new SessionBlocker(database, session)).orElse(null);
	}

	private @Nullable ServerSession waiting(Lease lease) {
		ServerSession session = this.symptoms.session(lease);
		return (session != null && !session.blockedBy().isEmpty()) ? session : null;
	}

	/**
	 * Return whether the database says that no statement of those who are in one waits
	 * for a lock.
	 */
	static boolean areRuledOut(List<Holder> working, Symptoms symptoms) {
		List<Lease> inStatement = working.stream()
			.map(Holder::lease)
			.filter((lease) -> !lease.phase().isIdle())
			.toList();
		return inStatement.size() * 2 >= working.size() && !inStatement.isEmpty()
				&& inStatement.stream().allMatch((lease) -> {
					ServerSession session = symptoms.session(lease);
					return session != null && !session.waitsForLock();
				});
	}

	/**
	 * Return the processes at the ends of the chains that a session waits in. Those in a
	 * ring have none: the database ends that by itself.
	 */
	private Set<Long> roots(ServerSession waiting) {
		Set<Long> seen = new HashSet<>(waiting.blockedBy());
		List<Long> open = new ArrayList<>(waiting.blockedBy());
		Set<Long> roots = new HashSet<>();
		while (!open.isEmpty()) {
			long process = open.remove(open.size() - 1);
			List<Long> next = this.answer.session(process).map(ServerSession::blockedBy).orElse(List.of());
			if (next.isEmpty()) {
				roots.add(process);
			}
			next.stream().filter(seen::add).forEach(open::add);
		}
		return roots;
	}

	private @Nullable Holder ofProcess(long process) {
		return this.symptoms.holders()
			.stream()
			.filter((holder) -> holder.lease().serverProcess() != null && process(holder).number() == process)
			.findFirst()
			.orElse(null);
	}

	private static ServerProcess process(Holder holder) {
		return Objects.requireNonNull(holder.lease().serverProcess());
	}

	/**
	 * Return who has a lock with a connection of the pool. What the thread of a leak does
	 * now has nothing to do with it.
	 */
	private static Blocker own(Holder holder) {
		Lease lease = holder.lease();
		Abandonment leak = Leaks.reason(holder);
		return (leak != null) ? new LeakBlocker(lease.scope(), lease.thread(), process(holder), leak) : lease(holder);
	}

	private static LeaseBlocker lease(Holder holder) {
		Lease lease = holder.lease();
		StringBuilder activity = new StringBuilder(lease.phase().description());
		if (lease.inPhase() != null) {
			activity.append(" for ").append(Words.of(lease.inPhase()));
		}
		if (lease.awaitedPool() != null) {
			activity.append(", waiting for a connection of ").append(lease.awaitedPool());
		}
		if (lease.phase().isIdle() && !lease.handedOver()) {
			holder.applicationFrames()
				.stream()
				.findFirst()
				.ifPresent((frame) -> activity.append(" at ").append(Frames.describe(frame)));
		}
		return new LeaseBlocker(lease.scope(), lease.thread(), process(holder).number(), lease.phase().isIdle(),
				activity.toString());
	}

	private Victim victim(Holder holder) {
		Lease lease = holder.lease();
		return new Victim(lease.scope(), lease.thread(), process(holder).number(),
				this.answer.session(lease.serverProcess()).map(ServerSession::blockedBy).orElse(List.of()));
	}

}
