#!/usr/bin/env python3
"""Verifies an exported chain from the file alone.

Everything is checked: the parameters, the genesis that commits to them, every header's place, target, time and proof of
work, every block's Merkle root, size and reward, every payment's network, amounts and signature, and that every sender
had the money. Nothing is taken on trust and nobody is asked; the rules are those of docs/protocol.md.

A relay exports the chain of a room at /api/v1/rooms/main/chain?format=json (or format=bytes), or with `relay export`.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Optional

import bech32m
import chain_file
import rules
import zip215
from values import Fault, coins, number_text

EPILOG = """\
examples:
  curl -s http://127.0.0.1:5001/api/v1/rooms/main/chain?format=json | %(prog)s -
  %(prog)s chain.bin --json

exit status: 0 the chain is valid; 1 it breaks a rule, which is named with what was expected and what was found;
2 the file or an option could not be read, or the Ed25519 package is missing.
"""


def main() -> int:
    options = parse_options()
    # A terminal that cannot show a character gets its number.
    sys.stdout.reconfigure(errors="backslashreplace")
    try:
        verify = zip215.is_valid if options.exact else zip215.fast_verifier()
    except ImportError:
        return refuse_to_start(
            "PyNaCl is not installed. Install it with\n"
            "  python3 -m pip install -r tools/checker/requirements.txt\n"
            "or add --exact, which needs no package and takes some milliseconds for each signature."
        )
    try:
        data = sys.stdin.buffer.read() if options.file == "-" else Path(options.file).read_bytes()
    except OSError as error:
        return refuse_to_start(f"cannot read {options.file}: {error.strerror}")
    try:
        chain = check(data, verify)
    except Fault as fault:
        print(fault_as_json(fault) if options.json else fault_as_text(fault))
        return 1
    print(chain_as_json(chain, options.top) if options.json else chain_as_text(chain, options.top))
    return 0


def check(data: bytes, verify: rules.Verify) -> rules.Chain:
    """Verifies a whole file. Raises the first Fault, with the height of its block where it has one."""
    params, blocks = chain_file.read(data)
    rules.check_params(params)
    chain = rules.Chain(params, verify)
    try:
        for block in blocks:
            chain.add(block)
        rules.require(bool(chain.headers), "genesis", "a block", "none")
    except Fault as fault:
        fault.height = len(chain.headers)
        raise
    return chain


def chain_as_text(chain: rules.Chain, top: int) -> str:
    head = chain.headers[-1]
    lines = [
        f"valid: every rule holds from the genesis to height {head.height}",
        f"  room      {chain.params.room}",
        f"  network   {number_text(chain.network)}",
        f"  tip       {number_text(chain.tip)}",
        f"  height    {head.height}",
        f"  work      {chain.work}",
        f"  supply    {coins(chain.supply)} coins",
    ]
    for number, (address, account) in enumerate(chain.richest(top)):
        name = "richest" if number == 0 else ""
        lines.append(f"  {name:8}  {bech32m.encode(chain.params.address_prefix, address)}  {coins(account.balance)}")
    return "\n".join(lines)


def chain_as_json(chain: rules.Chain, top: int) -> str:
    def entry(address: bytes, account: rules.Account) -> dict:
        name = bech32m.encode(chain.params.address_prefix, address)
        return {"address": name, "balance": account.balance, "next_sequence": account.next_sequence}

    summary = {
        "valid": True,
        "room": chain.params.room,
        "network": number_text(chain.network),
        "tip": number_text(chain.tip),
        "height": chain.headers[-1].height,
        "work": str(chain.work),
        "supply": chain.supply,
        "richest": [entry(address, account) for address, account in chain.richest(top)],
    }
    return json.dumps(summary, indent=2)


def fault_as_text(fault: Fault) -> str:
    where = where_text(fault.height)
    return f"not valid: {where}\n  rule      {fault.rule}\n  expected  {fault.expected}\n  found     {fault.found}"


def where_text(height: Optional[int]) -> str:
    return "the file" if height is None else f"the block at height {height}"


def fault_as_json(fault: Fault) -> str:
    summary = {
        "valid": False,
        "height": fault.height,
        "rule": fault.rule,
        "expected": fault.expected,
        "found": fault.found,
    }
    return json.dumps(summary, indent=2, ensure_ascii=False)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", help="the exported chain, JSON or bytes (the file says which); - reads standard input")
    parser.add_argument("--json", action="store_true", help="print the outcome as one JSON object")
    parser.add_argument(
        "--top", type=count, default=5, metavar="N", help="how many of the richest addresses to print (default 5)"
    )
    parser.add_argument(
        "--exact",
        action="store_true",
        help="verify signatures with the written-out equation alone, without the package",
    )
    return parser.parse_args()


def count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError("a whole number from 0 up is needed")
    return int(text)


def refuse_to_start(why: str) -> int:
    print(why, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
