//! Answers the page's queries from the chain and the mempool. It changes nothing.

use shared::protocol::Member;
use shared::state::chain::{BlockStatus, Chain};
use shared::state::mempool::Mempool;
use shared::state::wallet;
use shared::{
    Address, Block, BlockHash, Height, NodeId, NodeName, Receipt, Refusal, Seal, Target, Transaction, TransactionId,
    export,
};

use super::pasted;
use super::plain;
use super::search::{self, Sought};
use super::snapshot::{Names, card};
use crate::node::handle::{
    AddressPage, BlockPage, ExportFormat, Found, Place, Query, TransactionKind, TransactionPage,
};

/// The most blocks or history entries that one answer holds.
const PAGE_MAX: u32 = 100;

/// What queries are answered from.
#[derive(Clone, Copy)]
pub struct Library<'a> {
    /// The blocks.
    pub chain: &'a Chain,
    /// The payments that wait.
    pub mempool: &'a Mempool,
    /// Whose address is whose.
    pub names: &'a Names,
    /// The other members of the room.
    pub members: &'a [Member],
    /// This tab's node.
    pub id: NodeId,
}

impl Library<'_> {
    /// Answers a query.
    pub fn find(self, query: &Query) -> Found {
        match query {
            Query::Blocks { from, count } => self.blocks(*from, *count),
            Query::Block(hash) => self.block(hash),
            Query::Transaction(id) => self.transaction(id),
            Query::Address { address, skip, count } => self.address(address, *skip, *count),
            Query::Search(text) => self.search(text),
            Query::Export(format) => self.export(*format),
            // A classic chain is no part of the sealed one; it is asked for where it is kept.
            Query::ClassicChain => nothing("classic chain", "a classic room", "a sealed one"),
            // Nor are the identities; they are read beside the loop.
            Query::Identities { .. } | Query::Words => {
                nothing("identities", "a question to the tab", "one to its chain")
            }
        }
    }

    fn blocks(self, from: Option<u64>, count: u32) -> Found {
        let tip = self.chain.tip().height.as_u64();
        let from = from.unwrap_or(tip).min(tip);
        let heights = (0..=from).rev().take(count.min(PAGE_MAX) as usize).map(Height::from);
        let cards = heights.filter_map(|height| card(self.chain, &self.chain.hash_at(height)?, self.names));
        Found::Blocks(cards.collect())
    }

    fn block(self, hash: &BlockHash) -> Found {
        match self.block_page(hash) {
            Some(page) => Found::Block(Box::new(page)),
            None if self.chain.status(hash) == Some(BlockStatus::HeaderOnly) => {
                nothing("block", "a block whose body is here", "only its header so far")
            }
            None => nothing("block", "the hash of a block this node knows", hash.to_string()),
        }
    }

    fn block_page(self, hash: &BlockHash) -> Option<BlockPage> {
        let (chain, prefix) = (self.chain, &self.chain.params().address_prefix);
        let block = chain.block(hash)?;
        let Block { header, transactions } = &block;
        let active = chain.is_active(hash);
        let fees = transactions.iter().filter_map(|transaction| match transaction {
            Transaction::Payment(signed) => Some(signed.payment.fee),
            Transaction::Reward(_) => None,
        });
        Some(BlockPage {
            summary: card(chain, hash, self.names)?,
            active,
            confirmations: if active { plain::confirmations(chain, header.height.as_u64()) } else { 0 },
            next: if active { chain.hash_at(header.height.next()) } else { None },
            version: header.version,
            extra_nonce: hex::encode(header.extra_nonce.0),
            root: header.root.to_string(),
            target: plain::target_hex(header.target),
            proof: header.proof.0.to_string(),
            work: Target::from_compact(header.target)
                .map_or_else(|_| String::new(), |target| target.work().to_string()),
            header_hex: hex::encode(header.encode()),
            fees: shared::Amount::sum(fees).unwrap_or(shared::Amount::MAX),
            reward_id: plain::reward(transactions).map(|(id, ..)| id),
            payments: transactions
                .iter()
                .filter_map(|transaction| match transaction {
                    Transaction::Payment(signed) => Some(plain::payment(signed, prefix)),
                    Transaction::Reward(_) => None,
                })
                .collect(),
        })
    }

    fn transaction(self, id: &TransactionId) -> Found {
        let prefix = &self.chain.params().address_prefix;
        let kind = |transaction: &Transaction| match transaction {
            Transaction::Reward(reward) => {
                TransactionKind::Reward { receiver: reward.receiver.encode(prefix), amount: reward.amount }
            }
            Transaction::Payment(signed) => TransactionKind::Payment {
                payment: plain::payment(signed, prefix),
                key: hex::encode(signed.payment.sender.as_bytes()),
                signature: hex::encode(signed.signature.as_bytes()),
            },
        };
        if let Some(signed) = self.mempool.get(id) {
            let kind = kind(&Transaction::Payment(signed.clone()));
            let page = TransactionPage { id: *id, kind, block: None, seal: None, confirmations: 0 };
            return Found::Transaction(Box::new(page));
        }
        let Some(found) = self.chain.find_transaction(id) else {
            return nothing("transaction", "the id of a transaction this node knows", id.to_string());
        };
        let header = self.chain.header(&found.block).expect("a transaction is found in a block of the active chain");
        Found::Transaction(Box::new(TransactionPage {
            id: *id,
            kind: kind(&found.transaction),
            block: Some(plain::block_ref(found.block, header)),
            seal: Some(plain::seal(&found.block)),
            confirmations: plain::confirmations(self.chain, found.height.as_u64()),
        }))
    }

    fn address(self, text: &str, skip: u32, count: u32) -> Found {
        let prefix = &self.chain.params().address_prefix;
        let address = match Address::decode(text.trim(), prefix) {
            Ok(address) => address,
            Err(error) => return Found::Nothing(error.receipt()),
        };
        let account = self.chain.ledger().account(&address);
        let (skip, count) = (skip as usize, count.min(PAGE_MAX) as usize);
        let mut history = Vec::new();
        let mut total = 0;
        for (at, entry) in wallet::history(self.chain, self.mempool, &address).enumerate() {
            if (skip..skip + count).contains(&at) {
                history.push(plain::history_entry(&entry, prefix));
            }
            total += 1;
        }
        Found::Address(Box::new(AddressPage {
            address: address.encode(prefix),
            own: self.names.is_own(&address),
            name: self.names.of(&address),
            balance: account.balance,
            next_sequence: account.next_sequence,
            history,
            history_total: total,
        }))
    }

    fn search(self, text: &str) -> Found {
        let params = self.chain.params();
        let mut sought = search::read(text, params.room.as_str(), params.address_prefix.as_str());
        if let Sought::Words(words) = &sought
            && self.search_words(words).is_empty()
            && let Some(named) = search::named_in(words, params.address_prefix.as_str())
        {
            sought = named;
        }
        let found = match sought {
            Sought::Height(height) => return self.search_height(height),
            Sought::Elsewhere(room) => {
                return nothing(
                    "search",
                    format!("something in room {}", params.room),
                    format!("an address of room {room}"),
                );
            }
            Sought::Hash(hash) => self.search_hash(&hash),
            Sought::Ends { head, tail } => self.search_ends(&head, &tail),
            Sought::Address(address) => match Address::decode(&address, &params.address_prefix) {
                Ok(address) => vec![self.place(&address)],
                Err(error) => return Found::Nothing(error.receipt()),
            },
            Sought::Node(id) => self.search_node(&id),
            Sought::Words(words) => self.search_words(&words),
        };
        match &found[..] {
            [place] => Found::Place(place.clone()),
            [] => {
                let shown: String = pasted::line(text).chars().take(80).collect();
                let expected =
                    "a height, a block's hash, a transaction's id, an address, a node's name or id, or a seal";
                nothing("search", expected, format!("\"{shown}\""))
            }
            _ => nothing("search", "what names one thing", format!("{} that are called so", found.len())),
        }
    }

    fn search_height(self, height: u64) -> Found {
        match self.chain.hash_at(Height::from(height)) {
            Some(hash) => Found::Place(Place::Block(hash)),
            None => nothing("height", format!("at most {}, the tip", self.chain.tip().height), height.to_string()),
        }
    }

    fn search_hash(self, text: &str) -> Vec<Place> {
        if let Ok(hash) = text.parse::<BlockHash>()
            && self.chain.has_body(&hash)
        {
            return vec![Place::Block(hash)];
        }
        match text.parse::<TransactionId>() {
            Ok(id) if self.mempool.contains(&id) || self.chain.find_transaction(&id).is_some() => {
                vec![Place::Transaction(id)]
            }
            _ => Vec::new(),
        }
    }

    /// All on the active chain, among what waits and among the members that begins and ends so.
    fn search_ends(self, head: &str, tail: &str) -> Vec<Place> {
        let is_it = |text: &str| text.starts_with(head) && text.ends_with(tail) && text.len() > head.len() + tail.len();
        let mut found = Vec::new();
        for hash in self.active() {
            if is_it(&hash.to_string()) {
                found.push(Place::Block(hash));
            }
            let block = self.chain.block(&hash);
            for transaction in block.iter().flat_map(|block| &block.transactions) {
                self.note_transaction(transaction, &is_it, &mut found);
            }
        }
        for signed in self.mempool.iter() {
            self.note_transaction(&Transaction::Payment(signed.clone()), &is_it, &mut found);
        }
        for member in self.members {
            if is_it(&member.id.to_string()) || is_it(&self.text(&member.address)) {
                found.push(self.place(&member.address));
            }
        }
        if is_it(&self.id.to_string()) || is_it(&self.text(&self.names.own())) {
            found.push(self.place(&self.names.own()));
        }
        each_once(found)
    }

    fn note_transaction(self, transaction: &Transaction, is_it: &impl Fn(&str) -> bool, found: &mut Vec<Place>) {
        let id = transaction.id();
        if is_it(&id.to_string()) {
            found.push(Place::Transaction(id));
        }
        let receiver = match transaction {
            Transaction::Reward(reward) => &reward.receiver,
            Transaction::Payment(signed) => &signed.payment.receiver,
        };
        if is_it(&self.text(receiver)) {
            found.push(self.place(receiver));
        }
    }

    fn search_node(self, id: &NodeId) -> Vec<Place> {
        if *id == self.id {
            return vec![self.place(&self.names.own())];
        }
        let named = self.members.iter().filter(|member| member.id == *id);
        named.map(|member| self.place(&member.address)).collect()
    }

    /// The nodes of this name, or else the newest block whose seal has these words.
    fn search_words(self, words: &str) -> Vec<Place> {
        let wanted = words.to_lowercase();
        let is_it = |name: &NodeName| name.as_str().to_lowercase() == wanted;
        let members = self.members.iter().filter(|member| is_it(&member.name)).map(|member| member.address);
        let own = is_it(self.names.own_name()).then(|| self.names.own());
        let named = each_once(members.chain(own).map(|address| self.place(&address)).collect());
        if !named.is_empty() {
            return named;
        }
        // Whatever stands between the two words: the app writes "nation · right".
        let parts: Vec<&str> =
            wanted.split(|letter: char| !letter.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
        let is_sealed = |hash: &BlockHash| Seal::of(hash).words[..] == parts[..];
        self.active().find(is_sealed).map(Place::Block).into_iter().collect()
    }

    /// The blocks of the active chain, the newest first.
    fn active(self) -> impl Iterator<Item = BlockHash> {
        let tip = self.chain.tip().height.as_u64();
        (0..=tip).rev().filter_map(move |height| self.chain.hash_at(Height::from(height)))
    }

    fn text(self, address: &Address) -> String {
        address.encode(&self.chain.params().address_prefix)
    }

    fn place(self, address: &Address) -> Place {
        Place::Address(self.text(address))
    }

    fn export(self, format: ExportFormat) -> Found {
        let chain = self.chain;
        let heights = (0..=chain.tip().height.as_u64()).map(Height::from);
        let blocks = heights.filter_map(|height| chain.block(&chain.hash_at(height)?));
        let bytes: Vec<u8> = export::chunks(format, chain.params(), blocks).flatten().collect();
        let name = format!("tabcoin-{}-{}.{}", chain.params().room, chain.tip().height, format.extension());
        Found::File { name, bytes }
    }
}

