"""The wallet in the browser of the tests: headless-web3-provider in a Node process, announced to pages by EIP-6963."""

import json
import queue
import subprocess
import threading
from pathlib import Path

from node.protocol.escrow import address_of
from node.protocol.patterns import address_to_text

TOOLS = Path(__file__).parents[1] / "tools"
ANSWER_LIMIT = 30.0
NAME = "Test wallet"

CONFIRMABLE = {
    "eth_requestAccounts",
    "eth_sendTransaction",
    "eth_signTypedData_v4",
    "wallet_switchEthereumChain",
    "wallet_addEthereumChain",
}

# Transport only: the page asks, the Node process answers.
ANNOUNCE = """
(() => {
  const listeners = {};
  const provider = {
    async request(asked) {
      const answer = JSON.parse(await window.__wallet(JSON.stringify(asked)));
      if (answer.error) throw Object.assign(new Error(answer.error.message), answer.error);
      return answer.result;
    },
    on(name, listener) { (listeners[name] ||= []).push(listener); },
    removeListener() {},
  };
  window.__walletEmit = (name, value) => (listeners[name] || []).forEach((each) => each(value));
  const info = Object.freeze({ uuid: '350670db-19fa-4704-a166-e52e178b59d2', name: 'NAME', rdns: 'test.wallet', icon: '' });
  const announce = () => dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail: Object.freeze({ info, provider }) }));
  addEventListener('eip6963:requestProvider', announce);
  announce();
})();
""".replace("NAME", NAME)


class Wallet:
    """One wallet with one key. `declines` holds the methods to which its person says no, `lacks` those that it doesn't have, with
    the code by which it says so."""

    def __init__(self, key: str, *chains: tuple[int, str]) -> None:
        self.declines: set[str] = set()
        self.lacks: dict[str, int] = {}
        self.asked: list[str] = []
        self.account = address_to_text(address_of(bytes.fromhex(key[2:])))
        words = [str(word) for chain in chains for word in chain]
        self._process = subprocess.Popen(
            ["node", str(TOOLS / "wallet.cjs"), key, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._waiting: dict[int, queue.Queue] = {}
        self._lock = threading.Lock()
        threading.Thread(target=self._read, daemon=True).start()

    def attach(self, context) -> None:
        """Put the wallet into every page of a browser context."""
        context.expose_function("__wallet", self.answer)
        context.add_init_script(ANNOUNCE)

    def answer(self, asked: str) -> str:
        """An EIP-1193 request of the page, confirmed or declined at once."""
        request = json.loads(asked)
        method = request["method"]
        self.asked.append(method)
        if method in self.lacks:
            error = {
                "code": self.lacks[method],
                "message": f"The method {method} is not supported.",
            }
            return json.dumps({"error": error})
        answer = self._send(method=method, params=request.get("params") or [])
        while True:
            try:
                return json.dumps(
                    answer.get(timeout=0.1 if method in CONFIRMABLE else ANSWER_LIMIT)
                )
            except queue.Empty:
                self._decide(method)

    def _decide(self, method: str) -> None:
        pending = self._send(control="pending").get(timeout=ANSWER_LIMIT)["result"]
        if method in pending:
            control = "reject" if method in self.declines else "approve"
            self._send(control=control, method=method).get(timeout=ANSWER_LIMIT)

    def _send(self, **message) -> queue.Queue:
        with self._lock:
            id = len(self.asked) * 1000 + len(self._waiting) + 1
            while id in self._waiting:
                id += 1
            answer = self._waiting[id] = queue.Queue()
            self._process.stdin.write(json.dumps({"id": id, **message}) + "\n")
            self._process.stdin.flush()
        return answer

    def _read(self) -> None:
        for line in self._process.stdout:
            message = json.loads(line)
            self._waiting.pop(message.pop("id")).put(message)

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()
