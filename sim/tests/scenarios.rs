//! Every scenario holds; those with a thousand tabs are run here with fewer, and as they are by the simulator's command.

use std::path::Path;

use sim::plan::Plan;
use sim::run::run;

#[test]
fn every_scenario_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    // Those in which an adversary goes on are run among the adversaries, and more is asked of them.
    paths.retain(|path| path.is_file() && !path.to_string_lossy().ends_with("-goes-on.plan"));
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

/// How many tabs of a thousand there are here: enough for a block to take many steps round a ring.
const FEW: &str = "19";

#[test]
fn networks_of_every_shape_come_to_agree() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/large");
    for shape in ["star", "ring", "random"] {
        let text = std::fs::read_to_string(folder.join(shape).with_extension("plan")).expect("a file");
        let whole: Plan = text.parse().unwrap_or_else(|error| panic!("{shape}: {error}"));
        assert!(whole.hosts.len() >= 1_000, "{shape}: {} hosts", whole.hosts.len());
        let lines = text.lines().map(|line| match line.strip_prefix("host tab times=") {
            Some(_) => format!("host tab times={FEW}\n"),
            None => format!("{}\n", line.replace("to=500", "to=25")),
        });
        let plan: Plan = lines.collect::<String>().parse().unwrap_or_else(|error| panic!("{shape}: {error}"));
        let outcome = run(&plan, false);
        assert_eq!(outcome.violation, None, "{shape}");
        assert!(outcome.blocks > 10, "{shape}: {} blocks", outcome.blocks);
    }
}
