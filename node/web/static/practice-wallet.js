// The demo's practice wallet: announces itself like any EIP-6963 wallet, asks before it does anything, and lets the demo's own
// chain sign with an account that is public anyway. It refuses every other chain. Real nodes never load this file.
const meta = document.querySelector('meta[name="etal-practice-wallet"]');
const words = meta.dataset;
const account = meta.content;
const listeners = new Map();
const ALLOWED = 'etal.practice.allowed';
const MOST_SHOWN = 600; // characters of text in the dialog
const MOST_DATA = 42; // characters of call data: nobody reads it, and what it says stands above it
const APPROVE = /^0x095ea7b3[0-9a-f]{24}([0-9a-f]{40})([0-9a-f]{64})$/i; // approve(address,uint256) of ERC-20
const SYMBOL = '0x95d89b41';
const DECIMALS = '0x313ce567';
const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#b4690e"/><path d="M8 12h16v11H8zM8 12l12-4v4M19 17h5" fill="none" stroke="#fff" stroke-width="2" stroke-linejoin="round"/></svg>',
)}`;

class WalletError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

let calls = 0;

async function chain(method, params = []) {
  const answer = await fetch(words.rpc, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: (calls += 1), method, params }),
  });
  const { result, error } = await answer.json();
  if (error) throw new WalletError(error.code, error.message);
  return result;
}

const chainId = chain('eth_chainId');
chainId.catch(() => {}); // told to whoever asks for it

const same = (one, other) => String(one).toLowerCase() === String(other).toLowerCase();

async function mustBeHere(wanted) {
  if (wanted !== undefined && BigInt(wanted) !== BigInt(await chainId)) {
    throw new WalletError(4902, 'The practice wallet knows only the chain of this demo.');
  }
}

function mustBeMine(address) {
  if (!same(address, account)) throw new WalletError(4100, 'This is not the account of the practice wallet.');
}

// ---- what it can do

const methods = {
  eth_chainId: () => chainId,
  eth_accounts: () => (localStorage.getItem(ALLOWED) ? [account] : []),
  async eth_requestAccounts() {
    if (!localStorage.getItem(ALLOWED)) {
      await confirm(words.connect, [[words.from, account]]);
      localStorage.setItem(ALLOWED, 'yes');
    }
    return [account];
  },
  async eth_sendTransaction([asked]) {
    mustBeMine(asked.from);
    await mustBeHere(asked.chainId);
    await confirm(words.send, [
      [words.amount, `${units(asked.value ?? '0x0', 18)} ETH`],
      [words.to, asked.to],
      ...(await permission(asked)),
      [words.from, account],
      [words.data, brief(asked.data ?? words.nothing)],
      ...(await fee(asked)),
      await network(),
    ]);
    return chain('eth_sendTransaction', [asked]);
  },
  async eth_signTypedData_v4([who, text]) {
    mustBeMine(who);
    const typed = typeof text === 'string' ? JSON.parse(text) : text;
    await mustBeHere(typed.domain?.chainId);
    const token = typed.domain?.verifyingContract;
    const { value, ...rest } = typed.message ?? {};
    await confirm(words.sign, [
      [words.content, `${typed.domain?.name ?? ''} · ${typed.primaryType}`],
      ...(value === undefined ? [] : [['value', await inWords(token, value)]]),
      ...Object.entries(rest).map(([name, each]) => [name, String(each)]),
      ['verifyingContract', token ?? words.nothing],
      await network(),
    ]);
    return chain('eth_signTypedData_v4', [account, JSON.stringify(typed)]);
  },
  async personal_sign([text, who]) {
    mustBeMine(who);
    await confirm(words.sign, [[words.content, text]]);
    return chain('personal_sign', [text, account]);
  },
  async wallet_switchEthereumChain([wanted]) {
    await mustBeHere(wanted.chainId);
    return null;
  },
  async wallet_addEthereumChain([wanted]) {
    await mustBeHere(wanted.chainId);
    return null;
  },
};
const READING = new Set(['eth_getTransactionReceipt', 'eth_getBalance', 'eth_blockNumber', 'eth_call', 'eth_estimateGas', 'net_version']);

const provider = {
  async request({ method, params = [] }) {
    if (Object.hasOwn(methods, method)) return methods[method](params);
    if (READING.has(method)) return chain(method, params);
    throw new WalletError(4200, `The practice wallet doesn’t know ${method}.`);
  },
  on(name, listener) {
    listeners.set(name, [...(listeners.get(name) ?? []), listener]);
  },
  removeListener(name, listener) {
    listeners.set(name, (listeners.get(name) ?? []).filter((each) => each !== listener));
  },
};

function units(amount, decimals) {
  const digits = BigInt(amount).toString().padStart(decimals + 1, '0');
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '');
  return digits.slice(0, digits.length - decimals) + (fraction && `.${fraction}`);
}

// An amount of a token as it is signed, and as people count it, by what the token says of itself.
async function inWords(token, amount) {
  try {
    const [decimals, symbol] = await Promise.all(
      [DECIMALS, SYMBOL].map((data) => chain('eth_call', [{ to: token, data }, 'latest'])),
    );
    return `${amount} = ${units(amount, Number(BigInt(decimals)))} ${text(symbol)}`;
  } catch {
    return String(amount);
  }
}

// A string as contracts return it: offset, length, bytes.
function text(hex) {
  const bytes = hex.slice(2).match(/../g).map((pair) => parseInt(pair, 16));
  const length = Number(BigInt(`0x${hex.slice(66, 130)}`));
  return new TextDecoder().decode(new Uint8Array(bytes.slice(64, 64 + length)));
}

async function permission({ to, data }) {
  const [, spender, amount] = APPROVE.exec(data ?? '') ?? [];
  return spender ? [['spender', `0x${spender}`], ['value', await inWords(to, BigInt(`0x${amount}`))]] : [];
}

// What the chain asks for it now; a transaction that it can't try out has none to tell.
async function fee(asked) {
  try {
    const [gas, price] = await Promise.all([chain('eth_estimateGas', [asked]), chain('eth_gasPrice')]);
    return [[words.fee, `${units(BigInt(gas) * BigInt(price), 18)} ETH`]];
  } catch {
    return [];
  }
}

const network = async () => [words.network, words.chain.replace('{number}', BigInt(await chainId))];

const brief = (data) => (data.length > MOST_DATA ? `${data.slice(0, MOST_DATA)}…` : data);

// ---- its own window

let queue = Promise.resolve(); // one question at a time

function confirm(title, rows) {
  const answer = queue.then(() => ask(title, rows));
  queue = answer.catch(() => {});
  return answer;
}

function ask(title, rows) {
  const dialog = make('dialog', 'practice');
  const body = make('div', 'sheet-body');
  const heading = make('h2', '', words.title);
  const list = make('dl', 'compare');
  list.tabIndex = 0;
  heading.id = 'practice-title';
  heading.tabIndex = -1;
  heading.autofocus = true; // else the browser scrolls to the rows, which come first among what the keyboard reaches
  dialog.setAttribute('aria-labelledby', heading.id);
  for (const [name, value] of rows) {
    const row = make('div');
    const text = String(value);
    row.append(make('dt', '', name), make('dd', 'mono', text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text));
    list.append(row);
  }
  const approve = make('button', 'btn', words.approve);
  const decline = make('button', 'btn second', words.decline);
  const buttons = make('div', 'row');
  buttons.append(approve, decline);
  body.append(heading, make('p', 'note warn', words.warning), make('p', '', title), list, buttons);
  dialog.append(body);
  document.body.append(dialog);
  // Like a wallet's window, it leaves the page to be read and scrolled; over a dialog of the page, only another one can be used.
  if (document.querySelector('dialog:modal')) dialog.showModal();
  else dialog.show();
  return new Promise((resolve, reject) => {
    approve.addEventListener('click', () => dialog.close('yes'));
    decline.addEventListener('click', () => dialog.close('no'));
    dialog.addEventListener('keydown', (event) => event.key === 'Escape' && dialog.close('no'));
    dialog.addEventListener('close', () => {
      dialog.remove();
      if (dialog.returnValue === 'yes') resolve();
      else reject(new WalletError(4001, 'Declined in the practice wallet.'));
    });
  });
}

function make(tag, css = '', text = '') {
  const element = document.createElement(tag);
  if (css) element.className = css;
  element.textContent = text;
  return element;
}

// ---- EIP-6963

const info = Object.freeze({ uuid: crypto.randomUUID?.() ?? '00000000-0000-4000-8000-00000000e7a1', name: words.title, icon: ICON, rdns: 'org.etal.practice' });
const announce = () =>
  dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail: Object.freeze({ info, provider }) }));
addEventListener('eip6963:requestProvider', announce);
announce();
