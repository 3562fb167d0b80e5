//! nginx and Caddy as processes in front of a relay, on free ports of loopback, with all that they write in a folder of
//! their own.
//!
//! The configurations of the documentation (`docs/hosting/`) are used as they stand but for what belongs to a machine: the
//! ports, the relay's address and the certificate's files. [`documented`] fails where one of these is not there any more.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::geteuid;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::failure::Failure;
use crate::given;
use crate::wait::wait_until;

/// The name under which the documentation hosts a relay.
pub const NAME: &str = "coin.example";
/// A proxy listens within milliseconds; a busy machine may take this long.
const START: Duration = Duration::from_secs(20);

/// A proxy. Dropping it kills it.
#[derive(Debug)]
pub struct Proxy {
    child: Child,
    folder: TempDir,
    port: u16,
}

/// A certificate for [`NAME`] and the names below it, that nobody but a test trusts.
#[derive(Debug)]
pub struct Certificate {
    folder: TempDir,
}

impl Certificate {
    /// Makes one with OpenSSL.
    pub async fn make() -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let mut openssl = Command::new(given::openssl()?);
        openssl.args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
        ]);
        openssl.args(["-subj", "/CN=coin.example", "-addext", "subjectAltName=DNS:coin.example,DNS:*.coin.example"]);
        openssl.arg("-keyout").arg(folder.path().join("privkey.pem"));
        openssl.arg("-out").arg(folder.path().join("fullchain.pem"));
        let made = openssl.output().await?;
        if !made.status.success() {
            return Err(Failure::setup(format!("openssl: {}", String::from_utf8_lossy(&made.stderr))));
        }
        Ok(Self { folder })
    }

    /// The certificate's file, for a client that is to trust it.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("fullchain.pem")
    }
}

impl Proxy {
    /// Starts nginx with what stands in its `http` block. `PORT` there becomes a free port.
    pub async fn nginx(http: &str) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let port = free_port()?;
        let at = folder.path().display();
        let http = http.replace("PORT", &port.to_string());
        std::fs::create_dir(folder.path().join("snippets"))?;
        std::fs::write(folder.path().join("snippets/tabcoin.conf"), documented("nginx-tabcoin.conf", &[])?)?;
        // Its workers would be somebody else, who may not open the folder.
        let user = if geteuid().is_root() { "user root;" } else { "" };
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let temporary: String = temporary.map(|name| format!("{name}_temp_path {at}/{name};\n")).concat();
        let config = format!(
            "{user} daemon off; master_process off; pid {at}/pid; error_log {at}/error.log;
             events {{ worker_connections 512; }}
             http {{ access_log {at}/access.log; {temporary} {http} }}"
        );
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, config)?;
        let mut nginx = Command::new(given::nginx()?);
        nginx.arg("-e").arg(folder.path().join("error.log")).arg("-p").arg(folder.path()).arg("-c").arg(file);
        Self::launch(nginx, folder, port).await
    }

    /// Starts Caddy with a Caddyfile, which serves https with certificates of its own authority at [`port`](Self::port).
    pub async fn caddy(sites: &str) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let (port, http_port) = (free_port()?, free_port()?);
        let options = format!(
            "{{\n admin off\n local_certs\n skip_install_trust\n default_bind 127.0.0.1\n \
             https_port {port}\n http_port {http_port}\n}}\n"
        );
        let file = folder.path().join("Caddyfile");
        std::fs::write(&file, options + sites)?;
        let mut caddy = Command::new(given::caddy()?);
        caddy.args(["run", "--adapter", "caddyfile", "--config"]).arg(file);
        for variable in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"] {
            caddy.env(variable, folder.path());
        }
        caddy.current_dir(folder.path()).stderr(std::fs::File::create(folder.path().join("error.log"))?);
        Self::launch(caddy, folder, port).await
    }

    async fn launch(mut command: Command, folder: TempDir, port: u16) -> Result<Self, Failure> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true).spawn()?;
        let mut proxy = Self { child, folder, port };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listens = async || match proxy.child.try_wait()? {
            Some(status) => Ok(Err(status)),
            None => Ok(Ok(tokio::net::TcpStream::connect(address).await?)),
        };
        let started = wait_until("a proxy that listens", START, listens, |_| true).await;
        match started {
            Ok(Ok(_)) => Ok(proxy),
            Ok(Err(status)) => Err(Failure::setup(format!("the proxy ended with {status}: {}", proxy.log()))),
            Err(failure) => Err(Failure::setup(format!("{failure}: {}", proxy.log()))),
        }
    }

    /// The port where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("error.log")).unwrap_or_default()
    }

    /// The certificate of Caddy's own authority, for a client that is to trust it.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("caddy/pki/authorities/local/root.crt")
    }
}

/// A configuration of the documentation, with each of these texts, which must be there, replaced by another.
pub fn documented(name: &str, replaced: &[(&str, &str)]) -> Result<String, Failure> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/hosting")).join(name);
    let mut text = std::fs::read_to_string(&path)?;
    for (from, to) in replaced {
        if !text.contains(from) {
            return Err(Failure::setup(format!("{} has no {from:?}", path.display())));
        }
        text = text.replace(from, to);
    }
    Ok(text)
}

fn free_port() -> Result<u16, Failure> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
