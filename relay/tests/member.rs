//! A member that is no tab, in the room of a real relay.

use crate::common::http::get;
use crate::common::{SOON, TestRelay, settings};
use relay::member::{Heard, Member};
use shared::exchange::{Answer, ToMember, ToRelay};
use shared::protocol::Role;
use shared::{Params, Seed};
use tokio::sync::mpsc;

#[tokio::test]
async fn what_is_said_before_the_relay_has_greeted_is_lost_and_no_fault() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = TestRelay::start(folder.path(), settings()).await;
    let url = format!("http://{}", relay.address).parse().expect("an address");
    let member = Member::new(url, Params::classic(), &Seed::from_bytes([7; 32]), None, Role::Bridge, "test");
    let (path, address) = (format!("/nodes/{}/is_valid", member.id()), relay.address);
    let (heard_out, mut heard) = mpsc::channel(8);
    let (say, said) = mpsc::channel(8);
    for _ in 0..3 {
        say.send(ToRelay::Keep { chain: "[]".to_owned() }).await.expect("room");
    }
    let running = tokio::spawn(member.run(heard_out, said));
    let mut next = async || tokio::time::timeout(SOON, heard.recv()).await.expect("soon").expect("it runs");
    assert!(matches!(next().await, Heard::Joined));
    // The relay has looked at its proof by the time that it has answered this.
    let waiting = tokio::spawn(async move {
        loop {
            let answer = get(address, &path).await;
            if answer.status != 404 {
                return answer;
            }
        }
    });
    let Heard::Exchange(ToMember::Request(request)) = next().await else { panic!("it is asked, by the link it has") };
    let answer = Answer::json(200, &serde_json::json!({ "valid": true }));
    say.send(ToRelay::Answer { number: request.number, answer }).await.expect("it runs");
    assert_eq!(waiting.await.expect("answered").json()["valid"], true);
    running.abort();
    relay.stop().await;
}

#[tokio::test]
async fn a_bridge_is_told_of_as_one_also_when_it_has_gone_and_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = TestRelay::start(folder.path(), settings()).await;
    let url = format!("http://{}", relay.address).parse().expect("an address");
    let member = Member::new(url, Params::classic(), &Seed::from_bytes([7; 32]), None, Role::Bridge, "test");
    let id = member.id();
    let (heard_out, mut heard) = mpsc::channel(8);
    let (_say, said) = mpsc::channel(8);
    let running = tokio::spawn(member.run(heard_out, said));
    assert!(matches!(tokio::time::timeout(SOON, heard.recv()).await.expect("soon"), Some(Heard::Joined)));
    let told = async |relay: &TestRelay, is_online: bool| {
        let deadline = tokio::time::Instant::now() + SOON;
        for path in [format!("/api/v1/rooms/classic/nodes/{id}"), format!("/nodes/{id}")] {
            loop {
                let node = get(relay.address, &path).await;
                if node.status == 200 && node.json()["online"] == is_online {
                    assert_eq!(node.json()["role"], "bridge", "{path}");
                    break;
                }
                assert!(tokio::time::Instant::now() < deadline, "{path}: {}", node.text());
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        }
    };
    told(&relay, true).await;
    running.abort();
    told(&relay, false).await;
    relay.stop().await;
    let relay = TestRelay::start(folder.path(), settings()).await;
    told(&relay, false).await;
    relay.stop().await;
}
