//! A tab of a browser: one node, as the person before it sees and uses it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fantoccini::wd::{TimeoutConfiguration, WindowHandle};
use fantoccini::{Client, Locator};
use serde_json::{Value, json};

use crate::browser::Session;
use crate::command;
use crate::failure::Failure;
use crate::given;
use crate::page::{self, Role};
use crate::wait::{PATIENCE, wait_until};

/// Selects all of a field, so that what is typed next replaces it.
const SELECT_ALL: &str = "arguments[0].select()";
/// The key that then leaves nothing, as WebDriver writes it.
const DELETE: &str = "\u{e017}";

/// A file that a page handed to the browser.
#[derive(Clone, Debug)]
pub struct Saved {
    /// The name it is saved under.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The tab. Clones are the same tab.
#[derive(Clone, Debug)]
pub struct Tab {
    session: Arc<Session>,
    window: WindowHandle,
}

impl Tab {
    pub(crate) fn new(session: Arc<Session>, window: WindowHandle) -> Self {
        Self { session, window }
    }

    /// Whether this is the same tab.
    pub fn is(&self, other: &Self) -> bool {
        self.window == other.window
    }

    pub(crate) async fn within<T>(
        &self,
        commands: impl AsyncFnOnce(&Client) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.session.within(&self.window, commands).await
    }

    /// Goes to an address.
    pub async fn goto(&self, url: &str) -> Result<(), Failure> {
        self.within(async |client| Ok(client.goto(url).await?)).await
    }

    /// Loads the page again.
    pub async fn reload(&self) -> Result<(), Failure> {
        self.within(async |client| Ok(client.refresh().await?)).await
    }

    /// Goes back to where it was before.
    pub async fn back(&self) -> Result<(), Failure> {
        self.within(async |client| Ok(client.back().await?)).await
    }

    /// Closes the tab.
    pub async fn close(self) -> Result<(), Failure> {
        self.within(async |client| Ok(client.close_window().await?)).await
    }

    /// Brings the tab to the front, as a person does who looks at it.
    pub async fn look_at(&self) -> Result<(), Failure> {
        self.within(async |_| Ok(())).await
    }

    /// Runs a script in every page that is loaded from now on, before the page's own.
    pub async fn before_each_page(&self, script: &str) -> Result<(), Failure> {
        let parameters = json!({ "source": script });
        self.within(async |client| {
            command::devtools(client, "Page.addScriptToEvaluateOnNewDocument", parameters.clone()).await.map(drop)
        })
        .await
    }

    /// Minimizes the window, as a person does who works at something else: the tab is hidden.
    pub async fn minimize(&self) -> Result<(), Failure> {
        self.within(async |client| Ok(client.minimize_window().await?)).await
    }

    /// Brings a minimized window back.
    pub async fn restore(&self) -> Result<(), Failure> {
        self.within(async |client| Ok(client.set_window_rect(0, 0, 1280, 900).await?)).await
    }

    /// Returns the address it is at.
    pub async fn url(&self) -> Result<String, Failure> {
        self.within(async |client| Ok(client.current_url().await?.to_string())).await
    }

    /// Presses the button of a name, once it is there and can be pressed.
    pub async fn press(&self, name: &str) -> Result<(), Failure> {
        self.act(&format!("to press `{name}`"), async |client| {
            Ok(page::find(client, Role::Button, name).await?.click().await?)
        })
        .await
    }

    /// Clicks on the page's heading, where nothing happens: for a moment the page may then do what only a person's click
    /// lets it, such as copy.
    pub async fn touch(&self) -> Result<(), Failure> {
        self.within(async |client| Ok(client.find(Locator::Css("h1")).await?.click().await?)).await
    }

    /// Follows the link of a name, once it is there.
    pub async fn follow(&self, name: &str) -> Result<(), Failure> {
        self.act(&format!("to follow `{name}`"), async |client| {
            Ok(page::find(client, Role::Link, name).await?.click().await?)
        })
        .await
    }

