//! What a browser, a full disk or a suspended computer does to a tab, on demand.

use fantoccini::Client;
use serde_json::{Value, json};
use url::Url;

use crate::command;
use crate::failure::Failure;
use crate::tab::Tab;

impl Tab {
    /// Gives the tab's site so much room for its data, in bytes; `None` as much as the browser likes.
    ///
    /// It holds for as long as this tab is open.
    pub async fn set_quota(&self, bytes: Option<u64>) -> Result<(), Failure> {
        self.within(async |client| {
            let mut parameters = json!({ "origin": origin(client).await? });
            if let Some(bytes) = bytes {
                parameters["quotaSize"] = bytes.into();
            }
            command::devtools(client, "Storage.overrideQuotaForOrigin", parameters).await?;
            Ok(())
        })
        .await
    }

    /// Deletes all that the tab's site has stored in this browser, as "Clear browsing data" does.
    pub async fn clear_site_data(&self) -> Result<(), Failure> {
        self.within(async |client| {
            let parameters = json!({ "origin": origin(client).await?, "storageTypes": "all" });
            command::devtools(client, "Storage.clearDataForOrigin", parameters).await?;
            Ok(())
        })
        .await
    }

    /// The names of the databases that the tab's site has.
    pub async fn databases(&self) -> Result<Vec<String>, Failure> {
        let script = "return indexedDB.databases().then(all => all.map(one => one.name).sort())";
        let names = self.run(script, vec![]).await?;
        serde_json::from_value(names).map_err(|error| Failure::page(error.to_string()))
    }

    /// How many values a store of a database holds; none where there is no such database.
    pub async fn count_stored(&self, database: &str, store: &str) -> Result<u64, Failure> {
        let script = "const [name, store] = arguments;
            return indexedDB.databases().then(all => new Promise((done, failed) => {
                // To open what is not there would make it.
                if (!all.some(one => one.name === name)) return done(0);
                const open = indexedDB.open(name);
                open.onerror = () => failed(open.error);
                open.onsuccess = () => {
                    const count = open.result.transaction(store).objectStore(store).count();
                    count.onsuccess = () => { open.result.close(); done(count.result) };
                    count.onerror = () => { open.result.close(); failed(count.error) };
                };
            }))";
        let count = self.run(script, vec![database.into(), store.into()]).await?;
        count.as_u64().ok_or_else(|| Failure::page(format!("{store} of {database} holds {count}")))
    }

    /// Gives a database the version of an app that is newer than any.
    pub async fn age_database(&self, database: &str) -> Result<(), Failure> {
        let script = "const [name] = arguments;
            return new Promise((done, failed) => {
                const open = indexedDB.open(name, 1000);
                open.onerror = () => failed(open.error);
                open.onsuccess = () => { open.result.close(); done() };
            })";
        self.run(script, vec![database.into()]).await.map(drop)
    }
}

async fn origin(client: &Client) -> Result<Value, Failure> {
    let url: Url = client.current_url().await?;
    Ok(url.origin().ascii_serialization().into())
}
