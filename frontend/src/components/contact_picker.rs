//! A list to pick a receiver from.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::format;
use crate::node::view::ContactView;

/// Properties of [`ContactPicker`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ContactPickerProps {
    /// The contacts.
    pub contacts: Vec<ContactView>,
    /// Told of the address that was picked.
    pub pick: Callback<String>,
}

/// The contacts by name. What is picked goes into the field above; the list itself holds nothing.
#[component]
pub fn ContactPicker(props: &ContactPickerProps) -> Html {
    let onchange = {
        let pick = props.pick.clone();
        Callback::from(move |event: Event| {
            if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
                let address = select.value();
                select.set_selected_index(0);
                if !address.is_empty() {
                    pick.emit(address);
                }
            }
        })
    };
    html! {
        <div class="field picker">
            <select id="receiver-contact" aria-label="Pick the receiver from your contacts" {onchange}>
                <option value="" selected=true>{ "From your contacts…" }</option>
                { for props.contacts.iter().map(|contact| html! {
                    <option key={contact.name.clone()} value={contact.address.clone()}>
                        { format!("{} ({})", contact.name, format::short_address(&contact.address)) }
                    </option>
                }) }
            </select>
        </div>
    }
}