    /// Writes a text into the field of a label, in place of what was in it.
    pub async fn fill(&self, label: &str, text: &str) -> Result<(), Failure> {
        self.act(&format!("to fill `{label}`"), async |client| {
            let field = page::find(client, Role::Field, label).await?;
            field.click().await?;
            let argument = serde_json::to_value(&field).map_err(|error| Failure::page(error.to_string()))?;
            client.execute(SELECT_ALL, vec![argument]).await?;
            Ok(field.send_keys(if text.is_empty() { DELETE } else { text }).await?)
        })
        .await
    }

    /// Moves the focus to something and types a key there, as somebody without a mouse does.
    pub async fn press_key_on(&self, role: Role, name: &str, key: &str) -> Result<(), Failure> {
        self.act(&format!("to type on `{name}`"), async |client| {
            Ok(page::find(client, role, name).await?.send_keys(key).await?)
        })
        .await
    }

    /// Picks a file in the field of a label.
    pub async fn upload(&self, label: &str, file: &Path) -> Result<(), Failure> {
        self.act(&format!("to pick a file for `{label}`"), async |client| {
            Ok(page::find(client, Role::Field, label).await?.send_keys(&file.display().to_string()).await?)
        })
        .await
    }

    /// Presses the button of a name, and returns the file that the page then hands to the browser.
    pub async fn saved_by(&self, name: &str) -> Result<Saved, Failure> {
        const LISTEN: &str = "window.saved = null; const make = URL.createObjectURL;
            URL.createObjectURL = blob => { URL.createObjectURL = make; window.saved = { blob }; return make.call(URL, blob) };
            const click = HTMLAnchorElement.prototype.click;
            HTMLAnchorElement.prototype.click = function () {
                HTMLAnchorElement.prototype.click = click; window.saved.name = this.download; click.call(this) }";
        const READ: &str = "const { blob, name } = window.saved || {};
            return name ? blob.arrayBuffer().then(buffer => [name, ...new Uint8Array(buffer)]) : null";
        self.run(LISTEN, vec![]).await?;
        self.press(name).await?;
        let saved = async || self.run(READ, vec![]).await;
        let saved = self.wait_until("a file to be saved", PATIENCE, saved, Value::is_array).await?;
        let [name, bytes @ ..] = &saved.as_array().map(Vec::as_slice).unwrap_or_default() else {
            return Err(Failure::page("no file"));
        };
        let bytes = bytes.iter().filter_map(|byte| u8::try_from(byte.as_u64()?).ok()).collect();
        Ok(Saved { name: name.as_str().unwrap_or_default().to_owned(), bytes })
    }

    /// Returns what is written in the field of a label.
    pub async fn field(&self, label: &str) -> Result<String, Failure> {
        self.within(async |client| {
            Ok(page::find(client, Role::Field, label).await?.prop("value").await?.unwrap_or_default())
        })
        .await
    }

    /// Turns the switch of a label on or off, unless it is so already.
    pub async fn switch(&self, label: &str, on: bool) -> Result<(), Failure> {
        self.act(&format!("to switch `{label}`"), async |client| {
            let switch = page::find(client, Role::Switch, label).await?;
            if is_on(&switch).await? != on {
                switch.click().await?;
            }
            Ok(())
        })
        .await?;
        let wanted = format!("`{label}` to be {}", if on { "on" } else { "off" });
        self.wait_until(&wanted, PATIENCE, async || self.is_on(label).await, |is_on| *is_on == on).await.map(drop)
    }

    /// Tells whether the switch of a label is on.
    pub async fn is_on(&self, label: &str) -> Result<bool, Failure> {
        self.within(async |client| is_on(&page::find(client, Role::Switch, label).await?).await).await
    }

    /// Tells whether the page has a visible thing of this role and name.
    pub async fn has(&self, role: Role, name: &str) -> Result<bool, Failure> {
        self.within(async |client| Ok(page::find(client, role, name).await.is_ok())).await
    }

    /// Returns the text of the element with a test id, once it is there.
    pub async fn text(&self, test_id: &str) -> Result<String, Failure> {
        let text = async || self.text_if_there(test_id).await;
        let text = self.wait_until(&format!("`{test_id}` on the page"), PATIENCE, text, Option::is_some).await?;
        text.ok_or_else(|| Failure::page(format!("there is no `{test_id}` on the page")))
    }

