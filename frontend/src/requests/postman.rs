//! The requests as a collection for Postman (format v2.1), which newman runs too.
//!
//! A folder for this tab, one for each other node that is here. Each request has a test of its status, so that a run
//! passes where all is well. Names of peers stand in it as names of folders and in the body of the payment; a peer's name
//! cannot hold braces, so none can be taken for a variable.

use serde_json::{Value, json};

use super::{Member, Ready, Site, Tried, ready};

/// The format's name for itself.
const SCHEMA: &str = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";
/// What a node answers whose owner has closed it: the token is missing, or changing it is not for others.
const CLOSED: [u16; 2] = [401, 403];

/// The collection, as JSON.
pub fn collection(site: &Site) -> String {
    let own = folder(site, &site.own, "This tab");
    let others = site.others.iter().map(|other| folder(site, other, &title(other)));
    let items: Vec<Value> = std::iter::once(own).chain(others).collect();
    let collection = json!({
        "info": {
            "name": format!("Tabcoin: {} in room {}", site.own.name, site.room),
            "description": "The tutorial's requests, for this tab and the other nodes that were here. \
                Run it from the top: connect, mine, pay, look, replace, check.",
            "schema": SCHEMA,
        },
        "variable": [
            { "key": "baseUrl", "value": site.url(&site.own), "type": "string" },
            { "key": "token", "value": site.token.as_deref().unwrap_or_default(), "type": "string" },
        ],
        "item": items,
    });
    format!("{collection:#}\n")
}

/// The name of a file for it.
pub fn file_name(site: &Site) -> String {
    format!("tabcoin-{}-{}.postman_collection.json", site.room, crate::format::short(&site.own.id).replace('…', "-"))
}

fn title(member: &Member) -> String {
    let id = crate::format::short(&member.id);
    if member.relay { format!("{} {id} (the relay)", member.name) } else { format!("{} {id}", member.name) }
}

fn folder(site: &Site, member: &Member, name: &str) -> Value {
    let items: Vec<Value> = ready(site, member).iter().map(|ready| item(site, ready)).collect();
    json!({ "name": name, "item": items })
}

fn item(site: &Site, ready: &Ready) -> Value {
    let mut headers = Vec::new();
    if ready.token.is_some() {
        headers.push(json!({ "key": "Authorization", "value": "Bearer {{token}}" }));
    }
    if ready.body.is_some() {
        headers.push(json!({ "key": "Content-Type", "value": "application/json" }));
    }
    let mut request = json!({
        "method": ready.route.method(),
        "header": headers,
        "url": url(site, ready),
        "description": ready.what,
    });
    if let Some(body) = &ready.body {
        request["body"] = json!({ "mode": "raw", "raw": body, "options": { "raw": { "language": "json" } } });
    }
    json!({
        "name": ready.name,
        "request": request,
        "response": [],
        "event": [{ "listen": "test", "script": { "type": "text/javascript", "exec": test(ready.tried) } }],
    })
}

/// This tab's requests go to the collection's variable, so that one edit moves them all.
fn url(site: &Site, ready: &Ready) -> String {
    match ready.url.strip_prefix(&site.url(&site.own)) {
        Some(path) => format!("{{{{baseUrl}}}}{path}"),
        None => ready.url.clone(),
    }
}

fn test(tried: Tried) -> Vec<String> {
    match tried {
        Tried::Answers(status) => vec![
            format!("pm.test(\"answers {status}\", function () {{"),
            format!("    pm.response.to.have.status({status});"),
            "});".to_owned(),
        ],
        Tried::AnswersOrIsClosed(status) => vec![
            format!("pm.test(\"answers {status}, or is closed by its owner\", function () {{"),
            format!("    pm.expect(pm.response.code).to.be.oneOf([{status}, {}, {}]);", CLOSED[0], CLOSED[1]),
            "});".to_owned(),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::site;
    use super::*;
    use crate::node::view::RulesView;

    fn read(site: &Site) -> Value {
        serde_json::from_str(&collection(site)).expect("JSON")
    }

    fn items(folder: &Value) -> &[Value] {
        folder["item"].as_array().expect("a folder has items")
    }

    #[test]
    fn it_has_a_folder_for_every_node_this_tab_s_first_and_in_the_order_of_the_story() {
        let site = site(RulesView::Sealed, Some("secret"));
        let collection = read(&site);
        assert_eq!(collection["info"]["schema"], SCHEMA);
        let folders = items(&collection);
        assert_eq!(folders.len(), 1 + site.others.len());
        assert_eq!(folders[0]["name"], "This tab");
        let urls: Vec<&str> = items(&folders[0]).iter().filter_map(|item| item["request"]["url"].as_str()).collect();
        assert_eq!(
            urls,
            [
                "{{baseUrl}}/connect_node",
                "{{baseUrl}}/mine_block",
                "{{baseUrl}}/add_transaction",
                "{{baseUrl}}/get_chain",
                "{{baseUrl}}/replace_chain",
                "{{baseUrl}}/is_valid",
            ],
        );
        let first = |folder: usize| &items(&folders[folder])[0]["request"]["url"];
        assert_eq!(first(1), "http://127.0.0.1:5001/rooms/main/get_chain");
        assert_eq!(first(2), &format!("http://127.0.0.1:5001/nodes/{}/get_chain", site.others[1].id));
    }

    #[test]
    fn the_token_stands_in_its_variable_and_nowhere_else() {
        let closed = collection(&site(RulesView::Sealed, Some("secret")));
        assert_eq!(closed.matches("secret").count(), 1);
        assert_eq!(closed.matches("Bearer {{token}}").count(), 4, "the four that change this tab");
        let open = collection(&site(RulesView::Classic, None));
        assert_eq!(open.matches("Bearer").count(), 0);
    }

    #[test]
    fn every_request_is_tested_and_posts_are_json() {
        for rules in [RulesView::Sealed, RulesView::Classic] {
            let collection = read(&site(rules, None));
            for item in items(&collection).iter().flat_map(items) {
                let test = item["event"][0]["script"]["exec"].to_string();
                let request = &item["request"];
                let status = if request["method"] == "POST" { "201" } else { "200" };
                assert!(test.contains(status), "{test}");
                assert_eq!(request["method"] == "POST", request["body"].is_object());
                if let Some(body) = request["body"]["raw"].as_str() {
                    serde_json::from_str::<Value>(body).expect("the body is JSON");
                }
            }
        }
    }

    #[test]
    fn another_s_tab_in_a_classic_room_may_be_closed_and_this_one_may_not() {
        let site = site(RulesView::Classic, None);
        let collection = read(&site);
        let mine = |folder: usize| items(&items(&collection)[folder])[1]["event"][0]["script"]["exec"].to_string();
        assert!(!mine(0).contains("oneOf"));
        assert!(mine(1).contains("[200, 401, 403]"));
    }
}
