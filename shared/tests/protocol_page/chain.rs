//! Examples of values, transactions, blocks, targets and exported files.

use shared::export::{Format, chunks};
use shared::state::{Chain, MemoryBodies};
use shared::{
    Address, Amount, Block, BlockHash, CompactTarget, ExtraNonce, HEADER_VERSION, Header, Height, Memo, NodeId,
    NodeName, Params, Payment, Proof, PublicKey, Refusal, Reward, Seal, SecretKey, Signature, SignedPayment, Target,
    Transaction, encode, merkle_root, sha256,
};

use crate::Example;

/// Found by search: they make the two blocks' hashes meet the limit of `main`.
const PROOFS: [u128; 2] = [8_384_417, 19_637_309];

pub(crate) fn examples() -> Vec<Example> {
    vec![
        genesis(),
        keys(),
        zip_215(),
        address_texts(),
        payment_example(),
        reward_example(),
        roots(),
        last_block(),
        state(),
        compact_targets(),
        no_targets(),
        next_targets(),
        names(),
        exported_bytes(),
        exported_json(),
    ]
}

/// The key of the examples.
pub(crate) fn key() -> SecretKey {
    SecretKey::from_bytes([7; 32])
}

fn receiver() -> Address {
    SecretKey::from_bytes([8; 32]).public().address()
}

/// The signed payment of the examples.
pub(crate) fn payment() -> SignedPayment {
    let payment = Payment {
        network: Params::main().network(),
        sender: key().public(),
        receiver: receiver(),
        amount: Amount::from_coins(4),
        fee: Amount::from_units(100_000),
        sequence: 0,
        memo: Memo::new("für den Tee").expect("short"),
    };
    payment.sign(&key())
}

fn reward(height: u64, amount: Amount) -> Reward {
    Reward { height: Height::from(height), receiver: key().public().address(), amount }
}

/// The transactions of the two blocks above the genesis of `main` in the examples.
fn transactions() -> [Vec<Transaction>; 2] {
    let (coins, payment) = (Amount::from_coins(10), payment());
    let both = coins.checked_add(payment.payment.fee).expect("it fits");
    [
        vec![Transaction::Reward(reward(1, coins))],
        vec![Transaction::Reward(reward(2, both)), Transaction::Payment(payment)],
    ]
}

/// The genesis of `main` and two blocks.
pub(crate) fn blocks() -> Vec<Block> {
    let params = Params::main();
    let mut blocks = vec![params.genesis()];
    for (transactions, proof) in transactions().into_iter().zip(PROOFS) {
        let parent = &blocks[blocks.len() - 1].header;
        let header = Header {
            version: HEADER_VERSION,
            previous_hash: parent.hash(),
            height: parent.height.next(),
            timestamp: parent.timestamp.plus_ms(params.interval_ms),
            extra_nonce: ExtraNonce::default(),
            root: merkle_root(&transactions),
            target: params.target_limit,
            proof: Proof(proof),
        };
        let is_met = params.target_limit().is_met_by(&header.hash());
        assert!(is_met, "the examples changed; the proof of block {} is now {}", header.height, find_proof(header));
        blocks.push(Block { header, transactions });
    }
    blocks
}

/// Searches for a proof, for whoever changed what the examples depend on.
fn find_proof(mut header: Header) -> u128 {
    shared::testing::solve_header(&mut header);
    header.proof.0
}

fn genesis() -> Example {
    let params = Params::main();
    let genesis = params.genesis();
    Example::new("genesis-main")
        .hex("params", encode(&params))
        .hex("root", genesis.header.root.as_bytes())
        .hex("header", genesis.header.encode())
        .hex("block", encode(&genesis))
        .line("hash", genesis.hash())
        .line("network", params.network())
        .hex("network bytes", params.network().as_bytes())
}

fn keys() -> Example {
    let public = key().public();
    Example::new("keys")
        .hex("secret key", key().to_bytes())
        .line("public key", public)
        .hex("address bytes", public.address().as_bytes())
        .line("address", public.address().encode(&Params::main().address_prefix))
        .line("node id", NodeId::of(&public))
        .line("signature of \"abc\"", key().sign(b"abc"))
}

fn zip_215() -> Example {
    let identity = "0100000000000000000000000000000000000000000000000000000000000000";
    let cases = [
        (identity, identity, "00"),
        (
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "00",
        ),
        (
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "0100000000000000000000000000000000000000000000000000000000000080",
            "00",
        ),
        (identity, identity, "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"),
        (identity, "0200000000000000000000000000000000000000000000000000000000000000", "00"),
    ];
    let mut example = Example::new("zip-215");
    for (key, commitment, s) in cases {
        let signature = format!("{commitment}{s:0<64}");
        let public = PublicKey::from_bytes(hex::decode(key).expect("hex").try_into().expect("32 bytes"));
        let signed = Signature::from_bytes(hex::decode(&signature).expect("hex").try_into().expect("64 bytes"));
        let verdict = if public.verify(b"Zcash", &signed).is_ok() { "valid" } else { "not valid" };
        example = example.line("key", key).line("signature", format!("{commitment}{s:0<64}")).line("verdict", verdict);
    }
    example
}

