"""Exported chains: one JSON object, or a file of bytes (docs/protocol.md, 12). What is read here is not verified."""

from __future__ import annotations

import json
from typing import Dict, Iterator, Tuple

import bech32m
from values import (
    MEMO_BYTES_MAX,
    U64_MAX,
    Block,
    Fault,
    Header,
    Params,
    Payment,
    Reader,
    Reward,
    Transaction,
    number_text,
)

MAGIC = b"TABCOIN\1"
FORMAT = "tabcoin chain 1"
FRAME_BYTES_MAX = 256 * 1024


def read(data: bytes) -> Tuple[Params, Iterator[Block]]:
    """The parameters, and the blocks one by one, genesis first."""
    return read_bytes(data) if data.startswith(MAGIC) else read_json(data)


def read_bytes(data: bytes) -> Tuple[Params, Iterator[Block]]:
    reader = Reader(data)
    reader.take(len(MAGIC))

    def frame() -> bytes:
        length = reader.number(4)
        if length > FRAME_BYTES_MAX:
            raise Fault("block size", f"at most {FRAME_BYTES_MAX} bytes", f"{length} bytes")
        return reader.take(length)

    def blocks() -> Iterator[Block]:
        while reader.at < len(data):
            yield Block.decode(frame())

    return Params.decode(frame()), blocks()


def read_json(data: bytes) -> Tuple[Params, Iterator[Block]]:
    try:
        chain = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Fault("file", f"JSON, or bytes that begin with {MAGIC!r}", error) from None
    chain = fields(chain, "format", "params", "network", "blocks")
    if chain["format"] != FORMAT:
        raise Fault("file", f'the format "{FORMAT}"', chain["format"])
    params = read_params(chain["params"])

    def blocks() -> Iterator[Block]:
        same("network", number_text(params.genesis().header.hash()), chain["network"])
        for block in of_type(list, "blocks", chain["blocks"]):
            yield read_block(block, params)

    return params, blocks()


def read_params(value: object) -> Params:
    names = "room", "address_prefix", "reward", "interval_ms", "half_life_ms", "target_limit", "genesis_time"
    value = fields(value, *names)
    for name in names[:2]:
        of_type(str, name, value[name])
    for name in names[2:]:
        number(value, name, 2**32 - 1 if name == "target_limit" else U64_MAX)
    return Params(**value)


def read_block(value: object, params: Params) -> Block:
    names = "version", "height", "previous_hash", "timestamp", "extra_nonce", "root", "target", "proof"
    value = fields(value, "hash", *names, "transactions")
    proof = of_type(str, "proof", value["proof"])
    if not proof.isascii() or not proof.isdigit() or str(int(proof[:40])) != proof or int(proof) >= 2**128:
        raise Fault("file", "a proof that is decimal text below 2^128", repr(proof))
    header = Header(
        number(value, "version", 2**32 - 1),
        hexadecimal(value, "previous_hash", 32)[::-1],
        number(value, "height"),
        number(value, "timestamp"),
        hexadecimal(value, "extra_nonce", 12),
        hexadecimal(value, "root", 32),
        number(value, "target", 2**32 - 1),
        int(proof),
    )
    same("hash", number_text(header.hash()), value["hash"])
    transactions = of_type(list, "transactions", value["transactions"])
    return Block(header, [read_transaction(transaction, params) for transaction in transactions])


def read_transaction(value: object, params: Params) -> Transaction:
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == "reward":
        value = fields(value, "type", "id", "height", "receiver", "amount")
        transaction = Reward(number(value, "height"), address(value, params), units(value, "amount"))
    elif kind == "payment":
        value = fields(
            value,
            "type",
            "id",
            "network",
            "sender",
            "sender_address",
            "receiver",
            "amount",
            "fee",
            "sequence",
            "memo",
            "signature",
        )
        transaction = Payment(
            hexadecimal(value, "network", 32)[::-1],
            hexadecimal(value, "sender", 32),
            address(value, params),
            units(value, "amount"),
            units(value, "fee"),
            number(value, "sequence"),
            memo(value),
            hexadecimal(value, "signature", 64),
        )
        sender = bech32m.encode(params.address_prefix, transaction.sender_address())
        same("sender address", sender, value["sender_address"])
    else:
        raise Fault("file", 'a transaction of the type "reward" or "payment"', repr(kind))
    same("id", transaction.id().hex(), value["id"])
    return transaction


def fields(value: object, *names: str) -> Dict[str, object]:
    """An object with exactly these fields."""
    found = sorted(of_type(dict, "an object", value))
    if found != sorted(names):
        raise Fault("file", f"the fields {', '.join(sorted(names))}", ", ".join(found))
    return value


def of_type(kind: type, name: str, value: object):
    # To Python, true is a whole number too.
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Fault("file", f"{name} as a {kind.__name__}", f"a {type(value).__name__}")
    return value


def number(value: Dict[str, object], name: str, most: int = U64_MAX) -> int:
    found = of_type(int, name, value[name])
    if not 0 <= found <= most:
        raise Fault("file", f"{name} from 0 to {most}", found)
    return found


def units(value: Dict[str, object], name: str) -> int:
    """An amount: a number, or the text of one that is too large for readers with floating point."""
    text = value[name]
    if not isinstance(text, str):
        return number(value, name)
    if not text.isascii() or not text.isdigit() or int(text[:40]) > U64_MAX:
        raise Fault("file", f"{name} from 0 to {U64_MAX}, as a number or its text", repr(text[:40]))
    return int(text[:40])


def hexadecimal(value: Dict[str, object], name: str, length: int) -> bytes:
    found = of_type(str, name, value[name])
    if len(found) != 2 * length or not set(found) <= set("0123456789abcdef"):
        raise Fault("file", f"{name} as {2 * length} hex digits", repr(found))
    return bytes.fromhex(found)


def memo(value: Dict[str, object]) -> str:
    found = of_type(str, "memo", value["memo"])
    try:
        length = len(found.encode("utf-8"))
    except UnicodeEncodeError:
        raise Fault("memo", "Unicode characters", repr(found)) from None
    if length > MEMO_BYTES_MAX:
        raise Fault("memo", f"at most {MEMO_BYTES_MAX} bytes", f"{length} bytes")
    return found


def address(value: Dict[str, object], params: Params) -> bytes:
    found = of_type(str, "receiver", value["receiver"])
    try:
        return bech32m.decode(params.address_prefix, found)
    except ValueError as error:
        raise Fault("address", error, repr(found)) from None


def same(rule: str, expected: object, found: object) -> None:
    """Checks a field that follows from others and is there for people."""
    if expected != found:
        raise Fault(rule, expected, found)
