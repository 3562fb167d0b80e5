//! Opens a page in the person's browser, as soon as something answers at its address.

use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::command;

/// Longer than a relay with a long chain takes to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until the address answers, then opens the page.
pub(crate) fn when_ready(url: &str) -> Result<()> {
    let place = url.strip_prefix("http://").context("only http:// can be opened")?.trim_end_matches('/');
    let addresses: Vec<SocketAddr> =
        place.to_socket_addrs().with_context(|| format!("no such address: {place}"))?.collect();
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(addresses.as_slice()).is_err() {
        if Instant::now() > deadline {
            bail!("{url} did not answer, so no browser was opened");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let (opener, arguments) = opener();
    command::run(Command::new(opener).args(arguments).arg(url), &format!("open {url} by hand"))
}

fn opener() -> (&'static str, &'static [&'static str]) {
    if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(windows) {
        ("cmd", &["/C", "start", ""])
    } else {
        ("xdg-open", &[])
    }
}

/// Returns the address a browser on this machine reaches a listener at: `0.0.0.0` is no place to go to.
pub(crate) fn page_of(listen: &str) -> Result<String> {
    let (host, port) = listen
        .rsplit_once(':')
        .with_context(|| format!("`{listen}` is not a host and a port, such as 127.0.0.1:5001"))?;
    if port == "0" {
        bail!("--open needs a fixed port: with port 0 the page's address is not known beforehand");
    }
    let host = match host {
        "0.0.0.0" => "127.0.0.1",
        "[::]" => "[::1]",
        other => other,
    };
    Ok(format!("http://{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_on_every_interface_is_opened_on_loopback() {
        for (listen, page) in [
            ("127.0.0.1:5001", "http://127.0.0.1:5001"),
            ("0.0.0.0:80", "http://127.0.0.1:80"),
            ("[::]:5001", "http://[::1]:5001"),
            ("192.168.1.7:5001", "http://192.168.1.7:5001"),
            ("localhost:5001", "http://localhost:5001"),
        ] {
            assert_eq!(page_of(listen).unwrap(), page);
        }
    }

    #[test]
    fn what_names_no_page_cannot_be_opened() {
        for listen in ["127.0.0.1:0", "5001", ""] {
            assert!(page_of(listen).is_err(), "{listen}");
        }
    }
}
