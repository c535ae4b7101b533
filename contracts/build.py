"""Compile the contracts and write, or check, the artifacts that the product ships.

    python contracts/build.py           # write node/contracts/artifacts/*.json
    python contracts/build.py --check   # compile again, compare, exit 1 on any difference

Runs in the environment of contracts/requirements.txt, apart from the product's: the compiler and the
product want different versions of the same library.
"""

import argparse
import json
import sys
from pathlib import Path

import vyper
from vyper.compiler import compile_code

HERE = Path(__file__).resolve().parent
ARTIFACTS = HERE.parent / "node" / "contracts" / "artifacts"
CONTRACTS = ("Escrow", "Campaign", "TestToken")
MAX_CODE = 24_576  # bytes, EIP-170


def artifact(name: str) -> dict:
    """What the product needs to deploy a contract, call it, and know it on a chain.

    `deployedBytecode` is the code on the chain with every immutable zeroed; `immutableReferences` says
    where they are: {name: {"start": byte offset, "length": bytes}}. ValueError if over EIP-170.
    """
    source = (HERE / f"{name}.vy").read_text()
    out = compile_code(source, output_formats=["abi", "bytecode", "bytecode_runtime", "layout"])
    runtime = out["bytecode_runtime"].removeprefix("0x")
    code_end = len(runtime) // 2
    immutables = {
        field: {"start": code_end + place["offset"], "length": place["length"]}
        for field, place in out["layout"].get("code_layout", {}).items()
    }
    room = sum(place["length"] for place in immutables.values())
    if code_end + room > MAX_CODE:
        raise ValueError(
            f"{name}: {code_end + room} bytes of code, at most {MAX_CODE} fit on a chain"
        )
    return {
        "contractName": name,
        "compiler": f"vyper {vyper.__version__}",
        "evmVersion": "cancun",
        "abi": out["abi"],
        "bytecode": "0x" + out["bytecode"].removeprefix("0x"),
        "deployedBytecode": "0x" + runtime + "00" * room,
        "immutableReferences": immutables,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args().check
    stale = []
    for name in CONTRACTS:
        text = json.dumps(artifact(name), indent=1) + "\n"
        path = ARTIFACTS / f"{name}.json"
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        elif not path.is_file() or path.read_text() != text:
            stale.append(path.name)
    for name in stale:
        print(f"{name} is not what {name.removesuffix('.json')}.vy compiles to", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
