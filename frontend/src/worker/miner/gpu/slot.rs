//! The buffers of one dispatch. There are two such slots, so that the card has the next dispatch when it ends one.

use js_sys::{Array, Promise, Uint8Array};
use shared::state::pow::gpu::{HITS_BINDING, HITS_BYTES, WORK_BINDING, WORK_BYTES, Work};
use wasm_bindgen::prelude::*;

use super::api::{self, Buffer, Device, Pipeline, object, usage};

/// The buffers, and how the shader finds them.
#[derive(Debug)]
pub(super) struct Slot {
    work: Buffer,
    hits: Buffer,
    /// A card does not let a program read what a shader writes; what it wrote is copied here.
    read: Buffer,
    group: JsValue,
}

impl Slot {
    pub(super) fn new(device: &Device, pipeline: &Pipeline) -> Result<Self, JsValue> {
        let buffer = |bytes: usize, usage: u32| {
            device.create_buffer(&object(&[("size", &(bytes as u32).into()), ("usage", &usage.into())]))
        };
        let work = buffer(WORK_BYTES, usage::UNIFORM | usage::COPY_DST)?;
        let hits = buffer(HITS_BYTES, usage::STORAGE | usage::COPY_SRC | usage::COPY_DST)?;
        let read = buffer(HITS_BYTES, usage::MAP_READ | usage::COPY_DST)?;
        let entry = |binding: u32, buffer: &Buffer| {
            object(&[("binding", &binding.into()), ("resource", &object(&[("buffer", buffer.as_ref())]))])
        };
        let entries = Array::of2(&entry(WORK_BINDING, &work), &entry(HITS_BINDING, &hits));
        let group =
            device.create_bind_group(&object(&[("layout", &pipeline.bind_group_layout(0)), ("entries", &entries)]));
        Ok(Self { work, hits, read, group })
    }

    /// Hands a dispatch to the card, and returns the promise that its hits can be read.
    pub(super) fn dispatch(
        &self,
        device: &Device,
        pipeline: &Pipeline,
        work: &mut Work,
        first: u32,
        count: u32,
    ) -> Result<Promise, JsValue> {
        let queue = device.queue();
        // The queue keeps order: the dispatch before has read its own by then.
        queue.write_buffer(&self.work, 0, work.encode(first, count))?;
        let encoder = device.create_command_encoder();
        encoder.clear_buffer(&self.hits, 0, 4);
        let pass = encoder.begin_compute_pass();
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, &self.group);
        let (x, y) = Work::groups(count);
        pass.dispatch_workgroups(x, y);
        pass.end();
        encoder.copy_buffer(&self.hits, 0, &self.read, 0, HITS_BYTES as u32);
        queue.submit(&Array::of1(&encoder.finish()));
        Ok(self.read.map(api::MAP_READ))
    }

    /// Reads what the dispatch wrote, and makes the slot ready for another.
    pub(super) fn take(&self) -> Result<Vec<u8>, JsValue> {
        let bytes = Uint8Array::new(self.read.mapped_range()?.as_ref()).to_vec();
        self.read.unmap();
        Ok(bytes)
    }
}
