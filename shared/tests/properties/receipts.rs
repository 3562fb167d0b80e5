//! Receipts: what a stranger says is cut, and its hidden characters written out, before it is repeated.

use proptest::prelude::*;
use shared::Receipt;
use shared::visible::{is_hidden, visible};

/// The limit as `docs/protocol.md` has it.
const LINE_BYTES_MAX: usize = 240;

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn a_line_of_a_receipt_is_bounded_whoever_wrote_it(rule in "\\PC{0,8}", expected in "[a-zé🫖]{0,9}", found in "(\\PC|\\pC){0,8}", times in 0..60_usize) {
        let (rule, expected) = (rule.repeat(times), expected.repeat(times));
        let receipt = Receipt { rule: rule.clone(), expected, found: found.clone() };
        let bounded = receipt.clone().bounded();
        for (line, whole) in [(&bounded.rule, &receipt.rule), (&bounded.expected, &receipt.expected), (&bounded.found, &receipt.found)] {
            let whole = visible(whole);
            prop_assert!(line.len() <= LINE_BYTES_MAX && !line.contains(is_hidden));
            let kept = line.strip_suffix('…').filter(|_| whole.len() > LINE_BYTES_MAX).unwrap_or(line);
            prop_assert!(whole.starts_with(kept));
            prop_assert!(whole.len() > LINE_BYTES_MAX || *line == whole);
        }
        prop_assert_eq!(bounded.clone().bounded(), bounded);
    }
}
