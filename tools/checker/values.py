"""The values of a chain and the one way each is written in bytes (docs/protocol.md, 2 to 8)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import List, Union

U64_MAX = 2**64 - 1
MEMO_BYTES_MAX = 64
UNITS_PER_COIN = 1_000_000


class Fault(Exception):
    """A rule that is broken: its name, what it asks for, what was there instead, and in which block."""

    def __init__(self, rule: str, expected: object, found: object):
        self.rule, self.expected, self.found = rule, str(expected), str(found)
        self.height = None
        super().__init__(f"{rule}: expected {expected}, found {found}")


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def u32(number: int) -> bytes:
    return number.to_bytes(4, "little")


def u64(number: int) -> bytes:
    return number.to_bytes(8, "little")


def text(string: str) -> bytes:
    encoded = string.encode("utf-8")
    return u32(len(encoded)) + encoded


def coins(units: int) -> str:
    """An amount as people write it: 36.1, 10, 0.000001."""
    whole, rest = divmod(units, UNITS_PER_COIN)
    return f"{whole}.{rest:06d}".rstrip("0") if rest else str(whole)


def with_unit(units: int) -> str:
    """An amount with its noun."""
    return f"{coins(units)} {'coin' if units == UNITS_PER_COIN else 'coins'}"


def short(digest_text: str) -> str:
    return f"{digest_text[:4]}…{digest_text[-4:]}"


def number_text(digest: bytes) -> str:
    """How a block's hash and a network's id are written: as the number they are, most significant digit first."""
    return digest[::-1].hex()


def address_of(key: bytes) -> bytes:
    return sha256(b"tabcoin address\0", key)[:20]


class Reader:
    """Reads values off the front of some bytes."""

    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def take(self, count: int) -> bytes:
        if len(self.data) - self.at < count:
            raise Fault("encoding", f"{count} more bytes at byte {self.at}", f"{len(self.data) - self.at}")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, count: int) -> int:
        return int.from_bytes(self.take(count), "little")

    def text(self, bytes_max: int) -> str:
        length = self.number(4)
        if length > bytes_max:
            raise Fault("encoding", f"a text of at most {bytes_max} bytes", f"{length} bytes")
        encoded = self.take(length)
        try:
            return encoded.decode("utf-8")
        except UnicodeDecodeError:
            raise Fault("encoding", "UTF-8", encoded.hex()) from None

    def end(self) -> None:
        if self.at != len(self.data):
            raise Fault("encoding", f"an end after {self.at} bytes", f"{len(self.data)} bytes")


@dataclass(frozen=True)
class Params:
    room: str
    address_prefix: str
    reward: int
    interval_ms: int
    half_life_ms: int
    target_limit: int
    genesis_time: int

    def encode(self) -> bytes:
        numbers = u64(self.reward) + u64(self.interval_ms) + u64(self.half_life_ms)
        return text(self.room) + text(self.address_prefix) + numbers + u32(self.target_limit) + u64(self.genesis_time)

    def has_room_name(self) -> bool:
        return re.fullmatch("[a-z0-9-]{1,32}", self.room) is not None

    def has_address_prefix(self) -> bool:
        return re.fullmatch("[a-z]{1,8}", self.address_prefix) is not None

    @staticmethod
    def decode(data: bytes) -> Params:
        reader = Reader(data)
        room, prefix = reader.text(len(data)), reader.text(len(data))
        params = Params(room, prefix, *(reader.number(size) for size in (8, 8, 8, 4, 8)))
        reader.end()
        if not params.has_room_name() or not params.has_address_prefix():
            raise Fault("encoding", "a room's name and an address prefix", f"{room!r} and {prefix!r}")
        return params

    def genesis(self) -> Block:
        root = sha256(b"tabcoin genesis\0", self.encode())
        return Block(Header(1, bytes(32), 0, self.genesis_time, bytes(12), root, self.target_limit, 0), [])


@dataclass(frozen=True)
class Header:
    version: int
    previous_hash: bytes
    height: int
    timestamp: int
    extra_nonce: bytes
    root: bytes
    target: int
    proof: int

    def encode(self) -> bytes:
        first = u32(self.version) + self.previous_hash + u64(self.height) + u64(self.timestamp) + self.extra_nonce
        return first + self.root + u32(self.target) + self.proof.to_bytes(16, "big")

    @staticmethod
    def read(reader: Reader) -> Header:
        version, previous_hash = reader.number(4), reader.take(32)
        height, timestamp = reader.number(8), reader.number(8)
        extra_nonce, root, target = reader.take(12), reader.take(32), reader.number(4)
        return Header(
            version, previous_hash, height, timestamp, extra_nonce, root, target, int.from_bytes(reader.take(16), "big")
        )

    def hash(self) -> bytes:
        return sha256(self.encode())


@dataclass(frozen=True)
class Reward:
    height: int
    receiver: bytes
    amount: int

    def encode(self) -> bytes:
        return b"\0" + self.content()

    def content(self) -> bytes:
        return u64(self.height) + self.receiver + u64(self.amount)

    def id(self) -> bytes:
        return sha256(b"tabcoin reward\0\0", self.content())


@dataclass(frozen=True)
class Payment:
    network: bytes
    sender: bytes
    receiver: bytes
    amount: int
    fee: int
    sequence: int
    memo: str
    signature: bytes

    def encode(self) -> bytes:
        return b"\1" + self.content() + self.signature

    def sender_address(self) -> bytes:
        return address_of(self.sender)

    def content(self) -> bytes:
        numbers = u64(self.amount) + u64(self.fee) + u64(self.sequence)
        return self.network + self.sender + self.receiver + numbers + text(self.memo)

    def signing_bytes(self) -> bytes:
        return b"tabcoin payment\0" + self.content()

    def id(self) -> bytes:
        return sha256(self.signing_bytes())


Transaction = Union[Reward, Payment]


def read_transaction(reader: Reader) -> Transaction:
    tag = reader.number(1)
    if tag == 0:
        return Reward(reader.number(8), reader.take(20), reader.number(8))
    if tag == 1:
        network, sender, receiver = reader.take(32), reader.take(32), reader.take(20)
        amount, fee, sequence = reader.number(8), reader.number(8), reader.number(8)
        return Payment(network, sender, receiver, amount, fee, sequence, reader.text(MEMO_BYTES_MAX), reader.take(64))
    raise Fault("encoding", "a transaction with tag 0 or 1", f"tag {tag}")


@dataclass(frozen=True)
class Block:
    header: Header
    transactions: List[Transaction] = field(default_factory=list)

    @staticmethod
    def decode(data: bytes) -> Block:
        reader = Reader(data)
        header, count = Header.read(reader), reader.number(4)
        block = Block(header, [read_transaction(reader) for _ in range(count)])
        reader.end()
        return block

    def encoded_len(self) -> int:
        return 116 + 4 + sum(len(transaction.encode()) for transaction in self.transactions)

    def payments(self) -> List[Payment]:
        return [transaction for transaction in self.transactions if isinstance(transaction, Payment)]


def merkle_root(transactions: List[Transaction]) -> bytes:
    """The Merkle tree hash of RFC 6962, section 2.1."""

    def subtree(leaves: List[bytes]) -> bytes:
        if len(leaves) == 1:
            return leaves[0]
        split = 1 << (len(leaves) - 1).bit_length() - 1
        return sha256(b"\1", subtree(leaves[:split]), subtree(leaves[split:]))

    return subtree([sha256(b"\0", transaction.encode()) for transaction in transactions]) if transactions else sha256()
