//! What `--help` teaches below the options: examples first, then what happens.
//!
//! A paragraph is one line here, for the parser wraps it at the terminal's width; a line of an example fits 80 columns.

/// What every command exits with; the table in docs/hosting.md says more.
macro_rules! exit_codes {
    () => {
        "\n\nExit codes: 0 done or stopped as asked, 1 failed or refused, 2 wrong usage, such as a room that is not there, \
         141 nobody reads standard output any more."
    };
}

pub(crate) const EXAMPLES: &str = concat!(
    "\
Examples:
  relay serve
      serves the app in ./dist on http://127.0.0.1:5001, its store in ./tabcoin-data
  relay serve --listen 0.0.0.0:5001 --data-dir /var/lib/tabcoin
      the same for everybody who can reach this machine: a classroom, a LAN
  relay serve --trust-proxy 127.0.0.1 --public-url https://coin.example
      hosted, behind a proxy on this machine that adds HTTPS (docs/hosting.md)
  relay export --output chain.json
      writes the chain of room main, from the store of a relay that is stopped
  relay import chain.json
      verifies an exported chain, and takes it into the store of a stopped relay
  curl 'http://127.0.0.1:5001/api/v1/rooms/main/chain?format=json'
      the same as export, from a relay that is running
  relay wallet words --data-dir ./tabcoin-data
      writes the 24 words of the own node's key, which restore its coins anywhere",
    exit_codes!()
);

pub(crate) const SERVE_AFTER: &str = concat!(
    "\
When it listens, it prints one line on standard output: listening on http://127.0.0.1:5001

Logs go to standard error. SIGTERM or Ctrl-C stops it: members are told, everything is committed, exit 0. A second one \
stops it at once. Nothing that was acknowledged is lost, even by SIGKILL.",
    exit_codes!()
);

pub(crate) const BRIDGE_AFTER: &str = concat!(
    "\
Examples:
  relay bridge --relay https://coin.example --node http://127.0.0.1:5001
      joins the Python node there to that relay's room classic
  relay bridge --relay http://teacher:5001 --node http://127.0.0.1:5002 --open
      the same for another port, open to the whole classroom

The node needs no change and no open port: the bridge connects outwards, over one WebSocket. It stands on everyone's \
Peers page, and answers at the address that the bridge prints for as long as the bridge runs. The token that it prints \
is a new one at each start.",
    exit_codes!()
);

pub(crate) const MINE_AFTER: &str = concat!(
    "\
Examples:
  relay mine --room main --threads 2
      mines in room main of the relay on http://127.0.0.1:5001 with two threads
  relay mine --relay https://coin.example --payout tab1…
      mines with every core, for the address that a tab's Wallet page shows
  relay mine --throttle 50 --blocks 3
      mines with half of every core, until the relay has three blocks of it

The miner is a member of the room like a tab, fetches its chain first, and is the same node every time it runs with the \
same --data-dir. Without --payout the reward goes to the key in that folder: relay wallet words backs it up, relay \
wallet send spends from it, with the same --data-dir.

It says on standard output when it has joined, how it goes, and what it finds; logs go to standard error. SIGTERM or \
Ctrl-C stops it at once. A block counts as found when another node has it. While its clock is more than two minutes \
from the relay's, the miner says whose is where and waits. It goes on by itself when the clock is set.

While the relay is away, the miner tries again until the relay answers, however long that takes. Something else than a \
relay at the address, such as another server, a wrong path or https for http, ends it at once.",
    exit_codes!()
);

pub(crate) const IMPORT_AFTER: &str = concat!(
    "\
Examples:
  relay import chain.json
      takes a chain that a page or a relay exported into ./tabcoin-data
  relay import tabcoin-main.bin --data-dir /var/lib/tabcoin --room main
      the same into another store, and only if it is the chain of room main

Stop the relay first. Every block is verified, like one that a tab sends. The chain becomes the room's if it has the \
most work; otherwise it is kept as a branch. Blocks before the first that is refused are kept. A store is made where \
there is none, and its room main gets the parameters of the file.",
    exit_codes!()
);

pub(crate) const WALLET_AFTER: &str = concat!(
    "\
Examples:
  relay wallet show
      whose key a miner keeps in ./tabcoin-miner, and its address
  (umask 077; relay wallet words > words.txt)
      writes the 24 words of that key into a file that nobody else may read;
      whoever has them has the coins
  relay wallet restore --data-dir ./other < words.txt
      puts the same key into another folder, for relay mine --data-dir ./other
  relay wallet balance --relay https://coin.example
      what the key's address has, by what that relay says
  relay wallet send tab1… 1.5 --fee 0.001 --memo 'for tea' --wait
      signs a payment here, hands it to the relay, waits until it is in a block
  relay wallet show --data-dir ./tabcoin-data
      the same for the own node of a relay that is stopped

A relay that runs holds its store, and with it its key. Its own node's coins are spent over HTTP then, or from another \
folder into which its words were restored. The folder of a bridge is ./tabcoin-bridge.

A key also opens in the app: restore its words there. Two nodes of one key at a time cut each other off.",
    exit_codes!()
);

pub(crate) const EXPORT_AFTER: &str = concat!(
    "\
Examples:
  relay export --output chain.json
      writes the chain of room main, from the store in ./tabcoin-data
  relay export --format bytes --data-dir /var/lib/tabcoin > chain.bin
      the same as bytes, from another store

Stop the relay first. While it runs, it is asked by
  curl 'http://127.0.0.1:5001/api/v1/rooms/main/chain?format=json'",
    exit_codes!()
);

pub(crate) const BALANCE_AFTER: &str = "\
confirmed is what the chain says, spendable what is left of that when everything that waits to leave is taken off. \
leaving and arriving are payments from and to this address that are in no block yet, and stand there where there are \
any.";
