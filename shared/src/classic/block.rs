//! A block of the tutorial: an object with five fields, and whatever else somebody wrote into it, which is hashed too.

use super::json::{Integer, Object, Value, compact, dumps_sorted};
use super::proof::GENESIS_PROOF;
use crate::values::{BlockHash, Seal, Timestamp, sha256};

/// A block. Nothing is known of its fields: the tutorial's nodes take any object.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    object: Object,
    digest: [u8; 32],
    /// The length of its compact JSON.
    bytes: usize,
}

impl From<Object> for Block {
    fn from(object: Object) -> Self {
        let value = Value::Object(object);
        let (digest, bytes) = (sha256(&[dumps_sorted(&value).as_bytes()]), compact(&value).len());
        let Value::Object(object) = value else { unreachable!("it was made an object two lines above") };
        Self { object, digest, bytes }
    }
}

impl Block {
    /// The tutorial's `create_block`: a block with these five fields, `index` counted from 1.
    pub fn new(index: u64, now: Timestamp, proof: u64, previous_hash: &str, transactions: Vec<Value>) -> Self {
        let object = Object::default()
            .with("index", index)
            .with("timestamp", now.to_text())
            .with("proof", proof)
            .with("previous_hash", previous_hash)
            .with("transactions", Value::List(transactions));
        Self::from(object)
    }

    /// The first block of a node: every node has one of its own, with its own time.
    pub fn genesis(now: Timestamp) -> Self {
        Self::new(1, now, GENESIS_PROOF, "0", Vec::new())
    }

    /// All its fields.
    pub fn object(&self) -> &Object {
        &self.object
    }

    /// One of its fields.
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.object.get(name)
    }

    /// Its `index`; the tutorial counts from 1, and checks nothing.
    pub fn index(&self) -> Option<&Value> {
        self.field("index")
    }

    /// Its `timestamp`.
    pub fn timestamp(&self) -> Option<&Value> {
        self.field("timestamp")
    }

    /// Its `proof`, if that is an integer.
    pub fn proof(&self) -> Option<Integer> {
        self.field("proof").and_then(Value::to_integer)
    }

    /// Its `previous_hash`, if that is a text.
    pub fn previous_hash(&self) -> Option<&str> {
        self.field("previous_hash").and_then(Value::as_text)
    }

    /// Its `transactions`; none where that is no list.
    pub fn transactions(&self) -> &[Value] {
        self.field("transactions").and_then(Value::as_list).unwrap_or_default()
    }

    /// The tutorial's `hash`: SHA-256 of `json.dumps(block, sort_keys=True)`, in hex.
    pub fn hash(&self) -> String {
        hex::encode(self.digest)
    }

    /// The same in bytes.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// The colours and words by which people compare it.
    pub fn seal(&self) -> Seal {
        Seal::of(&BlockHash::from_bytes(self.digest))
    }

    /// The length of its compact JSON.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The same block with a field set.
    #[must_use]
    pub fn with(&self, name: &str, value: impl Into<Value>) -> Self {
        Self::from(self.object.clone().with(name, value))
    }
}
