//! A file that the owner picks, and its bytes.

use js_sys::Uint8Array;
use shared::Receipt;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Event, File, HtmlInputElement};
use yew::prelude::*;

use super::receipt::ReceiptTable;

/// Properties of [`FileField`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct FileFieldProps {
    /// The input's id.
    pub id: AttrValue,
    /// The label.
    pub label: AttrValue,
    /// Which files are offered: endings, with commas between.
    pub accept: AttrValue,
    /// Told of the file that was picked.
    pub onpick: Callback<Option<File>>,
    /// Why the last one was refused.
    #[prop_or_default]
    pub refusal: Option<Receipt>,
}

/// A labelled field for a file.
#[component]
pub fn FileField(props: &FileFieldProps) -> Html {
    let onchange = {
        let onpick = props.onpick.clone();
        Callback::from(move |event: Event| {
            let input = event.target_dyn_into::<HtmlInputElement>();
            onpick.emit(input.and_then(|input| input.files()?.get(0)));
        })
    };
    let receipt_id = format!("{}-receipt", props.id);
    html! {
        <div class="field">
            <label for={props.id.clone()}>{ props.label.clone() }</label>
            <input
                id={props.id.clone()} type="file" class="file" accept={props.accept.clone()}
                aria-describedby={props.refusal.is_some().then(|| receipt_id.clone())} {onchange}
            />
            if let Some(receipt) = &props.refusal { <ReceiptTable receipt={receipt.clone()} id={receipt_id} alert=true /> }
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
