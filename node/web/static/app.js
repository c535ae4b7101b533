// What every page does in the browser. Pages work without it, apart from speaking to a wallet.
import { watch } from './live.js';
import { wallets } from './wallet-ui.js';
import { galleries } from './gallery.js';
import { goods } from './goods.js';
import { waiting } from './waiting.js';

document.documentElement.classList.add('js');

// A page that a form has led to is looked at again by its address: going back to it asks no question and fails nowhere.
if ('posted' in document.body.dataset) history.replaceState(null, '', location.href);

waiting();
watch();
wallets();
galleries();
goods();

// Results that htmx has swapped in are told to screen readers.
document.addEventListener('htmx:after:swap', () => {
  const heading = document.querySelector('#results h1');
  if (heading) document.getElementById('live').textContent = heading.textContent;
});

// An input that belongs to a form but stands elsewhere on the page is heard there too.
document.addEventListener('change', ({ target }) => {
  if (target.form && !target.form.contains(target)) target.form.dispatchEvent(new Event('change'));
});

// "Show more" gives way to what it brought: whoever pressed it reads on there.
document.addEventListener('click', (event) => {
  if (!event.target.closest('.more a')) return;
  const before = document.querySelectorAll('#hits .card').length;
  document.addEventListener('htmx:after:swap', () => {
    document.querySelectorAll('#hits .card a')[before]?.focus({ preventScroll: true });
  }, { once: true });
});

// A picture that doesn't come is looked for again when the node answers, and leaves no broken sign meanwhile.
document.addEventListener('error', (event) => {
  if (event.target.matches?.('img')) event.target.classList.add('missing');
}, { capture: true });
document.addEventListener('load', (event) => {
  if (event.target.matches?.('img')) event.target.classList.remove('missing');
}, { capture: true });
for (const image of document.images) {
  if (image.complete && !image.naturalWidth && image.currentSrc) image.classList.add('missing');
}

// Buttons that open a dialog of their own page.
document.addEventListener('click', (event) => {
  const opener = event.target.closest('[data-opens]');
  if (opener) document.getElementById(opener.dataset.opens).showModal();
});

// Another language or theme leads back to what is looked at now, and asks before it takes away what was typed.
const typed = () =>
  [...document.querySelectorAll('main :is(input:not([type=hidden]), textarea)')].some((input) =>
    ['checkbox', 'radio'].includes(input.type) ? false : input.value !== input.defaultValue,
  );
document.addEventListener('submit', (event) => {
  const next = event.target.elements.next;
  if (!next || !event.target.matches('.foot form') || event.submitter?.form !== event.target) return;
  next.value = location.pathname + location.search;
  if (!document.getElementById('facets') && typed() && !confirm(document.getElementById('words').dataset.lost)) {
    event.preventDefault();
  }
});

// A form that only carries that choice asks no wallet for anything.
document.addEventListener('submit', (event) => {
  if (['_lang', '_theme'].includes(event.submitter?.name)) event.stopPropagation();
}, { capture: true });

// A form is sent once, however often its button is pressed.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.method !== 'post' || event.defaultPrevented) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = 'yes';
  addEventListener('pageshow', () => delete form.dataset.sent, { once: true });
});

document.querySelector('[data-focus]')?.focus();
const thread = document.getElementById('thread');
if (thread) thread.scrollTop = thread.scrollHeight;
