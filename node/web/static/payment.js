// Forwards what the node prepared to the wallet, step by step, and tells the node what the wallet sent.
import * as wallet from './wallet.js';

const MOST_STEPS = 20; // a permit, an approval in its place, one for each token of several orders, the payment; asked anew after each
const POLL_MS = 1000;
const MOST_POLLS = 300;
const SIGNED = new Set(['authorize', 'settle', 'sign_release']); // somebody else sends what is signed
const FIRST = { open: 'open' }; // transactions after which another is asked for -> what the person is told of them
const UNTOLD = 'etal.untold';

// What is done about a campaign as a whole is named "campaign:<id>" in place of an order.
const campaignOf = (order) => (order.startsWith('campaign:') ? `/api/campaigns/${order.slice(9)}` : undefined);

export class Trouble extends Error {
  constructor(kind, details = {}) {
    super(kind);
    this.kind = kind;
    this.details = details;
  }
}

// `order` is an id, or several with spaces between them, which one transaction does.
// `say(word)` tells the person what the wallet is about to ask; `more` is what the button's form adds: where a withdrawal goes, which proposal is accepted. Resolves when the last transaction is on its way.
export async function perform(order, verb, payer, say, more = {}) {
  let signature;
  let permit = true;
  const several = order.split(' ');
  const many = several.length > 1;
  const campaign = campaignOf(order);
  const address = many ? `/api/together/${verb}/wallet` : `${campaign ?? `/api/orders/${order}`}/wallet/${verb}`;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const account = wallet.current();
    const body = campaign ? { account, ...more } : many ? { orders: several, account } : { account, permit, ...(signature && { signature }), ...more };
    const prepared = await ask(address, body);
    if (many && prepared.orders.length < several.length) throw new Trouble('leftOut');
    signature = undefined;
    if (prepared.obstacle) throw new Trouble('obstacle', prepared);
    check(payer || prepared.account);
    if (!(await wallet.onChain(prepared.chain))) throw new Trouble('chain', prepared.chain);
    const [next] = prepared.steps;
    if (!next) return;
    if (next.kind === 'typed') {
      say(SIGNED.has(verb) ? 'signFor' : 'sign');
      signature = await wallet.signTyped(next.request);
      permit = signature !== null; // else the same by a transaction
      if (!permit && SIGNED.has(verb)) throw new Trouble('unsigned');
      continue;
    }
    say(FIRST[next.verb] ?? (next.verb !== 'approve' ? 'confirm' : permit ? 'approve' : 'approveInstead'));
    const hash = await wallet.send(next.request);
    await report(order, next.verb, hash);
    if (next.verb !== 'approve' && !FIRST[next.verb]) return say('sent');
    say('waiting');
    await mined(hash);
  }
}

function check(payer) {
  const shown = wallet.current();
  if (payer && payer.toLowerCase() !== shown.toLowerCase()) throw new Trouble('account', { account: payer, shown });
}

async function mined(hash) {
  for (let poll = 0; poll < MOST_POLLS; poll += 1) {
    if (await wallet.receipt(hash)) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

// A hash that the node couldn't be told is kept and told when the page is opened again.
async function report(order, verb, hash) {
  const note = { order, verb, hash }; // `order` may name several
  keep([...kept(), note]);
  try {
    await tell(note);
  } catch {
    throw new Trouble('unsaved', { hash });
  }
}

export async function tellKept() {
  for (const note of kept()) await tell(note).catch(() => {});
}

async function tell(note) {
  const { order, verb, hash } = note;
  const orders = order.split(' ');
  const campaign = campaignOf(order);
  if (campaign) await ask(`${campaign}/transactions`, { verb, hash });
  else if (orders.length > 1) await ask('/api/together/transactions', { orders, verb, hash });
  else await ask(`/api/orders/${order}/transactions`, { verb, hash });
  keep(kept().filter((each) => each.hash !== note.hash));
}

function kept() {
  try {
    return JSON.parse(localStorage.getItem(UNTOLD)) ?? [];
  } catch {
    return [];
  }
}

const keep = (notes) => localStorage.setItem(UNTOLD, JSON.stringify(notes.slice(-20)));

async function ask(path, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Trouble('offline');
  }
  const json = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Trouble('refused', json.error ?? { message: answer.statusText });
  return json;
}
