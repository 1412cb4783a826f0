// Loads the page again if one of its parts has not arrived, as nobody would say so otherwise: nothing works without it.

// No module, so that it is there before the others are asked for.
const AGAIN = 5000;

let complete = true;

window.addEventListener('error', (event) => {
	complete &&= event.target === window;
}, true);

window.addEventListener('load', () => {
	if (!complete) {
		document.getElementById('message').textContent = 'A part of this page could not be loaded. Trying again.';
		document.getElementById('failure').hidden = false;
		setTimeout(() => location.reload(), AGAIN);
	}
});
