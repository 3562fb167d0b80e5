//! Takes pictures of pages: wide and narrow, light and dark.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use e2e::{Browser, Failure, Relay, Scheme, Tab, View};

/// Takes pictures of pages, from top to bottom: wide and narrow, light and dark.
///
/// Without --url it starts a relay of its own and looks at the app that `cargo xtask build` built.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask shots", bin_name = "cargo xtask shots")]
struct Arguments {
    /// The folder for the pictures, named like wallet-390-dark.png
    #[arg(long, value_name = "DIR", default_value = "target/shots")]
    out: PathBuf,

    /// A running app, such as http://127.0.0.1:5001, or a page, such as file:///tmp/page.html
    #[arg(long, value_name = "URL")]
    url: Option<String>,

    /// The pages, below the URL
    #[arg(long, value_name = "PATHS", value_delimiter = ',', default_value = "/,/wallet,/mine,/blocks,/peers")]
    pages: Vec<String>,

    /// The widths, in CSS pixels
    #[arg(long, value_name = "WIDTHS", value_delimiter = ',', default_value = "1280,390")]
    widths: Vec<u32>,

    /// What to press first, by name, once on the first page; may be given several times
    #[arg(long, value_name = "BUTTON")]
    press: Vec<String>,

    /// How long a page may settle before the picture, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 500)]
    settle: u64,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    let (relay, url) = match &arguments.url {
        Some(url) => (None, url.trim_end_matches('/').to_owned()),
        None => {
            let relay = Relay::start().await?;
            let url = relay.url().to_owned();
            (Some(relay), url)
        }
    };
    let browser = Browser::start().await?;
    let is_file = url.starts_with("file:");
    let pages = if is_file { vec![String::new()] } else { arguments.pages.clone() };
    let tab = browser.open(&format!("{url}{}", pages.first().map(String::as_str).unwrap_or_default())).await?;
    let settle = Duration::from_millis(arguments.settle);
    for button in &arguments.press {
        tab.press(button).await?;
    }
    for page in &pages {
        if !is_file {
            tab.goto(&format!("{url}{page}")).await?;
        }
        take(&arguments, &tab, page, settle).await?;
    }
    for line in browser.console().await? {
        println!("console: {line}");
    }
    drop(relay);
    Ok(())
}

async fn take(arguments: &Arguments, tab: &Tab, page: &str, settle: Duration) -> Result<(), Failure> {
    for &width in &arguments.widths {
        for scheme in [Scheme::Light, Scheme::Dark] {
            let view = View { width, scheme };
            tab.show_on(view).await?;
            tokio::time::sleep(settle).await;
            let file = arguments.out.join(format!("{}-{width}-{}.png", name_of(page), scheme.word()));
            tab.whole_picture(view, &file).await?;
            let overflow = tab.overflow().await?;
            let warning = if overflow > 0 { format!("  (scrolls sideways by {overflow} px)") } else { String::new() };
            println!("{}{warning}", file.display());
        }
    }
    Ok(())
}

/// Names the pictures of a page: `/blocks/7` becomes `blocks-7`.
fn name_of(page: &str) -> String {
    let name: String = page.trim_matches('/').chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    if name.is_empty() { "overview".to_owned() } else { name }
}
