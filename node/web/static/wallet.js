// Wallets in this browser: found by EIP-6963, spoken to by EIP-1193. No key and no ABI is here: the node prepares every request.
const MOST_WALLETS = 30;
const MOST_ICON = 200_000;
const ICON = /^data:image\/(png|webp|gif|jpeg|svg\+xml)[;,]/;
const CHOSEN = 'etal.wallet';
const RESTORE_MS = 1500; // how long the wallet chosen before may take to answer after a reload
const UNKNOWN_CHAIN = 4902; // EIP-3085: the wallet must be told about the chain first
const UNSUPPORTED = new Set([4200, -32601, -32004]); // EIP-1193, JSON-RPC, EIP-1474: it has no such method

export const found = new Map(); // uuid -> { info, provider }
export const bus = new EventTarget(); // "found", "account"

let asking = 0; // questions that the wallet shows now
let provider = null;
let account = null;
let answered;
const resumed = new Promise((resolve) => (answered = resolve));

export const current = () => account;
export const isAsking = () => asking > 0;

async function ask(chosen, request) {
  asking += 1;
  try {
    return await chosen.request(request);
  } finally {
    asking -= 1;
  }
}

export function discover() {
  addEventListener('eip6963:announceProvider', (event) => {
    const { info, provider: announced } = event.detail ?? {};
    if (!info?.uuid || typeof announced?.request !== 'function') return;
    if (found.has(info.uuid) || found.size >= MOST_WALLETS) return;
    const icon = String(info.icon ?? '');
    found.set(info.uuid, {
      provider: announced,
      info: {
        name: String(info.name).slice(0, 60),
        rdns: String(info.rdns).slice(0, 100),
        icon: icon.length < MOST_ICON && ICON.test(icon) ? icon : null,
      },
    });
    tell('found');
    resume(info.uuid);
  });
  dispatchEvent(new Event('eip6963:requestProvider'));
}

// Asks the wallet for an account; the wallet shows a prompt unless this page may see one already.
export async function connect(uuid) {
  const chosen = found.get(uuid);
  const accounts = await ask(chosen.provider, { method: 'eth_requestAccounts' });
  localStorage.setItem(CHOSEN, chosen.info.rdns);
  use(chosen.provider, accounts[0] ?? null);
  return account;
}

// After a reload: eth_accounts never shows a prompt.
async function resume(uuid) {
  const known = found.get(uuid);
  if (account || known.info.rdns !== localStorage.getItem(CHOSEN)) return;
  const accounts = await known.provider.request({ method: 'eth_accounts' }).catch(() => []);
  if (accounts[0] && !account) use(known.provider, accounts[0]);
  answered();
}

// Resolves when it is known whether the wallet chosen before still shows its account: until then nobody need be asked.
export async function restored() {
  if (account || !localStorage.getItem(CHOSEN)) return;
  await Promise.race([resumed, new Promise((resolve) => setTimeout(resolve, RESTORE_MS))]);
}

function use(chosen, first) {
  const fresh = provider !== chosen;
  provider = chosen;
  account = first;
  if (fresh) {
    provider.on?.('accountsChanged', (accounts) => {
      if (provider !== chosen) return;
      account = accounts[0] ?? null;
      tell('account');
    });
    provider.on?.('disconnect', () => {
      if (provider !== chosen) return;
      account = null;
      tell('account');
    });
  }
  tell('account');
}

const tell = (name) => bus.dispatchEvent(new Event(name));

export async function onChain(chain) {
  return BigInt(await provider.request({ method: 'eth_chainId' })) === BigInt(chain.chainId);
}

export async function switchTo(chain) {
  const wanted = { method: 'wallet_switchEthereumChain', params: [{ chainId: chain.chainId }] };
  try {
    await provider.request(wanted);
  } catch (error) {
    if (error.code !== UNKNOWN_CHAIN && error.data?.originalError?.code !== UNKNOWN_CHAIN) throw error;
    await provider.request({ method: 'wallet_addEthereumChain', params: [chain] });
    if (!(await onChain(chain))) await provider.request(wanted);
  }
}

// The signature, or null from a wallet that can't sign this at all; a person who declines is an error, as everywhere.
export async function signTyped(typed) {
  try {
    return await ask(provider, { method: 'eth_signTypedData_v4', params: [account, JSON.stringify(typed)] });
  } catch (error) {
    if (!UNSUPPORTED.has(error.code) && !UNSUPPORTED.has(error.data?.originalError?.code)) throw error;
    return null;
  }
}

export const send = (transaction) =>
  ask(provider, { method: 'eth_sendTransaction', params: [{ ...transaction, from: account }] });

export const receipt = (hash) =>
  provider.request({ method: 'eth_getTransactionReceipt', params: [hash] });