    /// Returns the text of the element with a test id, or nothing where there is none.
    pub async fn text_if_there(&self, test_id: &str) -> Result<Option<String>, Failure> {
        self.within(async |client| page::text(client, test_id).await).await
    }

    /// Returns all the text a person can read on the page.
    pub async fn all_text(&self) -> Result<String, Failure> {
        let text = self.run("return document.body.innerText", vec![]).await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Runs a script in the page until its value is as wanted, and returns that. A script that fails counts as not yet:
    /// what it reads may not be drawn so soon after an action.
    pub async fn run_until(
        &self,
        wanted: &str,
        script: &str,
        is_it: impl Fn(&Value) -> bool,
    ) -> Result<Value, Failure> {
        self.wait_until(wanted, PATIENCE, async || self.run(script, vec![]).await, is_it).await
    }

    /// Runs a script in the page and returns its value.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Result<Value, Failure> {
        self.within(async |client| Ok(client.execute(script, arguments).await?)).await
    }

    /// Runs a script in the page and returns what it calls its last argument with, within this time.
    pub async fn run_async(&self, script: &str, arguments: Vec<Value>, patience: Duration) -> Result<Value, Failure> {
        self.within(async |client| {
            client.update_timeouts(TimeoutConfiguration::new(Some(patience), None, None)).await?;
            Ok(client.execute_async(script, arguments).await?)
        })
        .await
    }

    /// Waits until the element with a test id has exactly this text.
    pub async fn wait_for(&self, test_id: &str, text: &str) -> Result<(), Failure> {
        self.wait_for_within(test_id, text, PATIENCE).await
    }

    /// Waits no longer than this until the element with a test id has exactly this text.
    pub async fn wait_for_within(&self, test_id: &str, text: &str, patience: Duration) -> Result<(), Failure> {
        let wanted = format!("`{test_id}` to be {text:?}");
        let shown = async || {
            let shown = self.text_if_there(test_id).await?;
            Ok(shown.unwrap_or_else(|| "(there is none)".to_owned()))
        };
        self.wait_until(&wanted, patience, shown, |shown| shown == text).await.map(drop)
    }

    /// Waits until the page shows a text somewhere.
    pub async fn wait_for_words(&self, words: &str) -> Result<(), Failure> {
        let wanted = format!("the page to say {words:?}");
        self.wait_until(&wanted, PATIENCE, async || self.all_text().await, |seen| seen.contains(words)).await.map(drop)
    }

    /// Waits until what is looked at is as wanted, and returns it; keeps a picture of the page if that never comes.
    pub async fn wait_until<T: std::fmt::Debug>(
        &self,
        wanted: &str,
        patience: Duration,
        look: impl AsyncFnMut() -> Result<T, Failure>,
        is_it: impl Fn(&T) -> bool,
    ) -> Result<T, Failure> {
        match wait_until(wanted, patience, look, is_it).await {
            Err(failure) => Err(self.with_evidence(failure).await),
            come => come,
        }
    }

    /// Does something to the page, again until it works: a page may be drawn anew under a hand that reaches out.
    async fn act(&self, what: &str, act: impl AsyncFn(&Client) -> Result<(), Failure>) -> Result<(), Failure> {
        self.wait_until(what, PATIENCE, async || self.within(&act).await, |()| true).await
    }

    async fn with_evidence(&self, failure: Failure) -> Failure {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        let name = format!("{}-{}.png", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let file = given::evidence().join(name);
        let url = self.url().await.unwrap_or_else(|_| "an unknown address".to_owned());
        let picture = match self.picture(&file).await {
            Ok(()) => format!("a picture is in {}", file.display()),
            Err(error) => format!("no picture could be taken: {error}"),
        };
        Failure::page(format!("{failure}\n  at {url}; {picture}"))
    }
}

async fn is_on(switch: &fantoccini::elements::Element) -> Result<bool, Failure> {
    Ok(match switch.attr("aria-checked").await? {
        Some(state) => state == "true",
        None => switch.is_selected().await?,
    })
}
