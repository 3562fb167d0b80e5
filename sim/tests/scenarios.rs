//! Every scenario holds.

use std::path::Path;

use sim::plan::Plan;
use sim::run::run;

#[test]
fn every_scenario_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    assert!(paths.len() >= 5, "{paths:?}");
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("a file");
        let plan: Plan = text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let outcome = run(&plan, false);
        assert_eq!(outcome.violation, None, "{}", path.display());
        assert!(outcome.blocks > 100, "{}: {} blocks", path.display(), outcome.blocks);
    }
}
