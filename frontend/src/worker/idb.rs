//! A small door to IndexedDB: stores of bytes under keys of bytes, batches in one transaction, pages in key order.
//!
//! It exists because the node must know two things that ready-made wrappers do not tell: that a transaction is on disk
//! (`durability: "strict"`), and why one was not (quota, a closed database).

use std::cell::Cell;
use std::rc::Rc;

use futures_channel::oneshot;
use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DomException, IdbDatabase, IdbFactory, IdbKeyRange, IdbObjectStore, IdbRequest, IdbTransaction};

use super::port::describe;
use shared::{Receipt, Refusal};

#[wasm_bindgen]
extern "C" {
    /// `IDBDatabase`, with the one method that `web-sys` keeps behind a flag.
    #[wasm_bindgen(js_name = IDBDatabase)]
    type Durable;

    #[wasm_bindgen(method, catch)]
    fn transaction(this: &Durable, stores: &Array, mode: &str, options: &Object) -> Result<IdbTransaction, JsValue>;

    /// `IDBFactory`, with a method that `web-sys` does not have.
    #[wasm_bindgen(js_name = IDBFactory)]
    type Lister;

    #[wasm_bindgen(method, catch)]
    fn databases(this: &Lister) -> Result<Promise, JsValue>;
}

/// Why the store did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The browser has no IndexedDB here, or will not open it.
    #[error("no store: {0}")]
    Unavailable(String),
    /// The browser gives this site no more room.
    #[error("no room: {0}")]
    Quota(String),
    /// The database was closed or deleted under the tab.
    #[error("closed")]
    Closed,
    /// A newer app made the database; this one does not know what is in it.
    #[error("made by a newer app: {0}")]
    Newer(String),
    /// Anything else the browser says.
    #[error("{0}")]
    Failed(String),
}

impl Refusal for StoreError {
    fn receipt(&self) -> Receipt {
        let (expected, found) = match self {
            Self::Unavailable(found) => ("a browser that lets this site keep data", found.as_str()),
            Self::Quota(found) => ("room on this device for this site's data", found.as_str()),
            Self::Closed => ("this tab's store to stay open", "it was closed, or the site's data was deleted"),
            Self::Newer(_) => (
                "a store that this version of the app knows",
                "one written by a newer version of this app; close its other tabs and load this one again",
            ),
            Self::Failed(found) => ("the store to take what the node writes", found.as_str()),
        };
        Receipt::new("what the node knows is kept", expected, found)
    }
}

impl From<JsValue> for StoreError {
    fn from(error: JsValue) -> Self {
        match error.dyn_ref::<DomException>().map(DomException::name).as_deref() {
            Some("QuotaExceededError") => Self::Quota(describe(&error)),
            Some("InvalidStateError") => Self::Closed,
            Some("VersionError") => Self::Newer(describe(&error)),
            _ => Self::Failed(describe(&error)),
        }
    }
}

/// The version of every database's layout: which stores it has, and what their bytes mean. A change of either takes the
/// next number, and what was written before is read or refused by it.
const VERSION: u32 = 1;

/// One change of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Puts a value under a key, in place of what was there.
    Put {
        /// The store.
        store: &'static str,
        /// The key.
        key: Vec<u8>,
        /// The value.
        value: Vec<u8>,
    },
    /// Removes what is under a key.
    Delete {
        /// The store.
        store: &'static str,
        /// The key.
        key: Vec<u8>,
    },
    /// Removes everything in a store.
    Clear {
        /// The store.
        store: &'static str,
    },
}

/// An open database.
#[derive(Debug)]
pub struct Database {
    db: IdbDatabase,
    stores: &'static [&'static str],
    closed: Rc<Cell<bool>>,
    _on_close: Closure<dyn FnMut()>,
    _on_version_change: Closure<dyn FnMut()>,
}

