//! Bytes as what is hashed and stored: refused, or the one encoding of what they say, as long as it says.

use shared::protocol::Member;
use shared::{Block, Header, Params, SignedPayment, Transaction, decode, encode};

/// Reads every stored type.
pub fn run(input: &[u8]) {
    if let Ok(block) = decode::<Block>(input) {
        assert_eq!(encode(&block), input);
        assert_eq!(block.encoded_len(), input.len());
        let _ = (block.root(), block.hash());
    }
    if let Ok(transaction) = decode::<Transaction>(input) {
        assert_eq!(encode(&transaction), input);
        assert_eq!(transaction.encoded_len(), input.len());
    }
    if let Ok(header) = decode::<Header>(input) {
        assert_eq!(header.encode(), input);
    }
    if let Ok(signed) = decode::<SignedPayment>(input) {
        assert_eq!(encode(&signed), input);
    }
    if let Ok(member) = decode::<Member>(input) {
        assert_eq!(encode(&member), input);
    }
    if let Ok(params) = decode::<Params>(input) {
        assert_eq!(encode(&params), input);
        if params.check().is_ok() {
            assert_eq!(params.genesis().hash().as_bytes(), params.network().as_bytes());
        }
    }
}
