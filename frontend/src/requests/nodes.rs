//! The tutorial's `nodes.json`: where the nodes are, as `connect_node` takes it.

use serde_json::json;

use super::Site;

/// The nodes that are here, this tab first. A word stands where their tokens would: who connects to a node only reads its
/// chain, and a file that is handed around is no place for a token.
pub fn nodes_json(site: &Site) -> String {
    let nodes = std::iter::once(&site.own).chain(&site.others);
    let nodes: Vec<String> = nodes.map(|node| site.short_url(node, "x")).collect();
    format!("{:#}\n", json!({ "nodes": nodes }))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::site;
    use super::*;
    use crate::node::view::RulesView;

    #[test]
    fn every_node_is_in_it_once_and_none_with_a_token() {
        let site = site(RulesView::Sealed, Some("secret"));
        let file: serde_json::Value = serde_json::from_str(&nodes_json(&site)).expect("JSON");
        let nodes = file["nodes"].as_array().expect("a list");
        assert_eq!(nodes.len(), 1 + site.others.len());
        assert_eq!(nodes[0], format!("http://{}:x@127.0.0.1:5001", site.own.id));
        for (node, other) in nodes[1..].iter().zip(&site.others) {
            assert_eq!(node, &site.short_url(other, "x"));
        }
    }
}
