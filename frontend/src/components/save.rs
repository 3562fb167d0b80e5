//! Bytes as a file that the browser saves.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

use shared::Receipt;

/// Hands bytes to the browser as a download.
///
/// # Errors
/// A receipt where the browser would not.
pub(super) fn save(name: &str, bytes: &[u8], media_type: &str) -> Result<(), Receipt> {
    hand_over(name, bytes, media_type)
        .map_err(|_| Receipt::new("save a file", "a browser that saves files", "it would not save this one"))
}

fn hand_over(name: &str, bytes: &[u8], media_type: &str) -> Result<(), JsValue> {
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options)?;
    let url = Url::create_object_url_with_blob(&blob)?;
    let document = web_sys::window().and_then(|window| window.document()).ok_or(JsValue::NULL)?;
    let link: HtmlAnchorElement = document.create_element("a")?.unchecked_into();
    link.set_href(&url);
    link.set_download(name);
    link.click();
    Url::revoke_object_url(&url)
}
