//! WebKitGTK, in the small browser it comes with, and WebKitWebDriver. It has no mode without a screen: each browser has
//! a screen of its own, in memory.

use std::path::Path;

use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;

use crate::driver::{START, Started};
use crate::failure::Failure;
use crate::given;
use crate::process_group::ProcessGroup;
use crate::wait::wait_until;

/// Where it keeps things, if not told otherwise: in the home of whoever runs the tests.
const FOLDERS: [&str; 5] = ["HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"];

pub(super) async fn start_driver(group: &mut ProcessGroup, profile: &Path) -> Result<Started, Failure> {
    let mut screen = Command::new(given::xvfb()?);
    screen.args(["-displayfd", "1", "-screen", "0", "1400x1100x24", "-nolisten", "tcp"]);
    let (screen, number) = group.spawn(screen)?.until(|line| line.parse::<u32>().ok()).await?;
    screen.drop_all();

    // It does not say which port it took, so it is given one.
    let port = TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port();
    let mut command = Command::new(given::webkit_driver()?);
    command.arg(format!("--port={port}")).env("DISPLAY", format!(":{number}")).env("GDK_BACKEND", "x11");
    // Tests may run as root, where it has no sandbox.
    command.env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1").env("NO_AT_BRIDGE", "1");
    command.envs(FOLDERS.map(|folder| (folder, profile))).env_remove("WAYLAND_DISPLAY");
    let lines = group.spawn(command)?;
    let listens = async || Ok(TcpStream::connect(("127.0.0.1", port)).await.is_ok());
    wait_until("WebKitWebDriver to listen", START, listens, |listens| *listens).await?;
    Ok(Started { port, lines })
}
