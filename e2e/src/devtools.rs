//! What the browser pretends about its screen, and pictures of what it shows.

use std::path::Path;

use serde_json::json;

use crate::command;
use crate::failure::Failure;
use crate::tab::Tab;

/// The colours a person has asked their system for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Scheme {
    /// Returns the word CSS has for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// A screen: how wide, in CSS pixels, and in what colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// The width in CSS pixels; below 600 the page is told it is on a phone.
    pub width: u32,
    /// The colours.
    pub scheme: Scheme,
}

impl View {
    fn is_phone(self) -> bool {
        self.width < 600
    }

    fn height(self) -> u32 {
        if self.is_phone() { 844 } else { 900 }
    }
}

impl Tab {
    /// Shows the tab on another screen.
    pub async fn show_on(&self, view: View) -> Result<(), Failure> {
        self.within(async |client| {
            let metrics = json!({
                "width": view.width, "height": view.height(), "deviceScaleFactor": 1, "mobile": view.is_phone()
            });
            command::devtools(client, "Emulation.setDeviceMetricsOverride", metrics).await?;
            let scheme = json!({ "name": "prefers-color-scheme", "value": view.scheme.word() });
            command::devtools(client, "Emulation.setEmulatedMedia", json!({ "features": [scheme] })).await?;
            Ok(())
        })
        .await
    }

    /// Writes a picture of what the screen shows to a file, as PNG.
    pub async fn picture(&self, file: &Path) -> Result<(), Failure> {
        let png = self.within(async |client| Ok(client.screenshot().await?)).await?;
        write(file, &png).await
    }

    /// Writes a picture of the page from top to bottom to a file, as PNG.
    pub async fn whole_picture(&self, view: View, file: &Path) -> Result<(), Failure> {
        const HEIGHT: &str = "return Math.ceil(document.documentElement.scrollHeight)";
        let png = self
            .within(async |client| {
                let height = client.execute(HEIGHT, vec![]).await?.as_u64().unwrap_or_default();
                let height = height.max(u64::from(view.height()));
                let metrics = |height| {
                    json!({ "width": view.width, "height": height, "deviceScaleFactor": 1, "mobile": view.is_phone() })
                };
                // A screen as high as the page, so that what sticks to its edges is drawn once.
                command::devtools(client, "Emulation.setDeviceMetricsOverride", metrics(height)).await?;
                let png = client.screenshot().await?;
                let usual = metrics(u64::from(view.height()));
                command::devtools(client, "Emulation.setDeviceMetricsOverride", usual).await?;
                Ok(png)
            })
            .await?;
        write(file, &png).await
    }

    /// Returns how far the page is wider than its screen, in CSS pixels; 0 where nothing scrolls sideways.
    pub async fn overflow(&self) -> Result<i64, Failure> {
        const SCRIPT: &str = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        self.within(async |client| Ok(client.execute(SCRIPT, vec![]).await?.as_i64().unwrap_or_default())).await
    }
}

async fn write(file: &Path, png: &[u8]) -> Result<(), Failure> {
    if let Some(folder) = file.parent() {
        tokio::fs::create_dir_all(folder).await?;
    }
    Ok(tokio::fs::write(file, png).await?)
}