impl Database {
    /// Opens a database, with all its stores made.
    pub async fn open(name: &str, stores: &'static [&'static str]) -> Result<Self, StoreError> {
        let request = factory()?.open_with_u32(name, VERSION)?;
        let upgrading = request.clone();
        let on_upgrade = Closure::once(move || -> Result<(), JsValue> {
            let db: IdbDatabase = upgrading.result()?.unchecked_into();
            for store in stores {
                db.create_object_store(store)?;
            }
            Ok(())
        });
        request.set_onupgradeneeded(Some(on_upgrade.as_ref().unchecked_ref()));
        let db: IdbDatabase = result(&request)
            .await
            .map_err(|error| match error {
                StoreError::Quota(_) | StoreError::Newer(_) => error,
                other => StoreError::Unavailable(other.to_string()),
            })?
            .unchecked_into();
        let closed = Rc::new(Cell::new(false));
        let on_close = Closure::new({
            let closed = Rc::clone(&closed);
            move || closed.set(true)
        });
        db.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        let on_version_change = Closure::new({
            let (db, closed) = (db.clone(), Rc::clone(&closed));
            // Another tab deletes the database or makes it anew: holding on would block it for ever.
            move || {
                db.close();
                closed.set(true);
            }
        });
        db.set_onversionchange(Some(on_version_change.as_ref().unchecked_ref()));
        Ok(Self { db, stores, closed, _on_close: on_close, _on_version_change: on_version_change })
    }

    /// Makes all changes or none, and returns when they are on disk.
    pub async fn write(&self, changes: &[Change]) -> Result<(), StoreError> {
        let options = Object::new();
        Reflect::set(&options, &"durability".into(), &"strict".into())?;
        self.open_or_closed()?;
        let names: Array = self.stores.iter().map(|store| JsValue::from_str(store)).collect();
        let transaction = self.db.unchecked_ref::<Durable>().transaction(&names, "readwrite", &options)?;
        let made = self.stores.iter().map(|name| Ok((*name, transaction.object_store(name)?)));
        let made: Vec<(&str, IdbObjectStore)> = made.collect::<Result<_, JsValue>>()?;
        let find = |name: &str| made.iter().find(|(made, _)| *made == name).map(|(_, store)| store);
        for change in changes {
            let (Change::Put { store, .. } | Change::Delete { store, .. } | Change::Clear { store }) = change;
            let target = find(store).ok_or_else(|| StoreError::Failed(format!("no store named {store}")))?;
            match change {
                Change::Put { key, value, .. } => {
                    target.put_with_key(&Uint8Array::from(value.as_slice()), &Uint8Array::from(key.as_slice()))?
                }
                Change::Delete { key, .. } => target.delete(&Uint8Array::from(key.as_slice()))?,
                Change::Clear { .. } => target.clear()?,
            };
        }
        completed(&transaction).await
    }

    /// The value under a key.
    pub async fn get(&self, store: &str, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let value = result(&self.reading(store)?.get(&Uint8Array::from(key))?).await?;
        Ok(value.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec))
    }

    /// Whether there is a value under a key.
    pub async fn has(&self, store: &str, key: &[u8]) -> Result<bool, StoreError> {
        let key = result(&self.reading(store)?.get_key(&Uint8Array::from(key))?).await?;
        Ok(!key.is_undefined())
    }

    /// The next values after a key, in key order, at most `count`; `None` starts at the first.
    pub async fn page(
        &self,
        store: &str,
        after: Option<&[u8]>,
        count: u32,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError> {
        let range = match after {
            Some(key) => IdbKeyRange::lower_bound_with_open(&Uint8Array::from(key), true)?.into(),
            None => JsValue::UNDEFINED,
        };
        let store = self.reading(store)?;
        let keys = store.get_all_keys_with_key_and_limit(&range, count)?;
        let values = store.get_all_with_key_and_limit(&range, count)?;
        let keys: Array = result(&keys).await?.unchecked_into();
        let values: Array = result(&values).await?.unchecked_into();
        let bytes = |value: JsValue| Uint8Array::new(&value).to_vec();
        Ok(keys.iter().zip(values.iter()).map(|(key, value)| (bytes(key), bytes(value))).collect())
    }

    fn reading(&self, store: &str) -> Result<IdbObjectStore, StoreError> {
        self.open_or_closed()?;
        Ok(self.db.transaction_with_str(store)?.object_store(store)?)
    }

    fn open_or_closed(&self) -> Result<(), StoreError> {
        if self.closed.get() { Err(StoreError::Closed) } else { Ok(()) }
    }
}

/// The names of the databases of this site. Empty in a browser that does not tell.
pub async fn names() -> Result<Vec<String>, StoreError> {
    let Ok(asking) = factory()?.unchecked_ref::<Lister>().databases() else { return Ok(Vec::new()) };
    let databases: Array = JsFuture::from(asking).await?.unchecked_into();
    Ok(databases.iter().filter_map(|database| Reflect::get(&database, &"name".into()).ok()?.as_string()).collect())
}

/// Deletes a database.
pub async fn delete(name: &str) -> Result<(), StoreError> {
    result(&factory()?.delete_database(name)?.into()).await.map(drop)
}

impl Drop for Database {
    fn drop(&mut self) {
        self.db.set_onclose(None);
        self.db.set_onversionchange(None);
        self.db.close();
    }
}

fn factory() -> Result<IdbFactory, StoreError> {
    // The same property in a window and in a worker, which `web-sys` types apart.
    let factory = Reflect::get(&js_sys::global(), &"indexedDB".into())?;
    factory.dyn_into().map_err(|_| StoreError::Unavailable("this browser has no IndexedDB".to_owned()))
}

/// Waits for a request's result.
async fn result(request: &IdbRequest) -> Result<JsValue, StoreError> {
    let (done, waiting) = oneshot::channel();
    let mut done = Some(done);
    let settled = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
        if let Some(done) = done.take() {
            done.send(event.type_() == "success").ok();
        }
    });
    request.set_onsuccess(Some(settled.as_ref().unchecked_ref()));
    request.set_onerror(Some(settled.as_ref().unchecked_ref()));
    let succeeded = waiting.await;
    request.set_onsuccess(None);
    request.set_onerror(None);
    match succeeded {
        Ok(true) => Ok(request.result()?),
        _ => Err(reason(request.error().ok().flatten())),
    }
}

/// Waits until a transaction is on disk, or has failed as a whole.
async fn completed(transaction: &IdbTransaction) -> Result<(), StoreError> {
    let (done, waiting) = oneshot::channel();
    let mut done = Some(done);
    let settled = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
        if let Some(done) = done.take() {
            done.send(event.type_() == "complete").ok();
        }
    });
    transaction.set_oncomplete(Some(settled.as_ref().unchecked_ref()));
    transaction.set_onabort(Some(settled.as_ref().unchecked_ref()));
    let completed = waiting.await;
    transaction.set_oncomplete(None);
    transaction.set_onabort(None);
    match completed {
        Ok(true) => Ok(()),
        _ => Err(reason(transaction.error())),
    }
}

fn reason(error: Option<DomException>) -> StoreError {
    error.map_or(StoreError::Closed, |error| JsValue::from(error).into())
}
