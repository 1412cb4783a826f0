// The endpoint that this page is of, as JSON. It has the page's own path, whatever is in front of it.

const GIVE_UP = 10_000;

/** Whoever asks has to log in, or may not ask. */
export class LoggedOut extends Error {
}

/** Ask for all pools, for a pool, or for a lease of a pool: null if that is not there. */
export async function ask(query = {}) {
	const parameters = new URLSearchParams(query).toString();
	const response = await fetch(location.origin + location.pathname + (parameters && `?${parameters}`), {
		// Said to be a script's, so that it neither opens a dialog nor is where a login leads to.
		headers: { Accept: 'application/json', 'X-Requested-With': 'XMLHttpRequest' },
		cache: 'no-store',
		credentials: 'same-origin',
		redirect: 'manual',
		signal: AbortSignal.timeout(GIVE_UP)
	});
	if (response.status === 404 && parameters) {
		return null;
	}
	if (response.status === 403) {
		throw new LoggedOut('You may not see the pools, or not any more.');
	}
	if (response.status === 401 || response.type === 'opaqueredirect') {
		throw new LoggedOut('Your session has ended.');
	}
	if (!response.ok) {
		throw new Error(`the server answers ${response.status}`);
	}
	if (!/json/.test(response.headers.get('Content-Type') ?? '')) {
		throw new LoggedOut('Your session seems to have ended: the server answers with a page.');
	}
	return response.json();
}
