//! A file that the owner picks, and its bytes.

use js_sys::Uint8Array;
use shared::Receipt;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Event, File, HtmlInputElement};
use yew::prelude::*;

use super::receipt::ReceiptTable;

/// A labelled field for a file with one of these endings, and why the last one was refused.
pub(super) fn file_field(
    [id, label, accept]: [&'static str; 3],
    onpick: Callback<Option<File>>,
    refusal: Option<Receipt>,
) -> Html {
    let onchange = Callback::from(move |event: Event| {
        let input = event.target_dyn_into::<HtmlInputElement>();
        onpick.emit(input.and_then(|input| input.files()?.get(0)));
    });
    let receipt_id = format!("{id}-receipt");
    html! {
        <div class="field">
            <label for={id}>{ label }</label>
            <input
                {id} type="file" class="file" {accept}
                aria-describedby={refusal.is_some().then(|| receipt_id.clone())} {onchange}
            />
            if let Some(receipt) = refusal { <ReceiptTable {receipt} id={receipt_id} alert=true /> }
        </div>
    }
}

/// Reads a file that has at most so many bytes.
///
/// # Errors
/// The receipt where it is larger, or cannot be read any more.
pub(super) async fn read(file: &File, bytes_max: usize) -> Result<Vec<u8>, Receipt> {
    let found = file.size();
    if found > bytes_max as f64 {
        return Err(Receipt::new("file", format!("at most {bytes_max} bytes"), format!("{found} bytes")));
    }
    let unreadable = |_| Receipt::new("file", "a file that can be read", "one that was moved or changed meanwhile");
    let buffer = JsFuture::from(file.array_buffer()).await.map_err(unreadable)?;
    Ok(Uint8Array::new(&buffer).to_vec())
}
