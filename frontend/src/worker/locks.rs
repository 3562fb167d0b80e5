//! Web Locks: what keeps two tabs of one browser from being one node.
//!
//! A lock is held until its worker ends, however it ends, and the browser says which are held. `web-sys` keeps the
//! interface behind a flag, so its few methods are declared here.

use std::collections::BTreeSet;

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = LockManager)]
    type Manager;

    #[wasm_bindgen(method, catch)]
    fn request(this: &Manager, name: &str, options: &Object, granted: &Function) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn query(this: &Manager) -> Result<Promise, JsValue>;
}

/// How long to wait before a held lock is tried again, in milliseconds.
const TRY_AGAIN_MS: u32 = 50;

/// The browser's locks.
pub struct Locks {
    manager: Manager,
}

impl std::fmt::Debug for Locks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Locks").finish_non_exhaustive()
    }
}

impl Locks {
    /// The browser's locks, where it has them: browsers give them to secure pages only (`https:` or this computer).
    pub fn here() -> Option<Self> {
        let navigator = Reflect::get(&js_sys::global(), &"navigator".into()).ok()?;
        let manager = Reflect::get(&navigator, &"locks".into()).ok()?;
        manager.is_object().then(|| Self { manager: manager.unchecked_into() })
    }

    /// Takes a lock for as long as this worker lives, trying for at most `wait_ms`. Says whether it was free.
    pub async fn take(&self, name: &str, wait_ms: u32) -> Result<bool, JsValue> {
        let mut waited = 0;
        loop {
            if self.try_take(name).await? {
                return Ok(true);
            }
            if waited >= wait_ms {
                return Ok(false);
            }
            TimeoutFuture::new(TRY_AGAIN_MS).await;
            waited += TRY_AGAIN_MS;
        }
    }

    /// The names of all locks held in this browser for this site.
    pub async fn held(&self) -> Result<BTreeSet<String>, JsValue> {
        let snapshot = JsFuture::from(self.manager.query()?).await?;
        let held: Array = Reflect::get(&snapshot, &"held".into())?.dyn_into()?;
        let name = |lock: JsValue| Reflect::get(&lock, &"name".into()).ok()?.as_string();
        Ok(held.iter().filter_map(name).collect())
    }

    async fn try_take(&self, name: &str) -> Result<bool, JsValue> {
        let options = Object::new();
        Reflect::set(&options, &"ifAvailable".into(), &true.into())?;
        let (answer, answered) = oneshot::channel();
        let granted = Closure::once_into_js(move |lock: JsValue| -> JsValue {
            let free = lock.is_object();
            answer.send(free).ok();
            // The lock is held until this promise settles: never, so until the worker ends.
            if free { Promise::new(&mut |_, _| {}).into() } else { JsValue::UNDEFINED }
        });
        let request = self.manager.request(name, &options, granted.unchecked_ref())?;
        match select(answered, JsFuture::from(request)).await {
            Either::Left((Ok(free), _)) => Ok(free),
            Either::Left((Err(oneshot::Canceled), request)) => request.await.map(|_| false),
            Either::Right((Ok(_), answered)) => Ok(answered.await.unwrap_or(false)),
            Either::Right((Err(error), _)) => Err(error),
        }
    }
}
