//! How fast something may be done: token buckets, one alone, one for each address, or one for all beside a share for
//! each.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use shared::Receipt;

use crate::limits::AddressKey;

/// One in so many of what all may do is an address's own.
const SHARES: u32 = 8;
/// Buckets kept before the full ones are forgotten.
const BUCKETS_MAX: usize = 4_096;

/// So many at once, and so many a second after them.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    burst: f64,
    per_second: f64,
}

impl Rate {
    /// Makes a rate.
    pub fn new(burst: usize, per_second: u32) -> Self {
        Self { burst: burst as f64, per_second: f64::from(per_second) }
    }

    /// So many a second, and twice as many at once.
    pub fn per_second(per_second: u32) -> Self {
        Self::new(per_second as usize * 2, per_second)
    }

    /// How long an empty bucket takes to be full.
    fn refill(&self) -> Duration {
        Duration::from_secs_f64(self.burst / self.per_second.max(1.0))
    }

    fn refusal(&self, what: &str) -> Receipt {
        Receipt::new(what, format!("at most {} a second", self.per_second), "more")
    }
}

#[derive(Debug)]
struct Tokens {
    tokens: f64,
    at: Instant,
}

impl Tokens {
    fn full(rate: &Rate, now: Instant) -> Self {
        Self { tokens: rate.burst, at: now }
    }

    fn refill(&mut self, rate: &Rate, now: Instant) {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.tokens = (self.tokens + passed * rate.per_second).min(rate.burst);
        self.at = now;
    }

    fn take(&mut self, rate: &Rate, now: Instant) -> bool {
        self.refill(rate, now);
        let is_there = self.tokens >= 1.0;
        if is_there {
            self.tokens -= 1.0;
        }
        is_there
    }
}

/// One bucket, for something that one does.
#[derive(Debug)]
pub struct Bucket {
    what: &'static str,
    rate: Rate,
    // A std mutex: held for a few instructions, never across an await.
    tokens: Mutex<Tokens>,
}

impl Bucket {
    /// A full bucket, named in receipts by what is done.
    pub fn new(what: &'static str, rate: Rate, now: Instant) -> Self {
        Self { what, rate, tokens: Mutex::new(Tokens::full(&rate, now)) }
    }

    /// Takes a token.
    ///
    /// # Errors
    /// When there is none yet.
    pub fn step(&self, now: Instant) -> Result<(), Receipt> {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if tokens.take(&self.rate, now) { Ok(()) } else { Err(self.rate.refusal(self.what)) }
    }
}

/// How fast something may be done by all addresses together, of which each has a share that no other can use up.
#[derive(Debug)]
pub struct Shares {
    what: &'static str,
    per_second: u32,
    own: Pace,
    common: Bucket,
}

impl Shares {
    /// So many a second, and twice as many at once; an eighth of it is each address's own.
    pub fn new(what: &'static str, per_second: u32, now: Instant) -> Self {
        let own = (per_second / SHARES).max(1);
        let common = Rate::per_second(per_second.saturating_sub(own));
        Self { what, per_second, own: Pace::new(what, Rate::per_second(own)), common: Bucket::new(what, common, now) }
    }

    /// Takes a token of this address's share, or else of the common ones where it may use them.
    ///
    /// # Errors
    /// When there is none yet.
    pub fn step(&self, address: IpAddr, may_use_common: bool, now: Instant) -> Result<(), Receipt> {
        match self.own.step(address, now) {
            Err(_) if may_use_common => self.common.step(now).map_err(|_| {
                // The pace that the operator gave, and not the part that was used up.
                Receipt::new(self.what, format!("at most {} a second", self.per_second), "more")
            }),
            stepped => stepped.map_err(|receipt| {
                let expected = format!("{}, an address's share of {}", receipt.expected, self.per_second);
                Receipt { expected, ..receipt }
            }),
        }
    }
}

/// How fast each address may do something: a bucket per address.
#[derive(Debug)]
pub struct Pace {
    what: &'static str,
    rate: Rate,
    buckets: Mutex<Buckets>,
}

#[derive(Debug)]
struct Buckets {
    by_address: HashMap<AddressKey, Tokens>,
    // How many there may be before the full ones are looked for again: looking at all of them each time that one is
    // added would let a crowd of addresses cost everybody.
    sweep_at: usize,
}

impl Pace {
    /// Makes a pace, named in receipts by what is done.
    pub fn new(what: &'static str, rate: Rate) -> Self {
        let buckets = Buckets { by_address: HashMap::new(), sweep_at: BUCKETS_MAX };
        Self { what, rate, buckets: Mutex::new(buckets) }
    }

