"""The settings as text, as `etal init` and the demo write them."""

import json
from dataclasses import fields

from node.config import Config, TokenConfig


def template(
    name: str = "",
    rpc: tuple[str, ...] = (),
    escrow: str = "",
    escrow_since: int = 0,
    bootstrap: tuple[str, ...] = (),
    chain_id: int = 0,
    network: str = Config.network,
    tokens: tuple[TokenConfig, ...] = (),
    real_money: str = "",
    campaign: str = "",
) -> str:
    """The text of a fresh config.toml, every setting shown with what it means."""

    def quoted(text: str) -> str:
        return json.dumps(text, ensure_ascii=False)  # whose escapes are all TOML's too

    def listed(texts: tuple[str, ...]) -> str:
        return f"[{', '.join(map(quoted, texts))}]"

    return f"""# Étal: settings of this node. Restart it after a change.

name = {quoted(name)}               # how your stall is called
network = {quoted(network)}     # records of one network are void on another

# The local page: http://<host_name>.localhost:<web_port>
host_name = "etal"
web_port = 4242

# Where other nodes reach this one (libp2p multiaddrs), and nodes to begin with
listen = ["/ip4/127.0.0.1/tcp/4243"]
bootstrap = {listed(bootstrap)}
mdns = false              # find nodes on the local network

# The chain that holds payments: a JSON-RPC URL, or better a list of several of different providers, which are compared; its id
# (0: asked while starting), the escrow contract (empty: at the address that it has on every chain) and the block in which it was
# deployed (0: the chain is asked), and the contract for pre-orders (campaign; empty likewise). Only test networks are accepted in
# this version; real_money is for later ones.
rpc = {quoted(rpc[0]) if len(rpc) == 1 else listed(rpc)}
chain_id = {chain_id}
escrow = {quoted(escrow)}
escrow_since = {escrow_since}
campaign = {quoted(campaign)}
real_money = {quoted(real_money)}
payout = ""               # where proceeds go; empty: the node's own wallet

auto_accept = false       # accept paid orders without asking
auto_collect = true       # fetch what a deadline has decided for you, by the node's own wallet

# A buyer who has a token and no coin signs the payment; your node sends it and pays the network's fee, so much at most in gwei
# (0: nothing), for one order and in a day, if the price is so many whole units of the token.
relay_fee = {Config.relay_fee}
relay_daily = {Config.relay_daily}
relay_price = {Config.relay_price}

extensions = []           # "package.module:ClassName" of extensions to load
content_budget = {Config.content_budget}   # bytes of pictures kept on disk
log_level = "INFO"        # DEBUG, INFO, WARNING or ERROR

# Tokens you accept. A currency makes it a stablecoin: prices in that currency can be paid with it.
# [[tokens]]
# address = "0x…"
# symbol = "USDC"
# decimals = 6
# currency = "USD"
{"".join(map(token_table, tokens))}"""


def token_table(token: TokenConfig) -> str:
    """As it stands at the end of config.toml."""
    rows = ((each.name, getattr(token, each.name)) for each in fields(token))
    told = [f"{name} = {json.dumps(value)}" for name, value in rows if value is not None]
    return "\n".join(["", "[[tokens]]", *told, ""])
