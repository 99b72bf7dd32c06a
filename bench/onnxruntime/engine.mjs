// SPDX-License-Identifier: Apache-2.0
// Holds `archcost measure --engine onnxruntime` beside a loop of ONNX Runtime's own API, in turns.
//
//   node engine.mjs [NETWORK ...]     ROUNDS=5 THREADS="1 2" ARCHCOST=... NODE_PATH=folder with onnxruntime-node
//
// A round is one run of each in a process of its own. The ratio of the totals is the median over the
// rounds. "rows" is the sum of the profiled rows without the row `between kernels`, over the profiled
// run. Prints a Markdown table.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const archcost = process.env.ARCHCOST ?? join(here, '..', '..', 'build', 'release', 'archcost');

// Run as `node engine.mjs --loop MODEL THREADS`: prints the milliseconds of a pass, the mean of the faster half.
async function loop(model, threads) {
  const ort = createRequire(join(process.env.NODE_PATH ?? process.cwd(), 'package.json'))('onnxruntime-node');
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ['cpu'], intraOpNumThreads: threads, interOpNumThreads: 1,
    executionMode: 'sequential', graphOptimizationLevel: 'all', logSeverityLevel: 3,
  });
  const shape = session.inputMetadata[0].shape;
  const numbers = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => (i % 255) / 255);
  const feeds = { [session.inputNames[0]]: new ort.Tensor('float32', numbers, shape) };
  const times = [];
  for (let pass = 0; pass < 5; ++pass) await session.run(feeds);
  for (const start = performance.now(); times.length < 50 || performance.now() - start < 1500;) {
    const begin = performance.now();
    await session.run(feeds);
    times.push(performance.now() - begin);
  }
  times.sort((a, b) => a - b);
  const faster = times.slice(0, Math.ceil(times.length / 2));
  console.log(faster.reduce((a, b) => a + b) / faster.length);
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

function compare(network, threads, rounds, folder) {
  const model = join(folder, 'model.onnx');
  execFileSync(archcost, ['export', network, '-o', model], { stdio: ['ignore', 'ignore', 'inherit'] });
  const pinned = threads === 1 ? ['taskset', '-c', '1'] : ['env'];
  const run = (...command) => execFileSync(pinned[0], [...pinned.slice(1), ...command], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ours = [], theirs = [], rows = [];
  for (let round = 0; round < rounds; ++round) {
    const measured = JSON.parse(run(archcost, 'measure', network, '--engine', 'onnxruntime', '--threads', String(threads),
      '--allow-unstable', '--format', 'json'));
    ours.push(measured.seconds * 1000);
    rows.push(measured.kernel_seconds / measured.profiled_seconds);
    theirs.push(Number(run('node', fileURLToPath(import.meta.url), '--loop', model, String(threads))));
  }
  const ratios = ours.map((time, i) => time / theirs[i]);
  console.log(`| ${network} | ${threads} | ${median(ours).toFixed(2)} ms | ${median(theirs).toFixed(2)} ms | ` +
    `${median(ratios).toFixed(3)} | ${Math.min(...ratios).toFixed(3)} to ${Math.max(...ratios).toFixed(3)} | ${median(rows).toFixed(3)} |`);
}

if (process.argv[2] === '--loop') {
  await loop(process.argv[3], Number(process.argv[4]));
} else {
  const networks = process.argv.slice(2);
  if (!networks.length) networks.push('mobilenet_v1', 'mobilenet_v2', 'shufflenet_v1', 'resnet50', 'se_resnet50', 'efficientnet_b0');
  console.log('| network | threads | archcost | loop | ratio | least to most | rows |\n|---|--:|--:|--:|--:|---|--:|');
  const folder = mkdtempSync(join(tmpdir(), 'archcost-engine-'));
  try {
    for (const network of networks)
      for (const threads of (process.env.THREADS ?? '1 2').split(' ')) compare(network, Number(threads), Number(process.env.ROUNDS ?? 5), folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
