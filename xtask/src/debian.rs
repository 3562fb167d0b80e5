//! Installs Debian's packages, where that is possible: on Debian or Ubuntu, as root. Without rights they can be downloaded.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::{command, narrate};

/// Tells whether this is Ubuntu, which names some packages otherwise.
pub(crate) fn is_ubuntu() -> bool {
    release_words().iter().any(|word| word == "ubuntu")
}

/// Tells whether packages can be installed here.
pub(crate) fn can_install() -> bool {
    let is_debian = release_words().iter().any(|word| word == "debian" || word == "ubuntu");
    is_debian && command::find_on_path("apt-get").is_some() && is_root()
}

/// Tells whether packages can be downloaded here, which needs no rights.
pub(crate) fn has_packages() -> bool {
    command::find_on_path("apt-get").is_some() && command::find_on_path("dpkg").is_some()
}

/// Downloads a package into a folder without installing it.
pub(crate) fn download(package: &str, folder: &Path) -> Result<()> {
    if is_root() {
        command::run(apt_get().args(["update", "--quiet", "--quiet"]), "it comes with Debian")?;
    }
    command::run(
        apt_get().args(["download", "--quiet", "--quiet", package]).current_dir(folder),
        "it comes with Debian",
    )
}

/// Installs packages.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    narrate::step(&format!("Installing {}", packages.join(" and ")), || {
        command::run(apt_get().args(["update", "--quiet", "--quiet"]), "it comes with Debian")?;
        let install = ["install", "--quiet", "--quiet", "--yes", "--no-install-recommends"];
        command::run(apt_get().args(install).args(packages), "it comes with Debian")
    })
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// The words of `ID` and `ID_LIKE` in `/etc/os-release`.
fn release_words() -> Vec<String> {
    let text = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    words_of(&text)
}

fn words_of(release: &str) -> Vec<String> {
    let values = release.lines().filter_map(|line| line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE=")));
    values.flat_map(|value| value.trim_matches('"').split(' ')).map(str::to_owned).collect()
}

fn is_root() -> bool {
    command::read(Command::new("id").arg("-u")).is_ok_and(|id| id == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derivative_names_what_it_is_like() {
        let release = "NAME=\"Linux Mint\"\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\nVERSION_ID=22\n";
        assert_eq!(words_of(release), ["linuxmint", "ubuntu", "debian"]);
    }
}