fn address_texts() -> Example {
    let prefix = Params::main().address_prefix;
    let text = |byte| Address::from_bytes([byte; 20]).encode(&prefix);
    Example::new("addresses")
        .line("20 bytes 00", text(0))
        .line("20 bytes ab", text(0xab))
        .line("20 bytes ff", text(0xff))
}

fn payment_example() -> Example {
    let signed = payment();
    Example::new("payment")
        .hex("signing bytes", signed.payment.signing_bytes())
        .line("id", signed.id())
        .line("signature", signed.signature)
        .hex("transaction", encode(&Transaction::Payment(signed)))
}

fn reward_example() -> Example {
    let [_, second] = transactions();
    Example::new("reward").hex("transaction", encode(&second[0])).line("id", second[0].id())
}

fn roots() -> Example {
    let [_, second] = transactions();
    let three = [second.clone(), second[1..].to_vec()].concat();
    Example::new("roots")
        .line("root of nothing", merkle_root(&[]))
        .line("root of the reward", merkle_root(&second[..1]))
        .line("root of the reward and the payment", merkle_root(&second))
        .line("root of the reward and twice the payment", merkle_root(&three))
}

fn last_block() -> Example {
    let blocks = blocks();
    let [_, first, second] = &blocks[..] else { panic!("three blocks") };
    Example::new("block")
        .hex("header of block 1", first.header.encode())
        .line("hash of block 1", first.hash())
        .hex("header of block 2", second.header.encode())
        .line("hash of block 2", second.hash())
        .hex("block 2", encode(second))
}

fn state() -> Example {
    let params = Params::main();
    let mut chain = Chain::new(params.clone(), Box::new(MemoryBodies::default()));
    for block in &blocks()[1..] {
        chain.insert_block(block.clone(), block.header.timestamp, &|_| false).expect("the examples are valid");
    }
    let account = |address: Address| {
        let account = chain.ledger().account(&address);
        let (balance, sequence) = (account.balance.units(), account.next_sequence);
        format!("balance {balance}, next sequence number {sequence}")
    };
    Example::new("state")
        .line("work", chain.tip().work)
        .line("supply", chain.ledger().supply().units())
        .line(&key().public().address().encode(&params.address_prefix), account(key().public().address()))
        .line(&receiver().encode(&params.address_prefix), account(receiver()))
}

fn compact_targets() -> Example {
    let compact = [0x0101_0000, 0x0200_8000, 0x0312_3456, 0x1d00_ffff, 0x1e02_0000, 0x2000_ffff, 0x2100_ffff];
    compact.into_iter().fold(Example::new("compact-targets"), |example, bits| {
        let compact = CompactTarget::from_bits(bits);
        let target = Target::from_compact(compact).expect("a target");
        example.line(&compact.to_string(), target).line("work", target.work())
    })
}

fn no_targets() -> Example {
    let compact = [0x0000_0000, 0x0100_8000, 0x1d80_0001, 0x2101_0000, 0xff00_0001, 0x1d00_00ff, 0x0112_3456];
    compact.into_iter().fold(Example::new("no-targets"), |example, bits| {
        let compact = CompactTarget::from_bits(bits);
        let error = Target::from_compact(compact).expect_err("no target");
        example.line(&compact.to_string(), format!("expected {}", error.receipt().expected))
    })
}

fn next_targets() -> Example {
    let params = Params::main();
    let parents = [
        (0x1b01_0000, 10_000),
        (0x1b01_0000, 190_000),
        (0x1b01_0000, -170_000),
        (0x1b01_0000, 0),
        (0x1b01_0000, 9_999),
        (0x1b01_0000, 10_001),
        (0x1b01_0000, 37_123),
        (0x1c7f_ffff, 11_111),
        (0x1e01_ffff, 60_000),
        (0x1e02_0000, 1),
        (0x1b01_0000, i64::MAX),
        (0x0101_0000, i64::MIN),
    ];
    parents.into_iter().fold(Example::new("next-targets"), |example, (bits, solve_ms)| {
        let parent = CompactTarget::from_bits(bits);
        let target = Target::from_compact(parent).expect("a target");
        let next = Target::next(target, solve_ms, &params);
        example.line(&format!("{parent}, {solve_ms} ms"), format!("{} from {next}", next.to_compact()))
    })
}

fn names() -> Example {
    let seal = |hash: &BlockHash| {
        let Seal { cells, words } = Seal::of(hash);
        format!("{cells:?} {}", words.join(" "))
    };
    let last = blocks()[2].hash();
    Example::new("names")
        .line("name", NodeName::from_id(&NodeId::of(&key().public())))
        .line("seal of the genesis", seal(&Params::main().genesis().hash()))
        .line("seal of block 2", seal(&last))
}

fn export(format: Format) -> Vec<u8> {
    let params = Params::main();
    chunks(format, &params, blocks().into_iter()).collect::<Vec<_>>().concat()
}

fn exported_bytes() -> Example {
    Example::new("export-bytes").hex("file", export(Format::Bytes)).hex("SHA-256", sha256(&[&export(Format::Bytes)]))
}

fn exported_json() -> Example {
    let text = String::from_utf8(export(Format::Json)).expect("JSON is UTF-8");
    Example { name: "export-json", text }
}
