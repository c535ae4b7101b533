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
  keepHands();
}

function open() {
  const stream = new EventSource('/events');
  stream.addEventListener('open', () => answering(true));
  stream.addEventListener('error', () => {
    // Each vain attempt to connect again is an error too: the time runs from the first.
    lost ??= setTimeout(() => answering(false), LOST_MS);
  });
  for (const topic of ['order', 'mail', 'listing', 'status', 'case', 'campaign']) {
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

// A part names what it shows: data-live="order" for every order, "order:<id> mail:<persona>" for these alone.
function note(topic, id) {
  const named = `[data-live~="${CSS.escape(`${topic}:${id}`)}"]`;
  document.querySelectorAll(`[data-live~="${topic}"], ${named}`).forEach(wants);
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
  for (const id of due) refreshNow(id);
  due.clear();
}

export function refreshNow(id) {
  document.getElementById(id)?.dispatchEvent(new Event('refresh'));
}

// ---- nothing is taken out of a person's hands

// What was refused is read until the person acts, and that leads to another page.
const STAYS = '.wallet-says, #ruling, .refusal:not([hidden]), [aria-describedby^="refusal-"]';
const THEIRS = new Set(['open', 'aria-busy', 'data-sent']); // attributes that the page sets, never the node
const isTyped = (input) =>
  input.type === 'radio' || input.type === 'checkbox'
    ? input.checked !== input.defaultChecked || input.checked
    : input.value !== '';

function keepHands() {
  window.htmx.registerExtension('etal-hands', {
    htmx_before_morph_attr: (part, { attrName }) => !THEIRS.has(attrName),
    htmx_before_morph_node: (part) => !part.matches(STAYS) && !(part.matches('input:not([type=hidden]), textarea') && isTyped(part)),
  });
  let held = null; // the part that had the focus before a swap
  document.addEventListener('htmx:before:swap', () => {
    held = document.activeElement.closest('[data-live]')?.id;
  });
  document.addEventListener('htmx:after:swap', () => {
    // What had the focus is gone, as a button that has done its work: readers go on where the part says what is next.
    if (held && document.activeElement === document.body) document.getElementById(held)?.querySelector('h1')?.focus();
  });
}
