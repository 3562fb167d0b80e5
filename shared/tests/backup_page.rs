//! The examples of `docs/backup.md` against the code.

use shared::backup::{decrypt, parse_words, words};
use shared::{NodeId, Params, Seed};

const PAGE: &str = include_str!("../../docs/backup.md");

/// The lines of the page's example of this name.
fn example(name: &str) -> Vec<&'static str> {
    let fence = format!("```golden {name}");
    PAGE.lines().skip_while(|line| *line != fence).skip(1).take_while(|line| *line != "```").collect()
}

fn seed() -> Seed {
    Seed::from_bytes([7; 32])
}

#[test]
fn the_words_of_the_page_are_the_seeds() {
    let words = words(&seed());
    let mut expect = vec![format!("seed = {}", hex::encode(seed().to_bytes())), "words =".to_owned()];
    expect.extend(words.chunks(8).map(|line| format!("  {}", line.join(" "))));
    expect.push(format!("node id = {}", NodeId::of(&seed().node_key().public())));
    let address = seed().wallet_key().public().address().encode(&Params::main().address_prefix);
    expect.push(format!("address in main = {address}"));
    assert_eq!(example("words"), expect);
    assert_eq!(parse_words(&example("words")[2..5].join("\n")), Ok(seed()));
}

#[test]
fn the_file_of_the_page_is_the_golden_one_and_opens() {
    let golden: Vec<&str> = include_str!("../golden/backup.hex").lines().collect();
    assert_eq!(example("file"), golden);
    let file = hex::decode(golden.concat()).expect("hex");
    let contents = decrypt(&file, "correct horse").expect("its password");
    assert_eq!(contents.identities[0].seed, seed());
    assert_eq!(contents.identities[0].name.as_deref(), Some("ada"));
    assert_eq!(contents.identities[0].contacts[0].contacts[0].name, "grace");
    assert_eq!(serde_json::from_str::<Params>(&contents.rooms[0].params).expect("parameters"), Params::main());
}
