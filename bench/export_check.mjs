// SPDX-License-Identifier: Apache-2.0
// Runs ONNX files on ONNX Runtime for export_check.py: a line of JSON {model, input, sizes, output}
// on standard input each, a line with "ok" or the error back.
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import ort from 'onnxruntime-node';

for await (const line of createInterface({ input: process.stdin })) {
  const { model, input, sizes, output } = JSON.parse(line);
  try {
    const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 3 });
    const bytes = readFileSync(input);
    const data = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    const result = await session.run({ input: new ort.Tensor('float32', data, sizes) });
    const values = result[session.outputNames[0]];
    writeFileSync(output, Buffer.from(values.data.buffer, values.data.byteOffset, values.data.byteLength));
    await session.release();
    console.log(`ok ${values.dims.join('x')}`);
  } catch (error) {
    console.log(`error ${String(error.message ?? error).split('\n')[0]}`);
  }
}
