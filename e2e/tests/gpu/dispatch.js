// The body of a WebDriver script: arguments are the shader, the dispatches, and what to call with the outcome.
const [shader, dispatches, done] = arguments;

async function run() {
  const adapter = await navigator.gpu.requestAdapter();
  const device = await adapter.requestDevice();
  const complaints = [];
  device.addEventListener("uncapturederror", (event) => complaints.push(event.error.message));
  const module = device.createShaderModule({ code: shader.code });
  const compute = { module, entryPoint: shader.entryPoint };
  const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute });
  const buffer = (size, usage) => device.createBuffer({ size, usage });
  const hits = buffer(shader.bytes, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST);
  const read = buffer(shader.bytes, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
  const written = [];
  for (const { work: bytes, x, y } of dispatches) {
    const work = buffer(bytes.length, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
    device.queue.writeBuffer(work, 0, new Uint8Array(bytes));
    const layout = pipeline.getBindGroupLayout(0);
    const entries = [
      { binding: shader.work, resource: { buffer: work } },
      { binding: shader.hits, resource: { buffer: hits } },
    ];
    const encoder = device.createCommandEncoder();
    encoder.clearBuffer(hits, 0, 4);
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, device.createBindGroup({ layout, entries }));
    pass.dispatchWorkgroups(x, y);
    pass.end();
    encoder.copyBufferToBuffer(hits, 0, read, 0, shader.bytes);
    device.queue.submit([encoder.finish()]);
    await read.mapAsync(GPUMapMode.READ);
    written.push([...new Uint8Array(read.getMappedRange())]);
    read.unmap();
  }
  device.destroy();
  if (complaints.length > 0) throw new Error(complaints.join("; "));
  return written;
}

run().then(done, (error) => done(String(error)));
