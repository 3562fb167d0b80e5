//! The whole chain as a file.

use shared::Receipt;
use yew::prelude::*;

use super::receipt::ReceiptTable;
use super::save::save;
use crate::node::handle::{ExportFormat, Found, Query};
use crate::node::use_node;

/// Two buttons: the chain as JSON, the chain as bytes.
#[component]
pub fn Export() -> Html {
    let (_, node) = use_node();
    let said = use_state_eq(|| None::<Receipt>);
    let save_as = |format: ExportFormat| {
        let (node, said) = (node.clone(), said.setter());
        Callback::from(move |_| {
            let (node, said) = (node.clone(), said.clone());
            yew::platform::spawn_local(async move {
                said.set(match node.query(Query::Export(format)).await {
                    Found::File { name, bytes } => save(&name, &bytes, format.media_type()).err(),
                    Found::Nothing(receipt) => Some(receipt),
                    _ => None,
                });
            });
        })
    };
    html! {
        <div class="export">
            <p class="soft">{ "The chain this tab holds, to keep or to check with a program of your own." }</p>
            <div class="actions start">
                <button type="button" class="btn quiet" onclick={save_as(ExportFormat::Json)}>{ "Save as JSON" }</button>
                <button type="button" class="btn quiet" onclick={save_as(ExportFormat::Bytes)}>{ "Save as bytes" }</button>
            </div>
            if let Some(receipt) = &*said {
                <ReceiptTable receipt={receipt.clone()} alert=true />
            }
        </div>
    }
}
