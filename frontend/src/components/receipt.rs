//! A refusal, as everywhere: rule, expected, found.

use shared::Receipt;
use yew::prelude::*;

use super::link::Go;
use crate::route::Route;

/// The rule that the first lesson is about, as receipts name it.
const PROOF_OF_WORK: &str = "proof of work";

/// Properties of [`ReceiptTable`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ReceiptProps {
    /// The refusal.
    pub receipt: Receipt,
    /// The element's id, for a field that is described by it.
    #[prop_or_default]
    pub id: Option<AttrValue>,
    /// Whether it is said aloud as it appears.
    #[prop_or_default]
    pub alert: bool,
    /// Whether it leads to the lesson on its rule, where there is one.
    #[prop_or(true)]
    pub lesson: bool,
}

/// The three lines of a refusal. The texts may come from a peer: they are shown as text, and kept from turning the
/// direction of what stands beside them.
#[component]
pub fn ReceiptTable(props: &ReceiptProps) -> Html {
    let Receipt { rule, expected, found } = &props.receipt;
    html! {
        <div class="receipt-box" id={props.id.clone()} role={props.alert.then_some("alert")}>
            <dl class="receipt">
                <dt>{ "Rule" }</dt><dd><bdi translate="no" class="strong">{ rule }</bdi></dd>
                <dt>{ "Expected" }</dt><dd><bdi translate="no">{ expected }</bdi></dd>
                <dt>{ "Found" }</dt><dd><bdi translate="no">{ found }</bdi></dd>
                if let Some(to) = lesson(rule).filter(|_| props.lesson) {
                    <dt>{ "Why" }</dt><dd><Go {to} class="link">{ "the lesson on it" }</Go></dd>
                }
            </dl>
        </div>
    }
}

/// The lesson that explains a rule.
fn lesson(rule: &str) -> Option<Route> {
    (rule == PROOF_OF_WORK).then_some(Route::BreakTheCoin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::rules::header::HeaderError;
    use shared::{BlockHash, CompactTarget, Refusal, Target};

    #[test]
    fn a_refusal_for_its_proof_of_work_leads_to_the_lesson() {
        let target = Target::from_compact(CompactTarget::from_bits(0x2000_ffff)).expect("a target");
        let receipt = HeaderError::Work { target, hash: BlockHash::ZERO }.receipt();
        assert_eq!(lesson(&receipt.rule), Some(Route::BreakTheCoin));
        assert_eq!(lesson("amount"), None);
    }
}
