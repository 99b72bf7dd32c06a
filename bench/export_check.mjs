// SPDX-License-Identifier: Apache-2.0
// Runs ONNX files on ONNX Runtime for export_check.py: a line of JSON {model, inputs: [{name, file,
// sizes}], outputs} on standard input each, a line with "ok" or the error back.
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import ort from 'onnxruntime-node';

for await (const line of createInterface({ input: process.stdin })) {
  const { model, inputs, outputs } = JSON.parse(line);
  try {
    const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 3 });
    const feeds = {};
    for (const { name, file, sizes } of inputs) {
      const bytes = readFileSync(file);
      const data = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
      feeds[name] = new ort.Tensor('float32', data, sizes);
    }
    const result = await session.run(feeds);
    session.outputNames.forEach((name, k) => {
      const { data } = result[name];
      writeFileSync(outputs[k], Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    });
    await session.release();
    console.log(`ok ${session.outputNames.length}`);
  } catch (error) {
    console.log(`error ${String(error.message ?? error).split('\n')[0]}`);
  }
}