    /// Takes a token of this address.
    ///
    /// # Errors
    /// When there is none yet.
    pub fn step(&self, address: IpAddr, now: Instant) -> Result<(), Receipt> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.by_address.len() >= buckets.sweep_at {
            let refill = self.rate.refill();
            buckets.by_address.retain(|_, tokens| now.saturating_duration_since(tokens.at) < refill);
            buckets.sweep_at = (buckets.by_address.len() * 2).max(BUCKETS_MAX);
        }
        let tokens = buckets.by_address.entry(address.into());
        let tokens = tokens.or_insert_with(|| Tokens::full(&self.rate, now));
        if tokens.take(&self.rate, now) { Ok(()) } else { Err(self.rate.refusal(self.what)) }
    }

    /// Takes so many tokens of an address that has stepped before, or all that are left.
    pub fn spend(&self, address: IpAddr, count: u32, now: Instant) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tokens) = buckets.by_address.get_mut(&address.into()) {
            tokens.refill(&self.rate, now);
            tokens.tokens = (tokens.tokens - f64::from(count)).max(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_pace_allows_its_burst_then_its_rate() {
        let pace = Pace::new("joins", Rate::new(2, 10));
        let start = Instant::now();
        let address = ip("10.0.0.1");
        pace.step(address, start).expect("first");
        pace.step(address, start).expect("second");
        let refusal = pace.step(address, start).expect_err("a third at once");
        assert_eq!((refusal.rule.as_str(), refusal.expected.as_str()), ("joins", "at most 10 a second"));
        pace.step(ip("10.0.0.2"), start).expect("others are unaffected");
        pace.step(address, start + Duration::from_millis(100)).expect("a tenth of a second later");
        pace.step(address, start + Duration::from_millis(150)).expect_err("too soon");
    }

    #[test]
    fn a_bucket_alone_is_filled_again_up_to_its_burst_and_no_further() {
        let start = Instant::now();
        let bucket = Bucket::new("changes", Rate::per_second(1), start);
        let later = start + Duration::from_secs(3600);
        for at in [start, start, later, later] {
            bucket.step(at).expect("within the burst of two");
        }
        bucket.step(later).expect_err("a third at once");
    }

    #[test]
    fn an_address_has_a_share_that_others_cannot_use_up_and_all_together_have_the_pace() {
        let start = Instant::now();
        let shares = Shares::new("changes", 16, start);
        let (one, other) = (ip("10.0.0.1"), ip("10.0.0.2"));
        for at in 0..32 {
            shares.step(one, true, start).unwrap_or_else(|_| panic!("{at} is within the burst of twice the pace"));
        }
        let refusal = shares.step(one, true, start).expect_err("one more");
        assert_eq!(refusal.expected, "at most 16 a second", "the pace that was given");
        for _ in 0..4 {
            shares.step(other, true, start).expect("its own share");
        }
        shares.step(other, true, start).expect_err("the common ones are gone");
        let shares = Shares::new("changes", 16, start);
        for _ in 0..4 {
            shares.step(one, false, start).expect("its own share");
        }
        let refusal = shares.step(one, false, start).expect_err("it may use no common ones");
        assert_eq!(refusal.expected, "at most 2 a second, an address's share of 16");
        Shares::new("changes", 1, start).step(one, false, start).expect("the least pace has a share, too");
    }

    #[test]
    fn what_is_spent_is_gone_and_no_more_than_there_is() {
        let pace = Pace::new("joins", Rate::new(10, 10));
        let (start, address) = (Instant::now(), ip("10.0.0.1"));
        pace.step(address, start).expect("first");
        pace.spend(address, 8, start);
        pace.step(address, start).expect("the last");
        pace.spend(address, 1_000, start);
        pace.step(address, start).expect_err("none are left");
        pace.step(address, start + Duration::from_millis(100)).expect("nobody owes any");
        pace.spend(ip("10.0.0.2"), 8, start);
        pace.step(ip("10.0.0.2"), start).expect("others are unaffected");
    }

    #[test]
    fn full_buckets_are_forgotten_when_there_are_many() {
        let pace = Pace::new("requests", Rate::new(1, 1));
        let start = Instant::now();
        let address = |number: usize| IpAddr::from((number as u32).to_be_bytes());
        for number in 0..BUCKETS_MAX {
            pace.step(address(number), start).expect("its first");
        }
        pace.step(address(BUCKETS_MAX), start + Duration::from_secs(1)).expect("its first");
        assert_eq!(pace.buckets.lock().expect("no panic while it is held").by_address.len(), 1);
    }
}
