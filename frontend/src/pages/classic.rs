//! The overview of a classic room: the tutorial's chain, and all that the tutorial does with it.

use yew::prelude::*;

use super::PageProps;
use crate::components::{
    Card, ClassicBanner, ClassicChain, ClassicChainCard, ClassicNodesCard, ClassicPayCard, Feed, Go, Row, SyncBar,
    Whole, is_certain,
};
use crate::node::view::ClassicView;
use crate::room;
use crate::route::Route;

/// Properties of [`Classic`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ClassicProps {
    /// The node.
    pub view: crate::hooks::View,
    /// Its classic node.
    pub classic: ClassicView,
}

/// The overview of a classic room.
#[component]
pub fn Classic(props: &ClassicProps) -> Html {
    let (view, classic) = (&props.view, &props.classic);
    html! {
        <>
            <SyncBar view={view.clone()} />
            <ClassicBanner view={view.clone()} />
            <ClassicChain classic={classic.clone()} />
            <div class="cards">
                <ClassicChainCard classic={classic.clone()} />
                <ClassicPayCard classic={classic.clone()} />
                <ClassicNodesCard view={view.clone()} classic={classic.clone()} />
            </div>
            <Card title="This tab" aside={html! { <bdi translate="no" class="strong">{ &view.identity.name }</bdi> }}>
                <dl class="facts">
                    <Row label="Node"><Whole text={view.identity.id.clone()} what="this node's id" testid="node-id" /></Row>
                    { for view.identity.urls.iter().filter(|url| !url.contains('@') && is_certain(url)).map(|url| html! {
                        <Row key={url.clone()} label="Reached at"><Whole text={url.clone()} what="this node's address" /></Row>
                    }) }
                </dl>
            </Card>
            <Feed events={view.events.clone()} />
        </>
    }
}

/// In the place of a page that a classic room does not have.
#[component]
pub fn NotInClassic(props: &PageProps) -> Html {
    html! {
        <Card title="Not in a classic room" class="narrow">
            <p>
                { "The tutorial's chain has no keys, no wallet and no miner that runs on. Its blocks stand whole on the \
                   overview, and a block is mined there at the press of a button." }
            </p>
            <p class="soft">{ "You are in room " }<bdi translate="no">{ &props.view.room.name }</bdi>{ ". The room of the real currency has this page." }</p>
            <div class="actions start">
                <Go to={Route::Overview} class="btn">{ "To the overview" }</Go>
                <a class="btn quiet" href={room::home(room::MAIN)} target="_blank" rel="noopener">{ "Open room main" }</a>
            </div>
        </Card>
    }
}
