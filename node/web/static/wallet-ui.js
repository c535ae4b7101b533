// The wallet on the page: the chooser, the connected account, and the buttons that move money.
import * as wallet from './wallet.js';
import { refreshNow } from './live.js';
import { Trouble, perform, tellKept } from './payment.js';

const REJECTED = 4001; // EIP-1193
const BUSY = -32002; // EIP-1474, as wallets use it: a prompt is open already
const UNPAID = new Set(['fund', 'pledge', 'authorize']);
const ASKS = new Set(['sign', 'approve', 'open', 'confirm']); // the wallet shows now what is to be compared
const MOVED_ON = new Set(['order.verb', 'campaign.verb', 'campaign.pledged']);
const PAID = /funded already/i; // the escrow's own words
const PAST = /funded already|no such order|wrong state|nothing to withdraw/i;
const NO_FUNDS = /insufficient (funds|balance)|exceeds (the )?balance|doesn't have enough funds/i;

const element = (id) => document.getElementById(id);
const words = () => element('words').dataset;
const short = (address) => `${address.slice(0, 6)}…${address.slice(-4)}`;
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');

let waiting = null; // who waits for the chooser's answer
let asked = ''; // the verb of the button that was pressed last
let focused = null; // what of the wallet's words had the focus before a swap

export function wallets() {
  wallet.bus.addEventListener('found', paintChooser);
  wallet.bus.addEventListener('account', paintAccount);
  wallet.discover();
  paintChooser();
  element('wallet').addEventListener('click', onConnect);
  element('wallet-list').addEventListener('click', onChosen);
  element('wallets').addEventListener('close', () => settle('reject', new Trouble('closed')));
  for (const form of document.querySelectorAll('#checkout, #cart')) form.addEventListener('submit', onCheckout);
  document.addEventListener('click', onMoney);
  document.addEventListener('htmx:before:swap', goHome);
  document.addEventListener('htmx:after:swap', onSwapped);
  tellKept();
}

// ---- choosing

// A wallet that shows a question already is answered first: the chooser would lie over it.
function choose() {
  if (wallet.isAsking()) return Promise.reject({ code: BUSY });
  return new Promise((resolve, reject) => {
    settle('reject', new Trouble('closed'));
    waiting = { resolve, reject };
    element('wallets').showModal();
  });
}

function onConnect() {
  choose().catch((error) => error.code === BUSY && complain(error));
}

function settle(how, value) {
  const who = waiting;
  waiting = null;
  who?.[how](value);
}

async function onChosen(event) {
  const button = event.target.closest('button');
  if (!button) return;
  const who = waiting;
  waiting = null;
  element('wallets').close();
  say('connecting');
  try {
    const account = await wallet.connect(button.dataset.uuid);
    quiet();
    say(null);
    who?.resolve(account);
  } catch (error) {
    complain(error);
    who?.reject(error);
  }
}

function paintChooser() {
  const buttons = [...wallet.found].map(([uuid, { info }]) => {
    const button = document.createElement('button');
    const picture = document.createElement(info.icon ? 'img' : 'span');
    const name = document.createElement('span');
    button.type = 'button';
    button.dataset.uuid = uuid;
    picture.className = 'ph';
    if (info.icon) {
      picture.src = info.icon;
      picture.alt = '';
    }
    name.textContent = info.name;
    button.append(picture, name);
    return button;
  });
  element('wallet-list').replaceChildren(...buttons);
  element('no-wallet').hidden = buttons.length > 0;
}

function paintAccount() {
  const account = wallet.current();
  const label = element('wallet').querySelector('span');
  label.textContent = account ? short(account) : words().connect;
  label.classList.toggle('mono', !!account);
  for (const place of document.querySelectorAll('[data-account]')) {
    place.textContent = account ? short(account) : place.dataset.none;
  }
  for (const input of document.querySelectorAll('[data-account-value]')) input.value = account ?? '';
}

// A part that is fetched anew has the wallet's words where they were made; met elsewhere, they would be taken for something old.
function goHome() {
  const place = document.querySelector('.wallet-says');
  focused = place?.contains(document.activeElement) ? document.activeElement : null;
  if (place) element('wallet-home')?.after(place);
}

// What was said of one stage of an order is out of date in the next.
function onSwapped() {
  paintAccount();
  const stage = element('order')?.dataset.stage ?? '';
  const message = element('wallet-message');
  if (message && message.dataset.stage !== stage) message.hidden = true;
  if (asked) standBy(document.querySelector(`#order [data-wallet-verb="${asked}"]`));
  focused?.focus({ preventScroll: true });
}

// The wallet chosen before answers by itself; only where there is none, or it is locked, a person is asked.
async function ready() {
  await wallet.restored();
  if (!wallet.current()) await choose();
}

