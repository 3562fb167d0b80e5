"""Every rule of a chain, in the order of docs/protocol.md, 8 and 10. The first that is broken is raised."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Dict, List, Tuple

import targets
from values import U64_MAX, Block, Fault, Header, Params, Payment, Reward, coins, merkle_root, number_text, short, with_unit

BLOCK_BYTES_MAX = 256 * 1024
TRANSACTION_BYTES_MAX = 512
MEDIAN_SPAN = 11
REWARD_MAX = 1000 * 1_000_000
FUTURE_MS_MAX = 120_000
HALF_LIFE_MS_MAX = 30 * 86_400_000

Verify = Callable[[bytes, bytes, bytes], bool]


def require(holds: bool, rule: str, expected: object, found: object) -> None:
    if not holds:
        raise Fault(rule, expected, found)


def check_params(params: Params) -> None:
    require(params.has_room_name(), "room name", "1 to 32 lower-case letters, digits and hyphens", repr(params.room))
    require(
        params.has_address_prefix(), "address", "a prefix of 1 to 8 lower-case letters", repr(params.address_prefix)
    )
    require(
        params.reward <= REWARD_MAX, "reward", f"at most {coins(REWARD_MAX)} coins", with_unit(params.reward)
    )
    require(100 <= params.interval_ms <= 3_600_000, "interval", "100 to 3600000 ms", f"{params.interval_ms} ms")
    half_life, half_life_min = params.half_life_ms, max(params.interval_ms, FUTURE_MS_MAX)
    require(
        half_life_min <= half_life <= HALF_LIFE_MS_MAX,
        "half-life",
        f"{half_life_min} to {HALF_LIFE_MS_MAX} ms",
        f"{half_life} ms",
    )
    try:
        targets.expand(params.target_limit)
    except ValueError as error:
        raise Fault("target encoding", error, targets.text(params.target_limit)) from None


@dataclass
class Account:
    balance: int = 0
    next_sequence: int = 0


@dataclass
class Chain:
    """A chain as far as it is verified: every header, and the accounts that its blocks leave."""

    params: Params
    verify: Verify
    headers: List[Header] = field(default_factory=list)
    tip: bytes = bytes(32)
    network: bytes = bytes(32)
    work: int = 0
    supply: int = 0
    accounts: Dict[bytes, Account] = field(default_factory=dict)

    def add(self, block: Block) -> None:
        """Verifies the next block and applies it."""
        if not self.headers:
            self.check_genesis(block)
            self.network = block.header.hash()
        else:
            self.check_header(block.header)
            self.check_body(block)
            self.check_signatures(block)
            self.apply(block)
            self.work += targets.work(targets.expand(block.header.target))
        self.headers.append(block.header)
        self.tip = block.header.hash()

    def account(self, address: bytes) -> Account:
        return self.accounts.setdefault(address, Account())

    def richest(self, count: int) -> List[Tuple[bytes, Account]]:
        with_coins = [(address, account) for address, account in self.accounts.items() if account.balance > 0]
        return sorted(with_coins, key=lambda entry: (-entry[1].balance, entry[0]))[:count]

    def next_target(self) -> int:
        """The compact target of the next block."""
        params, limit = self.params, targets.expand(self.params.target_limit)
        if len(self.headers) == 1:
            return params.target_limit
        parent, grandparent = self.headers[-1], self.headers[-2]
        solve_ms = parent.timestamp - grandparent.timestamp
        following = targets.following(
            targets.expand(parent.target), solve_ms, params.interval_ms, params.half_life_ms, limit
        )
        return targets.compress(following)

    def median_time(self) -> int:
        times = sorted(header.timestamp for header in self.headers[-MEDIAN_SPAN:])
        return times[len(times) // 2]

    def check_genesis(self, block: Block) -> None:
        expected = self.params.genesis()
        require(
            block == expected,
            "genesis",
            f"the one of these parameters, {number_text(expected.header.hash())}",
            number_text(block.header.hash()),
        )

    def check_header(self, header: Header) -> None:
        height, target, median = self.headers[-1].height + 1, self.next_target(), self.median_time()
        require(
            header.previous_hash == self.tip, "previous hash", number_text(self.tip), number_text(header.previous_hash)
        )
        require(header.version == 1, "header version", 1, header.version)
        require(header.height == height, "height", f"{height}, one above the parent", header.height)
        require(header.target == target, "target", targets.text(target), targets.text(header.target))
        require(
            header.timestamp > median,
            "time",
            f"later than {median} ms, the median of the blocks before",
            f"{header.timestamp} ms",
        )
        number, most = int.from_bytes(header.hash(), "little"), targets.expand(target)
        require(number <= most, "proof of work", f"a hash of at most {most:064x}", f"{number:064x}")

    def check_body(self, block: Block) -> None:
        root = merkle_root(block.transactions)
        require(block.header.root == root, "root", block.header.root.hex(), root.hex())
        size = block.encoded_len()
        require(size <= BLOCK_BYTES_MAX, "block size", f"at most {BLOCK_BYTES_MAX} bytes", f"{size} bytes")
        is_reward = [isinstance(transaction, Reward) for transaction in block.transactions]
        require(is_reward[:1] == [True], "reward", "a reward first", "none")
        require(True not in is_reward[1:], "reward", "one reward", "a second")
        reward, height = block.transactions[0], block.header.height
        require(reward.height == height, "reward height", height, reward.height)
        for payment in block.payments():
            self.check_payment(payment)
        allowed = self.params.reward + sum(payment.fee for payment in block.payments())
        require(allowed <= U64_MAX, "reward", f"at most {coins(U64_MAX)} coins", "more")
        require(
            reward.amount == allowed,
            "reward",
            f"{with_unit(allowed)}, reward and fees",
            with_unit(reward.amount),
        )

    def check_payment(self, payment: Payment) -> None:
        size = len(payment.encode())
        require(
            size <= TRANSACTION_BYTES_MAX, "transaction size", f"at most {TRANSACTION_BYTES_MAX} bytes", f"{size} bytes"
        )
        network, found = number_text(self.network), number_text(payment.network)
        require(
            network == found,
            "network",
            f"a payment for network {short(network)}",
            f"one for {short(found)}{place(payment)}",
        )
        require(payment.amount > 0, "amount", "more than zero coins", f"zero{place(payment)}")
        cost = payment.amount + payment.fee
        require(
            cost <= U64_MAX,
            "amount",
            f"amount and fee of at most {coins(U64_MAX)} coins together",
            f"{coins(cost)}{place(payment)}",
        )

    def check_signatures(self, block: Block) -> None:
        for payment in block.payments():
            holds = self.verify(payment.sender, payment.signing_bytes(), payment.signature)
            require(
                holds,
                "signature",
                f"one by the sender's key {payment.sender.hex()}",
                f"one that is not{place(payment)}",
            )

    def apply(self, block: Block) -> None:
        supply = self.supply + self.params.reward
        require(supply <= U64_MAX, "supply", f"at most {coins(U64_MAX)} coins in all", with_unit(supply))
        for payment in block.payments():
            sender, cost = self.account(payment.sender_address()), payment.amount + payment.fee
            sequence, balance = sender.next_sequence, sender.balance
            require(
                payment.sequence == sequence,
                "sequence number",
                f"{sequence}, the sender's next",
                f"{payment.sequence}{place(payment)}",
            )
            require(
                cost <= balance,
                "balance",
                f"at least {with_unit(cost)}, amount and fee",
                f"{with_unit(balance)}{place(payment)}",
            )
            sender.balance -= cost
            sender.next_sequence += 1
            self.account(payment.receiver).balance += payment.amount
        reward = block.transactions[0]
        self.account(reward.receiver).balance += reward.amount
        self.supply = supply


def place(payment: Payment) -> str:
    return f", in payment {short(payment.id().hex())}"
