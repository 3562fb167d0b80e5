//! The requests as files: for Postman, and for `connect_node`.

use shared::Receipt;
use yew::prelude::*;

use super::card::Card;
use super::receipt::ReceiptTable;
use super::save::save;
use crate::requests::{Site, nodes_json, postman};

const JSON: &str = "application/json";

/// Properties of [`TakeAway`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct TakeAwayProps {
    /// Who can be asked.
    pub site: Site,
}

/// Two buttons: the Postman collection, and the tutorial's `nodes.json`.
#[component]
pub fn TakeAway(props: &TakeAwayProps) -> Html {
    let trouble = use_state_eq(|| None::<Receipt>);
    let save_as = |make: fn(&Site) -> (String, String)| {
        let (site, trouble) = (props.site.clone(), trouble.setter());
        Callback::from(move |_| {
            let (name, text) = make(&site);
            trouble.set(save(&name, text.as_bytes(), JSON).err());
        })
    };
    let collection = save_as(|site| (postman::file_name(site), postman::collection(site)));
    let nodes = save_as(|site| ("nodes.json".to_owned(), nodes_json(site)));
    html! {
        <Card title="Take it with you">
            <p>
                <span class="strong">{ "Postman collection" }</span>
                <span class="soft">{ ": these requests and those of the other nodes here, each with a test. Import it, or run it with newman." }</span>
            </p>
            <p>
                <span class="strong">{ "nodes.json" }</span>
                <span class="soft">{ ": every node that is here now, as the tutorial's connect_node takes it." }</span>
            </p>
            if props.site.token.is_some() {
                <p class="hint">{ "The collection holds this tab's token. Whoever has it may change this tab." }</p>
            }
            <div class="actions start">
                <button type="button" class="btn quiet" onclick={collection}>{ "Postman collection" }</button>
                <button type="button" class="btn quiet" onclick={nodes}>{ "nodes.json" }</button>
            </div>
            if let Some(receipt) = &*trouble {
                <ReceiptTable receipt={receipt.clone()} alert=true />
            }
        </Card>
    }
}