// ---- placing an order: it names the account that will pay

async function onCheckout(event) {
  const form = event.currentTarget;
  if (form.elements.payer?.value !== 'wallet') return;
  if (wallet.current()) {
    paintAccount(); // browsers put back what a form held before
    return;
  }
  event.preventDefault();
  try {
    await ready();
    delete form.dataset.sent;
    form.requestSubmit();
  } catch (error) {
    delete form.dataset.sent;
    complain(error);
  }
}

// ---- moving money

async function onMoney(event) {
  const button = event.target.closest('[data-wallet-verb]');
  if (!button || button.ariaBusy === 'true') return;
  const { order, walletVerb, payer } = button.dataset;
  quiet();
  standBy(button);
  button.ariaBusy = 'true';
  try {
    await ready();
    await perform(order, walletVerb, payer, say, chosenIn(button.form));
    look();
  } catch (error) {
    complain(error, button);
    if (isPast(error) || error.kind === 'leftOut') look();
  } finally {
    button.ariaBusy = 'false';
  }
}

function look() {
  for (const part of ['order', 'together', 'campaign']) refreshNow(part);
}

function chosenIn(form) {
  const named = ['to', 'proposal'].map((name) => [name, form?.elements[name]?.value.trim()]);
  return Object.fromEntries(named.filter(([, value]) => value));
}

// What the wallet says stands beside the button that was pressed.
function standBy(button) {
  const place = document.querySelector('.wallet-says');
  if (!place || !button) return;
  asked = button.dataset.walletVerb;
  (button.closest('.row') ?? button).after(place);
}

function quiet() {
  for (const id of ['wallet-message', 'wallet-error', 'wallet-switch']) {
    if (element(id)) element(id).hidden = true;
  }
}

function say(word) {
  const place = element('wallet-message') ?? element('live');
  place.textContent = word ? words()[word] : '';
  if (place.id !== 'wallet-message') return;
  place.hidden = !word;
  place.dataset.stage = word === 'sent' && asked === 'fund' ? 'funding' : (element('order')?.dataset.stage ?? '');
  place.scrollIntoView({ block: 'nearest' });
  if (ASKS.has(word)) element('compare')?.scrollIntoView();
}

function complain(error, button) {
  quiet();
  const place = element('wallet-error') ?? element('live');
  place.textContent = sentence(error, button?.dataset.walletVerb);
  place.hidden = false;
  place.scrollIntoView({ block: 'nearest' });
  if (error?.details?.obstacle === 'funds.gas' && element('gasless')) element('gasless').open = true;
  if (error instanceof Trouble && error.kind === 'chain') offerSwitch(error.details, button);
}

// What went wrong, and where the money is: nobody has to guess whether it moved.
function sentence(error, verb) {
  const texts = words();
  const money = !verb ? '' : UNPAID.has(verb) ? ` ${texts.unpaid}` : ` ${texts.unmoved}`;
  if (isPast(error)) return PAID.test(reason(error)) ? texts.paid : texts.past;
  if (error instanceof Trouble) {
    const { kind, details } = error;
    if (kind === 'account') return fill(texts.account, { account: short(details.account), shown: short(details.shown) });
    if (kind === 'chain') return fill(texts.chain, { name: nameOf(details) });
    if (kind === 'closed') return texts.closed + money;
    if (kind === 'offline') return texts.offline + money;
    if (kind === 'unsaved') return texts.unsaved;
    if (kind === 'leftOut') return texts.leftOut;
    if (kind === 'unsigned') return texts.unsigned + money;
    return details.message || texts.error;
  }
  if (error?.code === REJECTED) return texts.rejected + money;
  if (error?.code === BUSY) return texts.busy;
  return NO_FUNDS.test(reason(error)) ? texts.funds + money : fill(texts.error, { message: reason(error).slice(0, 300) });
}

const reason = (error) => String(error?.data?.message ?? error?.message ?? error);

// Whether the order has moved on without this page: in another tab, or by the other side.
const isPast = (error) => MOVED_ON.has(error?.details?.rule) || PAST.test(reason(error));

const nameOf = (chain) => element('order')?.dataset.chainName ?? chain.chainName;

function offerSwitch(chain, button) {
  const place = element('wallet-switch');
  const fresh = place.querySelector('button').cloneNode(true);
  fresh.querySelector('span').textContent = fill(words().switch, { name: nameOf(chain) });
  fresh.addEventListener('click', async () => {
    try {
      await wallet.switchTo(chain);
      quiet();
      button?.click();
    } catch (error) {
      complain(error, button);
    }
  });
  place.replaceChildren(fresh);
  place.hidden = false;
}
