"""Asks a running relay everything that its own OpenAPI document allows, and much that it does not.

    python fuzz.py http://127.0.0.1:5001

Ends with 0 when the document is one by OpenAPI's own schema, every answer was one that it describes, and none was an
error of the server; with 1 and a report when not. The relay's own node must mine, and its chain is best an easy one: a
few blocks are mined. Takes about a minute.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.request

import openapi_spec_validator

HERE = pathlib.Path(__file__).resolve().parent
# Seconds after which a relay that does not answer is given up.
ASKING_MAX = 120


def ask(url: str) -> dict:
    with urllib.request.urlopen(url, timeout=ASKING_MAX) as answer:
        return json.load(answer)


def what_there_is(relay: str) -> dict[str, str]:
    """Mines a block and says what it can be found by."""
    block = ask(f"{relay}/mine_block")
    reward = block["transactions"][-1]
    node = ask(f"{relay}/api/v1/rooms/main/nodes")["nodes"][0]
    return {
        "TABCOIN_NODE_ID": node["id"],
        "TABCOIN_BLOCK": block["hash"],
        "TABCOIN_TRANSACTION": reward["id"],
        "TABCOIN_ADDRESS": reward["receiver"],
    }


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    relay = sys.argv[1].rstrip("/")
    openapi_spec_validator.validate(ask(f"{relay}/openapi.json"))
    environment = os.environ | what_there_is(relay)
    start = [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"]
    options = ["--no-color", "--config-file", str(HERE / "schemathesis.toml")]
    command = [*start, *options, "run", f"{relay}/openapi.json"]
    # What it notes for a next time is not wanted.
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(command, env=environment, cwd=folder, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
