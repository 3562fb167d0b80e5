//! A chain taken in from a file.

use web_sys::File;
use yew::prelude::*;

use super::card::Card;
use super::file_field::{file_field, read};
use super::meter::Meter;
use super::receipt::ReceiptTable;
use crate::format;
use crate::hooks::{View, use_action};
use crate::node::handle::{Answer, Command, Field};
use crate::node::view::ImportedView;
use shared::Receipt;

/// The largest file that a tab takes in, in bytes: it stands in the tab's memory several times.
const FILE_BYTES_MAX: usize = 128 << 20;

/// Properties of [`ImportCard`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ImportCardProps {
    /// The node.
    pub view: View,
}

/// A field for the file, progress, and what came of it.
#[component]
pub fn ImportCard(props: &ImportCardProps) -> Html {
    let action = use_action();
    let unread = use_state_eq(|| None::<Receipt>);
    let onpick = {
        let (action, unread) = (action.clone(), unread.setter());
        Callback::from(move |file: Option<File>| {
            let (action, unread) = (action.clone(), unread.clone());
            unread.set(None);
            let Some(file) = file.filter(|_| !action.is_busy()) else { return };
            yew::platform::spawn_local(async move {
                match read(&file, FILE_BYTES_MAX).await {
                    Ok(file) => action.run(Command::Import { file }),
                    Err(receipt) => unread.set(Some(receipt)),
                }
            });
        })
    };
    let refusal = (*unread).clone().or_else(|| action.refusal(Field::File));
    html! {
        <Card title="Import a chain">
            <p class="soft">
                { "A chain that was exported here or by a relay. Every block is verified, and the chain is adopted if it has more work." }
            </p>
            { file_field(["import-file", "Chain file", ".json,.bin"], onpick, refusal) }
            if action.is_busy() {
                <Meter label="Blocks verified" percent={props.view.importing.map(u32::from)} />
            } else if let Some(Answer::Imported(imported)) = action.answer() {
                { outcome(imported) }
            }
        </Card>
    }
}

fn outcome(imported: &ImportedView) -> Html {
    let ImportedView { blocks, taken, height, is_adopted, refused } = imported;
    let blocks = format::count(*blocks, "block", "blocks");
    let said = match (refused, *taken, *is_adopted) {
        (Some(_), 0, _) => "Nothing new was taken before this block:".to_owned(),
        (Some(_), taken, _) => {
            format!("{} taken, up to this one:", format::count(taken, "new block was", "new blocks were"))
        }
        (None, 0, true) => format!("{blocks} read. This tab had all of them."),
        (None, taken, true) => {
            format!(
                "{blocks} read, {} of them new. Adopted up to block {}.",
                format::number(taken),
                format::number(*height)
            )
        }
        (None, _, false) => {
            format!("{blocks} read. They are a branch with less work, kept but not adopted.")
        }
    };
    html! {
        <div role="status" data-testid="imported">
            <p>{ said }</p>
            if let Some(receipt) = refused { <ReceiptTable receipt={receipt.clone()} /> }
        </div>
    }
}
