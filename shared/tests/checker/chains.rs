//! Valid chains.

use serde_json::Value;
use shared::export::Format;
use shared::testing::{ChainBuilder, easy_params, key, payment, solve};
use shared::{
    AddressPrefix, Amount, BLOCK_BYTES_MAX, CompactTarget, Memo, Params, Payment, Refusal, RoomName, SecretKey,
    SignedPayment, Timestamp,
};

use crate::tool::{all_blocks, assert_builder_is_valid, assert_refused, check_file, export};

#[test]
fn a_chain_of_the_genesis_alone_and_one_of_rewards_alone_are_valid() {
    let mut builder = ChainBuilder::easy();
    assert_builder_is_valid(&builder);
    builder.mine_many(1, 15);
    assert_builder_is_valid(&builder);
}

#[test]
fn payments_of_several_senders_with_memos_in_any_script_are_valid() {
    let mut builder = ChainBuilder::easy();
    for miner in 1..=4 {
        builder.mine(miner, &[]);
    }
    for round in 0..4 {
        let memos = ["", "tea", "ĉu vi ŝatas teon? 茶 🫖", "\"\\\u{7f}\0\n\u{2028}"];
        let pay = |from: u64| {
            let plain = builder.pay(from, from % 4 + 1, Amount::from_units(1 + from), Amount::from_units(from * 1_000));
            with_memo(plain.payment, memos[(from as usize + round) % 4], &key(from))
        };
        let mut payments: Vec<_> = (1..=4).map(pay).collect();
        // A second of the same sender, who pays itself, and one of money that came in the same block.
        let again =
            payment(builder.network(), 1, 1, Amount::from_coins(1), Amount::ZERO, payments[0].payment.sequence + 1);
        let fresh = 100 + round as u64;
        let arrives =
            payment(builder.network(), 1, fresh, Amount::from_units(9), Amount::ZERO, again.payment.sequence + 1);
        let passes_on = payment(builder.network(), fresh, 2, Amount::from_units(8), Amount::from_units(1), 0);
        payments.extend([again, arrives, passes_on]);
        builder.mine(9, &payments);
    }
    assert_builder_is_valid(&builder);
}

#[test]
fn targets_are_followed_up_and_down_and_back_in_time() {
    let mut builder = ChainBuilder::easy();
    for (interval_ms, count) in
        [(1, 40), (60_000, 6), (9_999, 5), (10_001, 5), (3, 9), (86_400_000_000, 2), (2_000, 12)]
    {
        builder.set_interval_ms(interval_ms);
        builder.mine_many(1, count);
    }
    // Blocks whose time is before their parent's and just after the median.
    for step in 0..12 {
        let mut block = builder.draft(2, &[]);
        if step % 3 == 0 {
            let times = builder.blocks()[builder.blocks().len() - 11..].iter().map(|block| block.header.timestamp);
            let mut times: Vec<_> = times.collect();
            times.sort_unstable();
            block.header.timestamp = times[5].plus_ms(1);
        }
        solve(&mut block);
        builder.push(block);
    }
    let targets: Vec<_> = builder.blocks().iter().map(|block| block.header.target).collect();
    assert!(targets.windows(2).any(|pair| pair[1] < pair[0]) && targets.windows(2).any(|pair| pair[1] > pair[0]));
    assert_builder_is_valid(&builder);
}

#[test]
fn other_parameters_and_times_at_the_end_of_the_type_are_followed() {
    let params = Params { reward: Amount::ZERO, interval_ms: 100, half_life_ms: 120_777, ..easy_params() };
    let mut builder = ChainBuilder::new(params);
    builder.set_interval_ms(37);
    builder.mine_many(1, 25);
    for back in (0..8).rev() {
        let mut block = builder.draft(1, &[]);
        block.header.timestamp = Timestamp::from_ms(u64::MAX - back);
        solve(&mut block);
        builder.push(block);
    }
    builder.set_interval_ms(0);
    assert_builder_is_valid(&builder);
}

#[test]
fn parameters_at_their_bounds_are_valid_and_one_past_them_are_refused_by_name() {
    let with = |change: fn(&mut Params)| {
        let mut params = easy_params();
        change(&mut params);
        params
    };
    let at_the_bounds = [
        with(|params| params.reward = Amount::from_coins(1_000)),
        with(|params| (params.interval_ms, params.half_life_ms) = (100, 120_000)),
        with(|params| (params.interval_ms, params.half_life_ms) = (3_600_000, 2_592_000_000)),
        with(|params| params.target_limit = CompactTarget::from_bits(0x2100_ffff)),
        with(|params| params.genesis_time = Timestamp::from_ms(0)),
        with(|params| {
            params.room = RoomName::new("0-".repeat(16)).expect("32 letters");
            params.address_prefix = AddressPrefix::new("zzzzzzzz").expect("8 letters");
        }),
    ];
    for params in at_the_bounds {
        let mut builder = ChainBuilder::new(params);
        builder.mine_many(1, 3);
        assert_builder_is_valid(&builder);
    }
    let past_the_bounds = [
        ("reward", with(|params| params.reward = Amount::from_units(1_000_000_001))),
        ("interval", with(|params| params.interval_ms = 99)),
        ("interval", with(|params| (params.interval_ms, params.half_life_ms) = (3_600_001, 3_600_001))),
        ("half-life", with(|params| params.half_life_ms = 119_999)),
        ("half-life", with(|params| (params.interval_ms, params.half_life_ms) = (200_000, 199_999))),
        ("half-life", with(|params| params.half_life_ms = 2_592_000_001)),
        ("target encoding", with(|params| params.target_limit = CompactTarget::from_bits(0x2101_0000))),
    ];
    for (rule, params) in past_the_bounds {
        assert_eq!(params.check().map_err(|error| error.receipt().rule), Err(rule.to_owned()));
        for format in [Format::Json, Format::Bytes] {
            let (status, verdict) = check_file(&export(format, &params, &[params.genesis()]), &[]);
            assert_eq!((status, &verdict["rule"], &verdict["height"]), (1, &rule.into(), &Value::Null), "{verdict}");
        }
    }
}

#[test]
fn a_block_of_the_largest_size_is_valid_and_one_of_a_byte_more_is_not() {
    let mut builder = ChainBuilder::easy();
    builder.mine(1, &[]);
    let block_with = |last_memo: &str| {
        // 1,400 payments of 177 bytes, and 14,187 bytes of memos.
        let memo = |at| "x".repeat(if at < 221 { 64 } else { 0 });
        let pay = |at: u64| {
            let plain = payment(builder.network(), 1, 2, Amount::from_units(1), Amount::ZERO, at);
            with_memo(plain.payment, &if at == 1_399 { last_memo.to_owned() } else { memo(at) }, &key(1))
        };
        let mut block = builder.draft(1, &(0..1_400).map(pay).collect::<Vec<_>>());
        solve(&mut block);
        block
    };
    let (largest, too_large) = (block_with(&"y".repeat(43)), block_with(&"y".repeat(44)));
    assert_eq!((largest.encoded_len(), too_large.encoded_len()), (BLOCK_BYTES_MAX, BLOCK_BYTES_MAX + 1));
    assert_refused("a byte more", builder.params(), &[all_blocks(&builder), vec![too_large]].concat(), "block size");
    builder.push(largest);
    assert_builder_is_valid(&builder);
}

fn with_memo(mut payment: Payment, memo: &str, key: &SecretKey) -> SignedPayment {
    payment.memo = Memo::new(memo).expect("short");
    payment.sign(key)
}
