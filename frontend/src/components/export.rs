//! The whole chain as a file.

use shared::Receipt;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};
use yew::prelude::*;

use super::receipt::ReceiptTable;
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
                    Found::File { name, bytes } => save(&name, &bytes, format)
                        .err()
                        .map(|_| Receipt::new("export", "a browser that saves files", "it would not save this one")),
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

/// Hands bytes to the browser as a download.
fn save(name: &str, bytes: &[u8], format: ExportFormat) -> Result<(), JsValue> {
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
    let options = BlobPropertyBag::new();
    options.set_type(format.media_type());
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options)?;
    let url = Url::create_object_url_with_blob(&blob)?;
    let document = web_sys::window().and_then(|window| window.document()).ok_or(JsValue::NULL)?;
    let link: HtmlAnchorElement = document.create_element("a")?.unchecked_into();
    link.set_href(&url);
    link.set_download(name);
    link.click();
    Url::revoke_object_url(&url)
}
