"""What a chain's node says when it refuses a transaction, in as many words as there are programs, as one of our errors."""

from node.contracts import abi, answers
from node.protocol.errors import EtalError, RuleError, Unavailable

# geth, erigon, bor; nethermind; besu
UNDERPRICED = ("underpriced", "feetoolow", "fee too low", "below configured minimum")


def translated(error: Exception) -> EtalError:
    """What a failed web3 call means for whoever wanted to send."""
    from web3.exceptions import ContractLogicError, Web3RPCError

    if isinstance(error, ContractLogicError):
        if _is_poverty(error.message or ""):
            return _too_poor()
        reason = abi.revert_reason(error.data) or _shortened(error.message or "")
        return RuleError("chain.reverted", reason or "the contract refused without a reason")
    if not isinstance(error, Web3RPCError):
        return answers.malformed(f"web3 raised {type(error).__name__}")
    answer = error.rpc_response or {}
    refused = answer.get("error") if isinstance(answer, dict) else None
    refused = refused if isinstance(refused, dict) else {}
    text = str(refused.get("message") or error.message or "")
    low = text.lower()
    if _is_poverty(text):
        return _too_poor()
    if is_known(text):
        return RuleError("chain.known", "The chain's node has this transaction already.")
    if "nonce" in low or "replacement" in low or "replace existing" in low:
        return RuleError("chain.nonce", "Another transaction of this wallet came first.")
    if any(words in low for words in UNDERPRICED):
        return RuleError("chain.underpriced", f"The chain's node asks for more: {_shortened(text)}")
    if refused.get("code") == 3 or "revert" in low:
        reason = abi.revert_reason(refused.get("data")) or _shortened(text)
        return RuleError("chain.reverted", reason)
    return Unavailable("chain.refused", f"The chain's node refused: {_shortened(text)}")


def _is_poverty(text: str) -> bool:
    low = text.lower()
    return "insufficient funds" in low or "insufficient balance" in low


def _too_poor() -> RuleError:
    return RuleError("chain.funds", "This wallet doesn't hold enough to pay that and its fee.")


def is_known(text: str) -> bool:
    low = text.lower()
    return "already known" in low or "already imported" in low or "known transaction" in low


def _shortened(text: str) -> str:
    text = text.removeprefix("execution reverted").lstrip(": ")
    return "".join(one if one.isprintable() else " " for one in text[: abi.MAX_REASON])
