//! nginx and Caddy, which tests put in front of a relay, and OpenSSL, which makes them a certificate.
//!
//! Where they are missing on Debian their packages are unpacked into a folder of the build, not installed: installing
//! them would start both as services.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;
use crate::{command, debian, narrate};

/// Each program, the variable that names it to the tests, and the Debian package that holds it.
const PROGRAMS: [(&str, &str, &str); 3] = [
    ("nginx", "TABCOIN_NGINX", "nginx"),
    ("caddy", "TABCOIN_CADDY", "caddy"),
    ("openssl", "TABCOIN_OPENSSL", "openssl"),
];
/// Where Debian keeps programs; the second is for administrators and not on every search path.
const FOLDERS: [&str; 2] = ["usr/bin", "usr/sbin"];

/// Tells tests where the programs are, getting them first if they are not there.
pub(crate) fn tell<'a>(workspace: &Workspace, command: &'a mut Command) -> Result<&'a mut Command> {
    let unpacked = workspace.scratch().join("proxies");
    for (name, variable, package) in PROGRAMS {
        if find(name, &unpacked).is_none() && debian::has_packages() {
            unpack(package, &unpacked)?;
        }
        match find(name, &unpacked) {
            Some(path) => command.env(variable, path),
            None => bail!("the tests of hosting need {name}: get your system's package of it ({package} in Debian)"),
        };
    }
    Ok(command)
}

fn find(name: &str, unpacked: &Path) -> Option<PathBuf> {
    let in_folder = |root: &Path| FOLDERS.iter().map(|folder| root.join(folder).join(name)).find(|path| path.is_file());
    command::find_on_path(name).or_else(|| in_folder(Path::new("/"))).or_else(|| in_folder(unpacked))
}

/// Downloads a package and unpacks it; that needs no rights.
fn unpack(package: &str, folder: &Path) -> Result<()> {
    narrate::step(&format!("Unpacking {package}"), || {
        let download = folder.join(format!("{package}-package"));
        std::fs::create_dir_all(&download).with_context(|| format!("cannot make {}", download.display()))?;
        debian::download(package, &download)?;
        for file in std::fs::read_dir(&download).context("cannot list the packages")? {
            let mut dpkg = Command::new("dpkg");
            command::run(dpkg.arg("-x").arg(file?.path()).arg(folder), "it comes with Debian")?;
        }
        Ok(())
    })
}
