//! The commands of the Developers page, run as they stand, and the choice of the shell they are for.

use std::process::Stdio;
use std::time::Duration;

use e2e::{Browser, Failure, Relay, Tab};
use tokio::process::Command;

const MOMENT: Duration = Duration::from_secs(15);

/// The commands as they are shown.
async fn commands(tab: &Tab) -> Result<Vec<String>, Failure> {
    let script = "return [...document.querySelectorAll('.command-line code')].map(code => code.textContent)";
    let commands = tab.run(script, vec![]).await?;
    serde_json::from_value(commands).map_err(|error| Failure::page(error.to_string()))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_for_a_posix_shell_runs_as_it_stands() -> Result<(), Failure> {
    let relay = Relay::start_easy(&[]).await?;
    let browser = Browser::start().await?;
    let other = browser.open(&relay.page("/wallet")).await?;
    other.fill("Name", "Zoë's <laptop> & $HOME").await?;
    other.press("Rename").await?;
    let tab = browser.open(&relay.page("/developers")).await?;
    tab.press("Show token").await?;
    let all = tab.wait_until("twelve commands", MOMENT, async || commands(&tab).await, |all| all.len() == 12).await?;
    for command in all {
        // What goes on for as long as one listens is heard for a moment; anything else fails on a refusal.
        let command =
            command.replacen("curl", if command.contains(" -N ") { "curl -sS -m 2" } else { "curl -sSf -m 60" }, 1);
        let output = Command::new("sh").args(["-c", &command]).stdin(Stdio::null()).output().await?;
        let is_stream_cut = command.contains(" -N ") && output.status.code() == Some(28);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() || is_stream_cut, "{command}: {error}");
        if !is_stream_cut {
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{command}: {text}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shell_follows_the_computer_until_its_owner_chooses_another_which_is_remembered() -> Result<(), Failure> {
    let relay = Relay::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.open("about:blank").await?;
    tab.before_each_page("Object.defineProperty(Navigator.prototype, 'platform', { get: () => 'Win32' })").await?;
    tab.goto(&relay.page("/developers")).await?;
    let is =
        |start: &'static str| move |all: &Vec<String>| all.len() == 12 && all.iter().all(|one| one.contains(start));
    tab.wait_until("PowerShell", MOMENT, async || commands(&tab).await, is("curl.exe ")).await?;
    let choose = "const list = document.querySelector('#shell'); list.value = arguments[0];
        list.dispatchEvent(new Event('change', { bubbles: true }))";
    tab.run(choose, vec!["posix".into()]).await?;
    tab.wait_until("a POSIX shell", MOMENT, async || commands(&tab).await, is("curl ")).await?;
    tab.reload().await?;
    tab.wait_until("a POSIX shell still", MOMENT, async || commands(&tab).await, is("curl ")).await?;
    Ok(())
}
