//! A graphics card, ready to search.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use js_sys::Promise;
use shared::state::pow::PreparedHeader;
use shared::state::pow::gpu::{ENTRY_POINT, Hit, Hits, SHADER, Trial, Work};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::api::{self, Adapter, Device, Pipeline, field, object};
use super::error::GpuError;
use super::slot::Slot;
use crate::worker::port::describe;

/// How many dispatches may be on their way: the one that the card works at and the one that it takes up next.
pub const IN_FLIGHT_MAX: usize = 2;
/// How long to wait for the reason of a loss.
const REASON_MS: u32 = 50;

/// A card that has shown that it finds what the processor finds. Dropping it gives the card back.
#[derive(Debug)]
pub struct Gpu {
    device: Device,
    pipeline: Pipeline,
    slots: RefCell<Vec<Slot>>,
    name: String,
    /// Why the device was lost, once it is.
    lost: Rc<RefCell<Option<String>>>,
}

impl Gpu {
    /// Asks the browser for a card, compiles the shader for it, and tries it.
    pub async fn open() -> Result<Self, GpuError> {
        let entry = api::entry().ok_or(GpuError::NoInterface)?;
        let options = object(&[("powerPreference", &"high-performance".into())]);
        let adapter = settled(entry.request_adapter(&options)).await.map_err(GpuError::NoDevice)?;
        if adapter.is_null() || adapter.is_undefined() {
            return Err(GpuError::NoAdapter);
        }
        let name = name(&adapter);
        let adapter: Adapter = adapter.unchecked_into();
        let device = settled(adapter.request_device()).await.map_err(GpuError::NoDevice)?;
        let device: Device = device.unchecked_into();
        let lost = Rc::new(RefCell::new(None));
        spawn_local({
            let (lost, info) = (Rc::clone(&lost), JsFuture::from(device.lost()));
            async move {
                let info = info.await.unwrap_or_else(|error| error);
                *lost.borrow_mut() = Some(describe(&info));
            }
        });
        let module = device.create_shader_module(&object(&[("code", &SHADER.into())]));
        let compute = object(&[("module", &module), ("entryPoint", &ENTRY_POINT.into())]);
        let descriptor = object(&[("layout", &"auto".into()), ("compute", &compute)]);
        let pipeline = settled(device.create_compute_pipeline(&descriptor)).await.map_err(GpuError::Shader)?;
        let pipeline: Pipeline = pipeline.unchecked_into();
        let slots = (0..IN_FLIGHT_MAX).map(|_| Slot::new(&device, &pipeline)).collect::<Result<Vec<_>, _>>();
        let slots = RefCell::new(slots.map_err(|error| GpuError::NoDevice(describe(&error)))?);
        let gpu = Self { device, pipeline, slots, name, lost };
        gpu.try_out().await?;
        Ok(gpu)
    }

    /// What the browser tells of the card.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Tries `count` low words from `first` on, on every lane of the header, and returns those that the processor confirms
    /// to meet the target, in the order of their proofs. The attempts made are exactly `count` times the lanes.
    ///
    /// Up to [`IN_FLIGHT_MAX`] searches may be awaited at once; the card does them in order.
    ///
    /// # Panics
    /// When there are more.
    pub async fn search(
        &self,
        work: &mut Work,
        header: &PreparedHeader,
        first: u32,
        count: u32,
    ) -> Result<Vec<Hit>, GpuError> {
        Ok(self.dispatch(work, first, count).await?.verified(header))
    }

    /// Gives the card back at once. Searches that are on their way end as lost.
    pub fn destroy(&self) {
        self.device.destroy();
    }

    async fn dispatch(&self, work: &mut Work, first: u32, count: u32) -> Result<Hits, GpuError> {
        let slot = self.slots.borrow_mut().pop().expect("no more searches than slots");
        let outcome = self.run(&slot, work, first, count).await;
        self.slots.borrow_mut().push(slot);
        outcome
    }

    async fn run(&self, slot: &Slot, work: &mut Work, first: u32, count: u32) -> Result<Hits, GpuError> {
        if let Some(reason) = &*self.lost.borrow() {
            return Err(GpuError::Lost(reason.clone()));
        }
        let written = async {
            JsFuture::from(slot.dispatch(&self.device, &self.pipeline, work, first, count)?).await?;
            slot.take()
        };
        let bytes = match written.await {
            Ok(bytes) => bytes,
            Err(error) => {
                // The browser ends what was on its way before it says why.
                TimeoutFuture::new(REASON_MS).await;
                return Err(GpuError::Lost(self.lost.borrow().clone().unwrap_or_else(|| describe(&error))));
            }
        };
        Ok(Hits::decode(&bytes).expect("a slot's buffer has the length of hits"))
    }

    /// A shader that a driver compiles wrongly, or a dispatch that it refuses without a word, finds nothing for ever.
    async fn try_out(&self) -> Result<(), GpuError> {
        let trial = Trial::new(0);
        let hits = self.dispatch(&mut Work::new(&trial.header), trial.first, trial.count).await?;
        if trial.is_passed_by(&hits) { Ok(()) } else { Err(GpuError::Wrong) }
    }
}

impl Drop for Gpu {
    fn drop(&mut self) {
        self.device.destroy();
    }
}

async fn settled(promise: Promise) -> Result<JsValue, String> {
    JsFuture::from(promise).await.map_err(|error| describe(&error))
}

/// What the browser tells of an adapter, in words. Some tell nothing.
fn name(adapter: &JsValue) -> String {
    let info = field(adapter, "info");
    let text = |name: &str| field(&info, name).as_string().filter(|text| !text.is_empty());
    let maker_and_kind = [text("vendor"), text("architecture")].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let name = text("description").unwrap_or(maker_and_kind);
    let name = if name.is_empty() { "graphics card".to_owned() } else { name };
    let is_software = field(&info, "isFallbackAdapter").is_truthy();
    if is_software { format!("{name} (in software)") } else { name }
}
