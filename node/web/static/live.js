// Live updates: one stream of Server-Sent Events tells what changed, and htmx fetches those parts of the page anew.
const CALM_MS = 250; // changes come in swarms; one fetch is enough for each
const LOST_MS = 4000; // how long the node may be silent before the page says so

const due = new Set();
let timer = null;
let lost = null;

export function watch() {
  let stream = open();
  // A hidden tab holds no connection: browsers allow six a host. It looks anew when it is shown again.
  document.addEventListener('visibilitychange', () => {
    stream.close();
    forget();
    if (!document.hidden) stream = open();
  });
  addEventListener('pagehide', () => stream.close());
  document.addEventListener('focusout', () => due.size && soon());
}

function open() {
  const stream = new EventSource('/events');
  stream.addEventListener('open', () => answering(true));
  stream.addEventListener('error', () => {
    // Each vain attempt to connect again is an error too: the time runs from the first.
    lost ??= setTimeout(() => answering(false), LOST_MS);
  });
  for (const topic of ['order', 'listing', 'status']) {
    stream.addEventListener(topic, (event) => note(topic, event.data));
  }
  stream.addEventListener('sync', () => document.querySelectorAll('[data-live]').forEach(wants));
  return stream;
}

function forget() {
  clearTimeout(lost);
  lost = null;
}

function answering(yes) {
  forget();
  document.getElementById('stopped').hidden = yes;
  document.getElementById('node-pill').classList.toggle('ok', yes);
}

function note(topic, id) {
  for (const part of document.querySelectorAll(`[data-live="${topic}"]`)) {
    if (!part.dataset.id || part.dataset.id === id) wants(part);
  }
}

function wants(part) {
  due.add(part.id);
  soon();
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(refresh, CALM_MS);
}

function refresh() {
  for (const id of [...due]) {
    const part = document.getElementById(id);
    if (part && busy(part)) continue;
    due.delete(id);
    if (part) part.dispatchEvent(new Event('refresh'));
  }
}

// Nothing is swapped away under a person's hands: the part is fetched when they are done.
function busy(part) {
  const active = document.activeElement;
  return part.contains(active) && active.matches('input, textarea, select') || !!part.querySelector('details.inline[open]');
}

export function refreshNow(id) {
  document.getElementById(id)?.dispatchEvent(new Event('refresh'));
}
