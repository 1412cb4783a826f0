'use strict';

(() => {
	const ENDPOINT = location.pathname.replace(/\/+$/, '');
	const EVERY = 1000;
	const KEPT = 10 * 60_000;
	const GIVE_UP = 10_000;

	// How each phase is called and drawn; an idle connection is drawn at half the height.
	const PHASES = {
		IN_STATEMENT: { label: 'in a statement', style: 'in-statement' },
		ENDING_TRANSACTION: { label: 'ending its transaction', style: 'ending' },
		BEFORE_FIRST_STATEMENT: { label: 'idle before its first statement', style: 'before', idle: true },
		BETWEEN_STATEMENTS: { label: 'idle between statements', style: 'between', idle: true },
		AFTER_TRANSACTION: { label: 'idle after its transaction', style: 'after', idle: true },
		HELD: { label: 'held, not looked at', style: 'held', idle: true }
	};

	const TRIGGERS = {
		REQUEST: 'Asked for',
		CONNECTION_TIMEOUT: 'Timed out',
		DEADLINE: 'Deadline passed',
		MAX_WAITING: 'Too many were waiting',
		WAIT_TARGET: 'Waits were too long',
		DEADLOCK: 'Deadlock'
	};

	const STATES = { NOT_STARTED: 'not started', SUSPENDED: 'suspended', CLOSED: 'closed' };

	const COLUMNS = [
		['Asked for', (use) => perSecond(use.asked / seconds(use.elapsed))],
		['Connections', (use) => number(seconds(use.held) / seconds(use.elapsed))],
		['Mean wait', (use) => longest(use.meanWait)],
		['Longest wait', (use) => longest(use.longestWait)],
		['Mean hold', (use) => longest(use.meanHold)],
		['Longest hold', (use) => longest(use.longestHold)],
		['Turned away', (use) => use.turnedAway.toLocaleString('en')]
	];

	const pools = new Map();
	const element = (id) => document.getElementById(id);
	let shown = null;
	let minutes = 1;
	let paused = false;
	let timer = null;
	let colors = null;

	/* Elements. All text goes through textContent. */

	function make(tag, style, text) {
		const made = document.createElement(tag);
		if (style) {
			made.className = style;
		}
		if (text !== undefined) {
			made.textContent = text;
		}
		return made;
	}

	function write(target, text) {
		if (target.textContent !== text) {
			target.textContent = text;
		}
	}

	// Lets a list have one element for each item, and keeps those it has, with their focus.
	function each(list, items, create, update) {
		items.forEach((item, index) => {
			const child = list.children[index] ?? list.appendChild(create(item, index));
			update(child, item, index);
		});
		while (list.children.length > items.length) {
			list.lastElementChild.remove();
		}
	}

	/* Time and numbers */

	// A Duration as ISO 8601, or in seconds where the application's mapper writes them so.
	function millis(value) {
		if (value === null || value === undefined) {
			return null;
		}
		if (typeof value === 'number') {
			return value * 1000;
		}
		const [, hours, mins, secs] = /^PT(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?[\d.]+)S)?$/.exec(value) ?? [];
		return ((Number(hours ?? 0) * 60 + Number(mins ?? 0)) * 60 + Number(secs ?? 0)) * 1000;
	}

	function moment(value) {
		return (typeof value === 'number') ? value * 1000 : Date.parse(value);
	}

	function seconds(value) {
		return Math.max(millis(value), 0.001) / 1000;
	}

	function duration(ms) {
		if (ms < 1) {
			return `${Math.round(ms * 1000)} µs`;
		}
		if (ms < 1000) {
			return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
		}
		if (ms < 60_000) {
			return `${(ms / 1000).toFixed(1)} s`;
		}
		const whole = Math.round(ms / 1000);
		return (whole < 3600) ? `${Math.floor(whole / 60)} min ${whole % 60} s`
			: `${Math.floor(whole / 3600)} h ${Math.floor(whole / 60) % 60} min`;
	}

	function longest(value) {
		return millis(value) ? duration(millis(value)) : '–';
	}

	function number(value) {
		return (value !== 0 && value < 10) ? value.toFixed(value < 0.1 ? 2 : 1) : Math.round(value).toLocaleString('en');
	}

	function perSecond(rate) {
		return (rate === 0 || rate >= 1) ? `${number(rate)} / s` : `${number(rate * 60)} / min`;
	}

	function time(value) {
		return new Date(moment(value)).toLocaleTimeString('en-GB');
	}

	/* What was seen of each connection */

	class Pool {

		constructor(name) {
			this.name = name;
			this.lanes = [];
			this.began = null;
		}

		see(current) {
			this.snapshot = current.snapshot;
			this.diagnosis = current.diagnosis;
			this.reports = current.reports;
			this.now = moment(this.snapshot.at);
			this.began ??= this.now;
			this.lanes.forEach((lane) => {
				lane.lease = null;
			});
			this.snapshot.leases.forEach((lease) => this.laneOf(lease.connection).see(lease, this.now));
			this.lanes.forEach((lane) => lane.forget(this.now - KEPT));
			this.drop();
		}

		laneOf(connection) {
			let lane = this.lanes.find((each) => each.connection === connection);
			if (!lane) {
				lane = new Lane(connection);
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

	class Lane {

		constructor(connection) {
			this.connection = connection;
			this.spans = [];
			this.lease = null;
		}

		see(lease, now) {
			const began = now - millis(lease.age);
			const known = (lease.inPhase === null || lease.inPhase === undefined) ? began : Math.max(began, now - millis(lease.inPhase));
			let span = this.spans[this.spans.length - 1];
			this.lease = lease;
			if (span?.lease === lease.id && span.phase === lease.phase && known <= span.to + 50) {
				span.to = now;
				return;
			}
			// From when on nobody has looked, and until when.
			const unseen = (span?.lease === lease.id) ? span.to : Math.max(began, span?.to ?? began);
			const from = Math.min(Math.max(known, unseen), now);
			if (from - unseen > 50) {
				this.spans.push({ lease: lease.id, phase: 'HELD', from: unseen, to: from });
			}
			this.spans.push({ lease: lease.id, phase: lease.phase, from, to: now, waits: lease.awaitedPool });
		}

		forget(before) {
			const first = this.spans.findIndex((span) => span.to >= before);
			this.spans.splice(0, (first < 0) ? this.spans.length : first);
		}

		last() {
			return this.spans[this.spans.length - 1]?.to ?? 0;
		}

	}

	/* Figures */

	function showFigures(pool) {
		const { snapshot } = pool;
		const { events } = snapshot;
		const longest = snapshot.waiters.length ? millis(snapshot.waiters[0].waited) : null;
		const answered = millis(snapshot.sinceDatabaseAnswered);
		const full = snapshot.active >= snapshot.maximum;
		const state = STATES[snapshot.state];
		const notes = [state, snapshot.total < snapshot.maximum && `${snapshot.total} open`].filter(Boolean).join(', ');
		const figures = [
			['Connections lent', String(snapshot.active), `of ${snapshot.maximum}${notes ? ` (${notes})` : ''}`, full && snapshot.waiters.length > 0],
			['Threads waiting', String(snapshot.waiters.length), longest === null ? '' : `longest ${duration(longest)}`, snapshot.waiters.length > 0],
			['Exhausted', events.exhaustions.toLocaleString('en'), 'since start', false],
			['Deadlocks', events.deadlocks.toLocaleString('en'), 'since start', false],
			['Leaks', events.leaks.toLocaleString('en'), 'since start', false],
			['Turned away early', events.sheds.toLocaleString('en'), 'since start', false],
			['Database answered', answered === null ? '–' : duration(answered), answered === null ? 'not yet' : 'ago', false]
		];
		each(element('figures'), figures, () => {
			const figure = make('div');
			figure.append(make('dt'), make('dd'));
			figure.lastChild.append(make('span'), ' ', make('small'));
			return figure;
		}, (figure, [label, value, note, alarming]) => {
			figure.className = alarming ? 'alarming' : (value === '0') ? 'none' : '';
			write(figure.firstChild, label);
			write(figure.lastChild.firstChild, value);
			write(figure.lastChild.lastChild, note);
		});
		element('diagnosis').hidden = !pool.diagnosis;
		if (pool.diagnosis) {
			write(element('summary'), pool.diagnosis.summary);
			write(element('advice'), pool.diagnosis.advice);
		}
	}

	/* Connections */

	function showLanes(pool) {
		const free = pool.snapshot.total - pool.lanes.length;
		each(element('lanes'), pool.lanes, createLane, (item, lane, index) => updateLane(item, lane, index, pool));
		const elsewhere = Math.max(0, pool.snapshot.active - pool.snapshot.leases.length);
		const notes = [];
		if (pool.snapshot.state === 'NOT_STARTED') {
			notes.push('The pool starts when the first connection is asked for.');
		}
		if (free > 0) {
			notes.push(pool.lanes.length ? `${free} more, not lent since this page was opened.` : `${free}, none of them lent since this page was opened.`);
		}
		if (elsewhere > 0) {
			notes.push(`${elsewhere} lent to code that borrows from the pool directly.`);
		}
		if (pool.lanes.length) {
			notes.push('Looked at once a second; shorter leases may be missing. Select a connection to see what its holder does.');
		}
		write(element('connections-note'), notes.join(' '));
		element('axis').hidden = !pool.lanes.length;
		element('legend').hidden = !pool.lanes.length;
		write(element('axis').children[0], `${minutes} min ago`);
		write(element('axis').children[1], `${minutes > 1 ? `${minutes / 2} min` : '30 s'} ago`);
	}

	function createLane() {
		const item = make('li');
		const button = make('button', 'lane');
		const who = make('span', 'who');
		const phase = make('span', 'phase');
		who.append(make('span', 'scope'), make('span', 'thread'));
		phase.append(make('span', 'age'), make('span', 'what'));
		button.type = 'button';
		button.setAttribute('aria-expanded', 'false');
		button.append(make('span', 'number'), who, make('canvas'), phase);
		button.addEventListener('click', () => toggle(item));
		item.append(button);
		return item;
	}

	function updateLane(item, lane, index, pool) {
		const { lease } = lane;
		const button = item.firstChild;
		const [label, who, canvas, phase] = button.children;
		if (item.lane && item.lane !== lane && item.children[1]) {
			close(item);
		}
		item.lane = lane;
		item.pool = pool;
		button.className = `lane${lease ? '' : ' free'}${lease?.awaitedPool ? ' stuck' : ''}`;
		write(label, String(index + 1));
		write(who.firstChild, lease ? lease.scope ?? 'no scope' : 'free');
		write(who.lastChild, lease ? threadOf(lease) : '');
		write(phase.firstChild, lease ? duration(millis(lease.age)) : '');
		write(phase.lastChild, lease ? phaseOf(lease) : '');
		draw(canvas, lane, pool);
		if (item.children[1]) {
			updateDetail(item);
		}
	}

	function threadOf(lease) {
		return lease.threadAlive ? lease.thread : `${lease.thread} (ended)`;
	}

	function phaseOf(lease) {
		return lease.awaitedPool ? `waits for ${lease.awaitedPool}` : PHASES[lease.phase].label;
	}

	function doing(lease) {
		const since = millis(lease.inPhase);
		const phase = PHASES[lease.phase].label + (since === null ? '' : ` for ${duration(since)}`);
		return lease.awaitedPool ? `${phase}, waits for a connection of ${lease.awaitedPool}` : phase;
	}

	function draw(canvas, lane, pool) {
		const ratio = window.devicePixelRatio || 1;
		const width = Math.round(canvas.clientWidth * ratio);
		const height = Math.round(canvas.clientHeight * ratio);
		if (canvas.width !== width || canvas.height !== height) {
			canvas.width = width;
			canvas.height = height;
		}
		const context = canvas.getContext('2d');
		const begin = pool.now - minutes * 60_000;
		const x = (at) => (Math.max(at, begin) - begin) / (pool.now - begin) * width;
		const bottom = height - ratio;
		context.clearRect(0, 0, width, height);
		context.fillStyle = colors.line;
		context.fillRect(0, bottom, width, ratio);
		lane.spans.filter((span) => span.to >= begin).forEach((span) => {
			const phase = PHASES[span.phase];
			const full = bottom - ratio * 3;
			const tall = phase.idle ? full / 2 : full;
			const left = Math.min(x(span.from), width - ratio);
			context.fillStyle = colors[phase.style];
			context.fillRect(left, bottom - tall, Math.max(x(span.to) - left, ratio), tall);
		});
		// A gap where one lease ends and the next begins.
		lane.spans.forEach((span, index) => {
			const previous = lane.spans[index - 1];
			if (previous && previous.lease !== span.lease && span.from >= begin && x(span.from) - x(previous.to) < ratio) {
				context.clearRect(Math.round(x(span.from)) - ratio, 0, ratio, bottom);
			}
		});
	}

	function readColors() {
		const style = getComputedStyle(document.documentElement);
		const read = (name) => style.getPropertyValue(`--${name}`).trim();
		colors = { line: read('line') };
		Object.values(PHASES).forEach((phase) => {
			colors[phase.style] = read(phase.style);
		});
	}

	/* What a holder does */

	function toggle(item) {
		if (item.children[1]) {
			close(item);
			return;
		}
		const detail = make('div', 'detail');
		detail.id = `detail-${item.lane.connection}`;
		detail.append(make('dl'), make('h3'), make('ol', 'stack'));
		const again = make('button', '', 'Take again');
		again.type = 'button';
		again.addEventListener('click', () => takeStack(item));
		detail.children[1].append(make('span', '', ''), again);
		detail.children[2].tabIndex = 0;
		detail.children[2].setAttribute('aria-label', 'Stack of the holder');
		item.append(detail);
		item.firstChild.setAttribute('aria-expanded', 'true');
		item.firstChild.setAttribute('aria-controls', detail.id);
		updateDetail(item);
	}

	function close(item) {
		item.children[1].remove();
		item.firstChild.setAttribute('aria-expanded', 'false');
		item.firstChild.removeAttribute('aria-controls');
		item.taken = null;
	}

	function updateDetail(item) {
		const [facts, heading, stack] = item.children[1].children;
		const { lease } = item.lane;
		heading.lastChild.hidden = !lease;
		if (!lease) {
			each(facts, [], null, null);
			stack.hidden = true;
			item.taken = null;
			write(heading.firstChild, 'The connection is back in the pool.');
			return;
		}
		const entries = [
			['Scope', lease.scope ?? 'none'],
			['Thread', threadOf(lease) + (lease.user ? '; used by ' + lease.user : lease.handedOver ? '; another thread has used the connection, too' : '')],
			['Held for', duration(millis(lease.age))],
			['At present', doing(lease)],
			['Last SQL', lease.lastSql ?? 'none yet', 'code'],
			['Server process', String(lease.serverProcess ?? 'unknown')]
		];
		if (lease.borrowSite.length) {
			entries.push(['Borrowed', lease.borrowSite.slice(0, 12).map(frame).join('\n'), 'code']);
		}
		each(facts, entries.flatMap(([label, value, tag]) => [{ tag: 'dt', text: label }, { tag: 'dd', text: value, inner: tag }]), (entry) => {
			const made = make(entry.tag);
			if (entry.inner) {
				made.append(make(entry.inner));
			}
			return made;
		}, (made, entry) => write(entry.inner ? made.firstChild : made, entry.text));
		if (item.taken !== lease.id) {
			takeStack(item);
		}
	}

	async function takeStack(item) {
		const [, heading, stack] = item.children[1].children;
		const { lease } = item.lane;
		const detail = item.children[1];
		item.taken = lease.id;
		write(heading.firstChild, stack.children.length ? heading.firstChild.textContent : 'Taking the stack …');
		try {
			const holder = await ask(`/${encodeURIComponent(item.pool.name)}/${encodeURIComponent(lease.id)}`);
			if (item.children[1] !== detail || item.taken !== lease.id) {
				return;
			}
			const own = new Set((holder?.applicationFrames ?? []).map(frame));
			const frames = holder?.stack ?? [];
			stack.hidden = !frames.length;
			write(heading.firstChild, stackTitle(holder));
			each(stack, frames, () => make('li'), (line, each) => {
				line.className = own.has(frame(each)) ? 'own' : '';
				writeFrame(line, frame(each));
			});
			const first = stack.querySelector('.own');
			stack.scrollTop = first ? first.offsetTop - stack.clientHeight / 2 : 0;
		}
		catch (failure) {
			write(heading.firstChild, `The stack cannot be had: ${failure.message}`);
		}
	}

	function stackTitle(holder) {
		if (!holder) {
			return 'The connection has come back meanwhile.';
		}
		return holder.stack.length ? `Stack at ${new Date().toLocaleTimeString('en-GB')}` : 'The thread has no stack any more.';
	}

	function frame(element) {
		const place = element.fileName ? `${element.fileName}${element.lineNumber > 0 ? `:${element.lineNumber}` : ''}`
			: (element.nativeMethod || element.lineNumber === -2) ? 'Native Method' : 'Unknown Source';
		return `${element.className}.${element.methodName}(${place})`;
	}

	// May be broken after each dot, where it is too long.
	function writeFrame(line, text) {
		if (line.textContent !== text) {
			line.replaceChildren(...text.split(/(?<=[.(])/).flatMap((part) => [part, make('wbr')]));
		}
	}

	/* Waiters */

	function showWaiters(pool) {
		const { waiters } = pool.snapshot;
		write(element('waiters-count'), String(waiters.length));
		write(element('waiters-note'), waiters.length ? '' : 'Nobody waits for a connection.');
		each(element('waiters'), waiters, () => {
			const item = make('li');
			const who = make('span', 'who');
			const bar = make('span', 'bar');
			const waited = make('span');
			who.append(make('span', 'scope'), make('span', 'thread'));
			bar.append(make('i'));
			waited.append(make('span', 'age'), make('span', 'holds'));
			item.append(make('span', 'number'), who, bar, waited);
			return item;
		}, (item, waiter, index) => {
			const [place, who, bar, waited] = item.children;
			write(place, String(index + 1));
			write(who.firstChild, waiter.scope ?? 'no scope');
			write(who.lastChild, waiter.thread);
			bar.firstChild.style.width = `${Math.min(1, millis(waiter.waited) / (minutes * 60_000)) * 100}%`;
			write(waited.firstChild, duration(millis(waiter.waited)));
			write(waited.lastChild, waiter.holds ? `holds ${waiter.holds} already` : '');
		});
	}

	/* Scopes */

	function showScopes(pool) {
		const { scopes } = pool.snapshot;
		write(element('scopes-note'), scopes.length ? '' : 'No connection has been asked for yet.');
		element('scopes').parentElement.hidden = !scopes.length;
		each(element('scopes'), scopes, () => {
			const row = make('tr');
			row.setAttribute('role', 'row');
			const name = make('th');
			name.scope = 'row';
			name.setAttribute('role', 'rowheader');
			row.append(name);
			COLUMNS.forEach(([label]) => {
				const cell = make('td');
				cell.setAttribute('role', 'cell');
				cell.dataset.label = label;
				cell.append(make('span'));
				row.append(cell);
			});
			const use = make('td', 'use');
			const bar = make('div', 'bar');
			use.setAttribute('role', 'cell');
			bar.append(make('i', 'in-statement'), make('i', 'before'), make('i', 'between'), make('i', 'after'));
			use.append(bar, make('span'));
			row.append(use);
			return row;
		}, (row, scope) => {
			const use = scope.lastMinute;
			write(row.firstChild, scope.scope);
			COLUMNS.forEach(([, text], index) => write(row.children[index + 1].firstChild, text(use)));
			showUse(row.lastChild, use);
		});
	}

	function showUse(cell, use) {
		const held = millis(use.held);
		const parts = [use.busy, use.beforeFirst, use.between, use.afterLast].map((part) => Math.min(1, millis(part) / held) || 0);
		parts.forEach((part, index) => {
			cell.firstChild.children[index].style.width = `${part * 100}%`;
		});
		const [busy, ...idle] = parts.map((part) => Math.round(part * 100));
		const where = ['before', 'between', 'after'].map((place, index) => idle[index] && `${idle[index]}\u00a0% ${place}`).filter(Boolean);
		const rest = Math.round((1 - parts.reduce((sum, part) => sum + part, 0)) * 100);
		const words = [`${busy}\u00a0% busy`, where.length && `idle ${where.join(', ')} statements`, rest > 0 && `${rest}\u00a0% not looked at`];
		write(cell.lastChild, held ? words.filter(Boolean).join(', ') : use.returned ? 'not timed' : 'no connection has come back');
	}

	/* Reports */

	function showReports(pool) {
		const list = element('reports');
		const { reports } = pool;
		write(element('reports-count'), reports.length ? `the latest ${reports.length}` : '');
		write(element('reports-note'), reports.length ? '' : 'Every wait has ended with a connection so far.');
		const key = (report) => `${pool.name} ${report.at} ${report.borrower?.thread ?? ''}`;
		const keys = new Set(reports.map(key));
		[...list.children].filter((item) => !keys.has(item.dataset.key)).forEach((item) => item.remove());
		reports.forEach((report, index) => {
			if (list.children[index]?.dataset.key !== key(report)) {
				list.insertBefore(createReport(pool, report, key(report)), list.children[index] ?? null);
			}
		});
	}

	function createReport(pool, report, key) {
		const item = make('li');
		const details = make('details');
		const summary = make('summary');
		const at = make('time', '', time(report.at));
		const text = make('pre', '', 'Loading …');
		at.dateTime = new Date(moment(report.at)).toISOString();
		summary.append(at, make('span', 'trigger', TRIGGERS[report.trigger] ?? report.trigger),
			make('span', '', `${report.borrower?.scope ?? 'no scope'}: ${report.diagnosis.summary}`));
		text.tabIndex = 0;
		details.append(summary, text);
		details.addEventListener('toggle', async () => {
			if (details.open && !details.dataset.read) {
				try {
					const all = (await ask(`/${encodeURIComponent(pool.name)}`))?.reports ?? [];
					const same = (each) => each.at === report.at && each.borrower?.thread === report.borrower?.thread;
					write(text, all.find(same)?.text ?? 'The report is no longer kept.');
					details.dataset.read = 'true';
				}
				catch (failure) {
					write(text, `The report cannot be had: ${failure.message}`);
				}
			}
		});
		item.dataset.key = key;
		item.append(details);
		return item;
	}

	/* The page */

	function showPools() {
		const names = [...pools.keys()];
		element('pools').hidden = names.length < 2;
		each(element('pools'), names, () => {
			const button = make('button');
			button.type = 'button';
			button.addEventListener('click', () => select(button.dataset.pool));
			return button;
		}, (button, name) => {
			const { snapshot } = pools.get(name);
			const waiting = snapshot.waiters.length ? `, ${snapshot.waiters.length} waiting` : '';
			button.dataset.pool = name;
			write(button, `${name} · ${snapshot.active} of ${snapshot.maximum}${waiting}`);
			button.toggleAttribute('aria-current', name === shown);
		});
	}

	function select(name) {
		shown = name;
		history.replaceState(null, '', `#${encodeURIComponent(name)}`);
		[...element('lanes').children].filter((item) => item.children[1]).forEach(close);
		show();
	}

	function show() {
		if (!pools.has(shown)) {
			shown = pools.keys().next().value ?? null;
		}
		showPools();
		const pool = pools.get(shown);
		element('pool').hidden = !pool;
		fail(pool ? null : 'This application has no pool that is watched.');
		if (pool) {
			write(element('name'), pool.name);
			write(element('host'), `${pool.name} · ${location.host}`);
			document.title = `${pool.snapshot.waiters.length ? `(${pool.snapshot.waiters.length} waiting) ` : ''}${pool.name} · ${location.host}`;
			// A change is worth to be read out, the figures of each second are not.
			write(element('announcement'), pool.diagnosis ? `Threads wait for connections of ${pool.name}.` : '');
			showFigures(pool);
			showLanes(pool);
			showWaiters(pool);
			showScopes(pool);
			showReports(pool);
		}
	}

	function fail(message) {
		element('failure').hidden = message === null;
		write(element('failure'), message ?? '');
	}

	async function ask(path) {
		const response = await fetch(ENDPOINT + path, {
			headers: { Accept: 'application/json' },
			cache: 'no-store',
			credentials: 'same-origin',
			signal: AbortSignal.timeout(GIVE_UP)
		});
		if (response.status === 404 && path) {
			return null;
		}
		if (!response.ok || response.redirected) {
			throw new Error(response.redirected ? 'one has to log in again' : `the server answers ${response.status}`);
		}
		return response.json();
	}

	async function refresh() {
		clearTimeout(timer);
		const began = performance.now();
		try {
			const { pools: current } = await ask('');
			const names = new Set(current.map((each) => each.snapshot.pool));
			[...pools.keys()].filter((name) => !names.has(name)).forEach((name) => pools.delete(name));
			current.forEach((each) => {
				const name = each.snapshot.pool;
				pools.set(name, pools.get(name) ?? new Pool(name));
				pools.get(name).see(each);
			});
			show();
			write(element('updated'), `${paused ? 'Paused at' : 'Live'} ${new Date().toLocaleTimeString('en-GB')}`);
		}
		catch (failure) {
			fail(`No news since the last update: ${failure.message}. Trying again.`);
		}
		clearTimeout(timer);
		if (!paused && !document.hidden) {
			timer = setTimeout(refresh, Math.max(100, EVERY - (performance.now() - began)));
		}
	}

	function pause() {
		paused = !paused;
		element('pause').setAttribute('aria-pressed', String(paused));
		write(element('pause'), paused ? 'Resume' : 'Pause');
		if (paused) {
			clearTimeout(timer);
			write(element('updated'), element('updated').textContent.replace('Live', 'Paused at'));
		}
		else {
			refresh();
		}
	}

	function redraw() {
		readColors();
		if (pools.has(shown)) {
			showLanes(pools.get(shown));
			showWaiters(pools.get(shown));
		}
	}

	function prepare() {
		readColors();
		try {
			shown = decodeURIComponent(location.hash.slice(1)) || null;
		}
		catch {
			shown = null;
		}
		Object.values(PHASES).forEach((phase) => {
			const entry = make('li', '', '');
			entry.append(make('span', `swatch ${phase.style}${phase.idle ? ' idle' : ''}`), phase.label);
			element('legend').append(entry);
		});
		['Scope', ...COLUMNS.map(([label]) => label), 'Use of the time held'].forEach((label, index) => {
			const cell = make('th', (index === COLUMNS.length + 1) ? 'use' : '', label);
			cell.scope = 'col';
			cell.setAttribute('role', 'columnheader');
			element('scopes-head').append(cell);
		});
		element('pause').addEventListener('click', pause);
		element('window').addEventListener('change', (event) => {
			minutes = Number(event.target.value);
			redraw();
		});
		window.addEventListener('resize', redraw);
		window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
		document.addEventListener('visibilitychange', () => {
			if (!document.hidden && !paused) {
				refresh();
			}
		});
	}

	prepare();
	refresh();
})();
