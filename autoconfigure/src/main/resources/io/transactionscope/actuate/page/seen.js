// What has been seen of a pool since the page was opened.

import { UNSEEN } from './phases.js';
import { millis, moment } from './values.js';

const KEPT = 10 * 60_000;
const AT_ONCE = 50;

export class SeenPool {

	constructor(name) {
		this.name = name;
		this.lanes = [];
	}

	see({ snapshot, diagnosis, reports }) {
		this.snapshot = snapshot;
		this.diagnosis = diagnosis ?? null;
		this.reports = reports;
		this.now = moment(snapshot.at);
		this.lanes.forEach((lane) => {
			lane.lease = null;
		});
		snapshot.leases.forEach((lease) => this.laneOf(lease.connection).see(lease, this.now));
		this.lanes.forEach((lane) => lane.forget(this.now - KEPT));
		this.drop();
	}

	laneOf(connection) {
		let lane = this.lanes.find((each) => each.connection === connection);
		if (!lane) {
			lane = new SeenConnection(connection);
			// Takes the place of a connection that the pool has replaced, if it has to.
			const retired = (this.lanes.length >= this.size()) ? this.leastRecent() : -1;
			this.lanes.splice((retired < 0) ? this.lanes.length : retired, (retired < 0) ? 0 : 1, lane);
		}
		return lane;
	}

	size() {
		return Math.max(this.snapshot.total, this.snapshot.leases.length);
	}

	leastRecent() {
		const leased = new Set(this.snapshot.leases.map((lease) => lease.connection));
		let found = -1;
		this.lanes.forEach((lane, index) => {
			if (!leased.has(lane.connection) && (found < 0 || lane.last() < this.lanes[found].last())) {
				found = index;
			}
		});
		return found;
	}

	drop() {
		while (this.lanes.length > this.size()) {
			const retired = this.leastRecent();
			if (retired < 0) {
				break;
			}
			this.lanes.splice(retired, 1);
		}
	}

}

class SeenConnection {

	constructor(connection) {
		this.connection = connection;
		this.spans = [];
		this.lease = null;
	}

	see(lease, now) {
		const began = now - millis(lease.age);
		const inPhase = millis(lease.inPhase);
		const known = (inPhase === null) ? began : Math.max(began, now - inPhase);
		const span = this.spans[this.spans.length - 1];
		this.lease = lease;
		if (span?.lease === lease.id && span.phase === lease.phase && known <= span.to + AT_ONCE) {
			span.to = now;
			return;
		}
		// From when on nobody has looked, and until when.
		const unseen = (span?.lease === lease.id) ? span.to : Math.max(began, span?.to ?? began);
		const from = Math.min(Math.max(known, unseen), now);
		if (from - unseen > AT_ONCE) {
			this.spans.push({ lease: lease.id, phase: UNSEEN, from: unseen, to: from });
		}
		this.spans.push({ lease: lease.id, phase: lease.phase, from, to: now });
	}

	forget(before) {
		const first = this.spans.findIndex((span) => span.to >= before);
		this.spans.splice(0, (first < 0) ? this.spans.length : first);
	}

	last() {
		return this.spans[this.spans.length - 1]?.to ?? 0;
	}

}
