// SPDX-License-Identifier: Apache-2.0
// Runs one network on archcost-kernels and on ONNX Runtime in turns, and prints the ratio of times.
//
//   node compare.mjs KERNELS DIR THREADS ROUNDS      DIR: of archcost measure --dump and to_onnx.py
//
// A round is a block of passes of each; a block's time is the mean over its faster half. The ratio is
// the median over the rounds. Prints a line of JSON.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import ort from 'onnxruntime-node';

const [kernels, dir, threadsText, roundsText] = process.argv.slice(2);
const threads = Number(threadsText), rounds = Number(roundsText);
const seconds = 0.3;

const request = JSON.parse(readFileSync(`${dir}/request.json`));
Object.assign(request, { blocks: rounds + 1, seconds, passes: 12, turns: true, check: false });
delete request.dump;

const child = spawn(kernels, [], {
  stdio: ['pipe', 'pipe', 'inherit'],
  env: { ...process.env, OMP_NUM_THREADS: String(threads), ...(threads > 1 ? { OMP_PROC_BIND: 'close' } : {}) },
});
const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
child.stdin.write(JSON.stringify(request) + '\n');
async function event(kind) {
  for (;;) {
    const { value, done } = await lines.next();
    if (done) throw new Error('archcost-kernels ended');
    const parsed = JSON.parse(value);
    if (parsed.event === kind) return parsed;
    if (parsed.event === 'failed') throw new Error(parsed.reason);
  }
}

const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted.length % 2 ? sorted[(sorted.length - 1) / 2] : (sorted[sorted.length / 2 - 1] + sorted[sorted.length / 2]) / 2;
};
const fasterHalf = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b).slice(0, Math.ceil(numbers.length / 2));
  return sorted.reduce((a, b) => a + b, 0) / sorted.length;
};
const floats = (name) => {
  const bytes = readFileSync(`${dir}/${name}`);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
};

const network = JSON.parse(readFileSync(`${dir}/network.json`));
const session = await ort.InferenceSession.create(`${dir}/model.onnx`, {
  intraOpNumThreads: threads, interOpNumThreads: 1, executionMode: 'sequential', graphOptimizationLevel: 'all',
});
const feeds = { input: new ort.Tensor('float32', floats('input.f32'), [network.batch, ...network.input]) };
const theirs = (await session.run(feeds)).output.data, ours = floats('output.f32');
let error = 0, largest = 0;
ours.forEach((value, i) => {
  error = Math.max(error, Math.abs(value - theirs[i]));
  largest = Math.max(largest, Math.abs(theirs[i]));
});

async function peerBlock() {
  const times = [], start = performance.now();
  await session.run(feeds);
  while (times.length < 24 || performance.now() - start < seconds * 1000) {
    const begin = performance.now();
    await session.run(feeds);
    times.push(performance.now() - begin);
  }
  return fasterHalf(times);
}

const ratios = [], mine = [], peer = [];
for (let round = 0; round <= rounds; ++round) {
  await event('ready');
  child.stdin.write('go\n');
  const block = await event('block');
  const other = await peerBlock();
  if (round === 0) continue;  // warms both up
  mine.push(block.plain * 1000);
  peer.push(other);
  ratios.push((block.plain * 1000) / other);
}
ratios.sort((a, b) => a - b);
console.log(JSON.stringify({
  network: network.name, threads, ratio: median(ratios), least: ratios[0], most: ratios[ratios.length - 1],
  archcost_ms: median(mine), onnxruntime_ms: median(peer), error: error / largest, rounds,
}));
child.stdin.end();
process.exit(0);