/// Without what stands in it a second time.
fn each_once(places: Vec<Place>) -> Vec<Place> {
    let mut once: Vec<Place> = Vec::new();
    for place in places {
        if !once.contains(&place) {
            once.push(place);
        }
    }
    once
}

fn nothing(rule: &str, expected: impl Into<String>, found: impl Into<String>) -> Found {
    Found::Nothing(Receipt::new(rule, expected, found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::Amount;
    use shared::testing::{ChainBuilder, address};

    struct Shelf {
        builder: ChainBuilder,
        chain: Chain,
        mempool: Mempool,
        names: Names,
        members: Vec<Member>,
    }

    /// Three blocks of key 1's, a payment of its to key 2 in the last, and another that waits.
    fn shelf() -> Shelf {
        let mut builder = ChainBuilder::easy();
        builder.mine_many(1, 2);
        let paid = builder.pay(1, 2, Amount::from_coins(3), Amount::from_coins(1));
        builder.mine(1, &[paid]);
        let chain = builder.chain();
        let mut mempool = Mempool::new(chain.network());
        let waits = builder.pay(1, 3, Amount::from_coins(2), Amount::ZERO);
        mempool.insert(waits, chain.ledger()).expect("it can be paid");
        let name = |text| NodeName::new(text).expect("letters");
        let names = Names::new(address(1), name("ada"), [(address(2), name("bob"))]);
        let member = |key, text| Member {
            id: NodeId::from_bytes([key; 16]),
            name: name(text),
            address: address(u64::from(key)),
            role: shared::protocol::Role::Tab,
            tip: chain.tip(),
            auto_sync: true,
            online: true,
            seen: shared::Timestamp::from_ms(0),
        };
        let members = vec![member(2, "bob"), member(3, "twin"), member(4, "twin")];
        Shelf { builder, chain, mempool, names, members }
    }

    impl Shelf {
        fn find(&self, query: &Query) -> Found {
            let Self { chain, mempool, names, members, .. } = self;
            Library { chain, mempool, names, members, id: NodeId::from_bytes([1; 16]) }.find(query)
        }

        fn search(&self, text: impl Into<String>) -> Found {
            self.find(&Query::Search(text.into()))
        }

        fn text_of(&self, key: u64) -> String {
            address(key).encode(&self.chain.params().address_prefix)
        }
    }

    #[test]
    fn pages_of_blocks_start_where_asked_and_end_at_the_genesis() {
        let shelf = shelf();
        let heights = |from, count| match shelf.find(&Query::Blocks { from, count }) {
            Found::Blocks(cards) => cards.iter().map(|card| card.height).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        assert_eq!(heights(None, 2), [3, 2]);
        assert_eq!(heights(Some(1), 100), [1, 0]);
        assert_eq!(heights(Some(u64::MAX), u32::MAX), [3, 2, 1, 0]);
    }

    #[test]
    fn a_block_page_tells_all_about_its_block() {
        let shelf = shelf();
        let block = shelf.builder.tip();
        let Found::Block(page) = shelf.find(&Query::Block(block.hash())) else { panic!("a block") };
        assert!(page.active);
        assert_eq!((page.confirmations, page.next), (1, None));
        assert_eq!(page.fees, Amount::from_coins(1));
        assert_eq!(page.payments.len(), 1);
        assert_eq!(page.header_hex.len(), 2 * shared::HEADER_BYTES);
        assert_eq!(page.target.len(), 64);
        let Found::Block(genesis) = shelf.search("0").block_of(&shelf) else { panic!("the genesis") };
        assert_eq!((genesis.confirmations, genesis.reward_id), (4, None));
        assert!(matches!(shelf.find(&Query::Block(BlockHash::ZERO)), Found::Nothing(_)));
    }

    impl Found {
        fn block_of(self, shelf: &Shelf) -> Found {
            match self {
                Found::Place(Place::Block(hash)) => shelf.find(&Query::Block(hash)),
                other => other,
            }
        }
    }

    #[test]
    fn transactions_are_found_waiting_and_confirmed() {
        let shelf = shelf();
        let page = |id| match shelf.find(&Query::Transaction(id)) {
            Found::Transaction(page) => page,
            other => panic!("{other:?}"),
        };
        let waits = shelf.mempool.iter().next().expect("one waits").id();
        assert_eq!((page(waits).block, page(waits).confirmations), (None, 0));
        let [reward, payment] = &shelf.builder.tip().transactions[..] else { panic!("two transactions") };
        assert!(matches!(page(reward.id()).kind, TransactionKind::Reward { .. }));
        let confirmed = page(payment.id());
        assert_eq!(confirmed.confirmations, 1);
        assert_eq!(confirmed.block.map(|block| block.height), Some(3));
    }

    #[test]
    fn an_address_page_counts_all_and_shows_a_page() {
        let shelf = shelf();
        let page = |address, skip, count| match shelf.find(&Query::Address { address, skip, count }) {
            Found::Address(page) => page,
            other => panic!("{other:?}"),
        };
        let own = page(shelf.text_of(1), 0, 2);
        assert!(own.own);
        assert_eq!((own.name.as_deref(), own.history.len(), own.history_total), (Some("ada"), 2, 5));
        assert_eq!(own.history[0].confirmations, 0, "what waits comes first");
        assert_eq!(page(shelf.text_of(1), 4, 2).history.len(), 1);
        let other = page(shelf.text_of(2), 0, 10);
        assert_eq!((other.own, other.name.as_deref(), other.balance), (false, Some("bob"), Amount::from_coins(3)));
        let nobody = page(shelf.text_of(9), 0, 10);
        assert_eq!((nobody.history_total, nobody.balance), (0, Amount::ZERO));
        let wrong = Query::Address { address: "tab1nonsense".to_owned(), skip: 0, count: 1 };
        assert!(matches!(shelf.find(&wrong), Found::Nothing(_)));
    }

    #[test]
    fn a_search_leads_to_what_was_typed() {
        let shelf = shelf();
        let tip = shelf.builder.tip();
        let place = |place| Found::Place(place);
        assert_eq!(shelf.search(" 3 "), place(Place::Block(tip.hash())));
        assert_eq!(shelf.search(tip.hash().to_string()), place(Place::Block(tip.hash())));
        let id = tip.transactions[1].id();
        assert_eq!(shelf.search(id.to_string()), place(Place::Transaction(id)));
        assert_eq!(shelf.search(shelf.text_of(7)), place(Place::Address(shelf.text_of(7))));
        for nothing in ["4", "1,5", "", "brave lynx", &"0".repeat(64), "99999999999999999999999", "twin"] {
            assert!(matches!(shelf.search(nothing), Found::Nothing(_)), "{nothing:?}");
        }
    }

    #[test]
    fn whatever_the_app_shows_can_be_searched_for() {
        let shelf = shelf();
        let tip = shelf.builder.tip();
        let (block, bob) = (Found::Place(Place::Block(tip.hash())), Found::Place(Place::Address(shelf.text_of(2))));
        let id = tip.transactions[1].id();
        let words = Seal::of(&tip.hash()).words.join(" ");
        let (dotted, shown) = (words.replace(' ', " · "), crate::components::spoken(&plain::seal(&tip.hash())));
        assert_eq!(dotted, shown);
        for text in [
            "#3",
            "Block 3",
            &tip.hash().short(),
            &words,
            &words.to_uppercase(),
            &shown,
            &words.replace(' ', "-"),
            &format!("#3 {shown}"),
            &format!("{shown} · {}", tip.hash()),
        ] {
            assert_eq!(shelf.search(text), block, "{text}");
        }
        assert_eq!(shelf.search(id.short()), Found::Place(Place::Transaction(id)));
        for text in [
            "Bob".to_owned(),
            shelf.members[0].id.to_string(),
            shelf.members[0].id.short(),
            format!("bob {}", shelf.members[0].id.short()),
            shelf.text_of(2).to_uppercase(),
            format!("{}…{}", &shelf.text_of(2)[..8], &shelf.text_of(2)[shelf.text_of(2).len() - 4..]),
            format!("http://host/rooms/{}/addresses/{}", shelf.chain.params().room, shelf.text_of(2)),
        ] {
            assert_eq!(shelf.search(&text), bob, "{text}");
        }
        for own in ["ada", "01".repeat(16).as_str()] {
            assert_eq!(shelf.search(own), Found::Place(Place::Address(shelf.text_of(1))), "{own}");
        }
        let Found::Nothing(receipt) = shelf.search("twin") else { panic!("two are called so") };
        assert_eq!(receipt.found, "2 that are called so");
        let Found::Nothing(receipt) = shelf.search("/rooms/other/blocks/3") else { panic!("elsewhere") };
        assert_eq!(receipt.found, "an address of room other");
    }

    #[test]
    fn an_export_reads_back() {
        let shelf = shelf();
        let Found::File { name, bytes } = shelf.find(&Query::Export(ExportFormat::Json)) else { panic!("a file") };
        assert_eq!(name, "tabcoin-main-3.json");
        let json: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        assert_eq!(json["blocks"].as_array().map(Vec::len), Some(4));
        let Found::File { bytes, .. } = shelf.find(&Query::Export(ExportFormat::Bytes)) else { panic!("a file") };
        assert!(bytes.starts_with(&export::MAGIC));
    }
}
