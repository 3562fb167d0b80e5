//! As much of WebGPU as a search needs, as the browser has it (<https://www.w3.org/TR/webgpu/>).
//!
//! `web-sys` has all of it, but only for those who compile everything with a flag of their own; these few methods have
//! been in every browser with WebGPU unchanged.

use js_sys::{Array, ArrayBuffer, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// `GPU`: the way in, where a browser has it.
    pub(super) type Entry;
    #[wasm_bindgen(method, js_name = requestAdapter)]
    pub(super) fn request_adapter(this: &Entry, options: &Object) -> Promise;

    /// `GPUAdapter`: a card, or a program that stands for one.
    pub(super) type Adapter;
    #[wasm_bindgen(method, js_name = requestDevice)]
    pub(super) fn request_device(this: &Adapter) -> Promise;

    /// `GPUDevice`: a connection to an adapter.
    #[derive(Clone, Debug)]
    pub(super) type Device;
    #[wasm_bindgen(method, getter)]
    pub(super) fn lost(this: &Device) -> Promise;
    #[wasm_bindgen(method, getter)]
    pub(super) fn queue(this: &Device) -> Queue;
    #[wasm_bindgen(method, js_name = createShaderModule)]
    pub(super) fn create_shader_module(this: &Device, descriptor: &Object) -> JsValue;
    #[wasm_bindgen(method, js_name = createComputePipelineAsync)]
    pub(super) fn create_compute_pipeline(this: &Device, descriptor: &Object) -> Promise;
    #[wasm_bindgen(method, catch, js_name = createBuffer)]
    pub(super) fn create_buffer(this: &Device, descriptor: &Object) -> Result<Buffer, JsValue>;
    #[wasm_bindgen(method, js_name = createBindGroup)]
    pub(super) fn create_bind_group(this: &Device, descriptor: &Object) -> JsValue;
    #[wasm_bindgen(method, js_name = createCommandEncoder)]
    pub(super) fn create_command_encoder(this: &Device) -> Encoder;
    #[wasm_bindgen(method)]
    pub(super) fn destroy(this: &Device);

    /// `GPUComputePipeline`: a compiled shader.
    #[derive(Clone, Debug)]
    pub(super) type Pipeline;
    #[wasm_bindgen(method, js_name = getBindGroupLayout)]
    pub(super) fn bind_group_layout(this: &Pipeline, group: u32) -> JsValue;

    /// `GPUBuffer`.
    #[derive(Clone, Debug)]
    pub(super) type Buffer;
    #[wasm_bindgen(method, js_name = mapAsync)]
    pub(super) fn map(this: &Buffer, mode: u32) -> Promise;
    #[wasm_bindgen(method, catch, js_name = getMappedRange)]
    pub(super) fn mapped_range(this: &Buffer) -> Result<ArrayBuffer, JsValue>;
    #[wasm_bindgen(method)]
    pub(super) fn unmap(this: &Buffer);

    /// `GPUCommandEncoder`: what is to be done, before it is.
    pub(super) type Encoder;
    #[wasm_bindgen(method, js_name = clearBuffer)]
    pub(super) fn clear_buffer(this: &Encoder, buffer: &Buffer, from: u32, bytes: u32);
    #[wasm_bindgen(method, js_name = beginComputePass)]
    pub(super) fn begin_compute_pass(this: &Encoder) -> Pass;
    #[wasm_bindgen(method, js_name = copyBufferToBuffer)]
    pub(super) fn copy_buffer(this: &Encoder, from: &Buffer, from_at: u32, to: &Buffer, to_at: u32, bytes: u32);
    #[wasm_bindgen(method)]
    pub(super) fn finish(this: &Encoder) -> JsValue;

    /// `GPUComputePassEncoder`.
    pub(super) type Pass;
    #[wasm_bindgen(method, js_name = setPipeline)]
    pub(super) fn set_pipeline(this: &Pass, pipeline: &Pipeline);
    #[wasm_bindgen(method, js_name = setBindGroup)]
    pub(super) fn set_bind_group(this: &Pass, at: u32, group: &JsValue);
    #[wasm_bindgen(method, js_name = dispatchWorkgroups)]
    pub(super) fn dispatch_workgroups(this: &Pass, x: u32, y: u32);
    #[wasm_bindgen(method)]
    pub(super) fn end(this: &Pass);

    /// `GPUQueue`: what the device does, in order.
    #[derive(Clone, Debug)]
    pub(super) type Queue;
    #[wasm_bindgen(method, catch, js_name = writeBuffer)]
    pub(super) fn write_buffer(this: &Queue, buffer: &Buffer, at: u32, bytes: &[u8]) -> Result<(), JsValue>;
    #[wasm_bindgen(method)]
    pub(super) fn submit(this: &Queue, commands: &Array);
}

/// `GPUMapMode.READ`.
pub(super) const MAP_READ: u32 = 1;

/// `GPUBufferUsage`: what a buffer may be used for.
pub(super) mod usage {
    pub(in super::super) const MAP_READ: u32 = 0x0001;
    pub(in super::super) const COPY_SRC: u32 = 0x0004;
    pub(in super::super) const COPY_DST: u32 = 0x0008;
    pub(in super::super) const UNIFORM: u32 = 0x0040;
    pub(in super::super) const STORAGE: u32 = 0x0080;
}

/// Finds the way in, in a page as in a worker.
pub(super) fn entry() -> Option<Entry> {
    let found = field(&field(&js_sys::global(), "navigator"), "gpu");
    (!found.is_undefined() && !found.is_null()).then(|| found.unchecked_into())
}

/// Makes a descriptor.
pub(super) fn object(fields: &[(&str, &JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in fields {
        Reflect::set(&object, &JsValue::from_str(name), value).expect("a fresh object takes any field");
    }
    object
}

/// Reads a field; `undefined` where there is none.
pub(super) fn field(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}
