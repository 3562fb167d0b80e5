"""CPython's own word on what the tutorial's nodes compute. One question a line on standard input, one answer a line on
standard output; texts travel as the hex of their UTF-8.

    document TEXT          -> refused | HASH of the sorted text, then dumps, dumps with sorted keys, jsonify's body
    difference NEW BEFORE  -> the decimal text of NEW**2 - BEFORE**2
    proof BEFORE           -> the smallest proof after BEFORE
    valid CHAIN            -> True | False | failed (the tutorial's code raises an exception)
    mine CHAIN NAME AMOUNT -> the chain with one more block, its transaction's receiver a text, its amount JSON
    netloc URL             -> what urlparse says
"""

import hashlib
import json
import sys
from urllib.parse import urlparse


def hash_of(block):
    return hashlib.sha256(json.dumps(block, sort_keys=True).encode()).hexdigest()


def is_proof(new, previous):
    return hashlib.sha256(str(new**2 - previous**2).encode()).hexdigest()[:4] == "0000"


def proof_of_work(previous):
    new = 1
    while not is_proof(new, previous):
        new += 1
    return new


def is_chain_valid(chain):
    previous = chain[0]
    for block in chain[1:]:
        if block["previous_hash"] != hash_of(previous):
            return False
        if not is_proof(block["proof"], previous["proof"]):
            return False
        previous = block
    return True


def mine(chain, name, amount):
    previous = chain[-1]
    return chain + [
        {
            "index": len(chain) + 1,
            "timestamp": "2026-11-22 19:30:54.123456",
            "proof": proof_of_work(previous["proof"]),
            "previous_hash": hash_of(previous),
            "transactions": [{"sender": "node", "receiver": name, "amount": json.loads(amount)}],
        }
    ]


def text_of(word):
    return bytes.fromhex(word).decode()


def word_of(text):
    return text.encode().hex()


def answer(question, arguments):
    if question == "document":
        try:
            value = json.loads(text_of(arguments[0]))
        except ValueError:
            return "refused"
        in_order, by_key = json.dumps(value), json.dumps(value, sort_keys=True)
        body = json.dumps(value, sort_keys=True, separators=(",", ":")) + "\n"
        return " ".join([hash_of(value), word_of(in_order), word_of(by_key), word_of(body)])
    if question == "difference":
        new, previous = map(int, arguments)
        return str(new**2 - previous**2)
    if question == "proof":
        return str(proof_of_work(int(arguments[0])))
    if question == "valid":
        try:
            return str(is_chain_valid(json.loads(text_of(arguments[0]))))
        except (KeyError, TypeError, IndexError):
            return "failed"
    if question == "mine":
        chain, name, amount = map(text_of, arguments)
        return word_of(json.dumps(mine(json.loads(chain), name, amount)))
    if question == "netloc":
        return word_of(urlparse(text_of(arguments[0])).netloc)
    raise SystemExit("no such question: " + question)


for line in sys.stdin:
    question, *arguments = line.rstrip("\n").split(" ")
    print(answer(question, arguments))
