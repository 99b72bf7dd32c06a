// SPDX-License-Identifier: Apache-2.0
// Runs a network on ONNX Runtime, for archcost: npm's onnxruntime-node.
//
// Its argument is a request in JSON; it writes lines of JSON, events; see ../onnxruntime.hpp.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

const say = (event) => writeFileSync(1, JSON.stringify(event) + '\n');

// The folders in which npm puts packages: a given one, this folder's, the user's, those of all users.
function folders(given) {
  const home = process.env.HOME ?? '', prefix = dirname(dirname(process.execPath));
  return [
    ...given, ...(process.env.NODE_PATH ?? '').split(':'), process.cwd(), home,
    join(prefix, 'lib'), '/usr/local/lib', '/usr/lib', '/usr/share/nodejs',
  ].filter((folder) => folder !== '');
}

function load(given) {
  let problem = null;
  for (const folder of folders(given)) {
    for (const place of [join(folder, 'node_modules', 'onnxruntime-node'), join(folder, 'onnxruntime-node')]) {
      if (!existsSync(join(place, 'package.json'))) continue;
      try {
        const path = resolve(place);
        return { ort: createRequire(join(path, 'package.json'))(path), place: path };
      } catch (error) {
        problem = `${place}: ${error.message.split('\n')[0]}`;
      }
    }
  }
  throw new Error(problem ?? 'npm has no package onnxruntime-node here');
}

const version = (found) => JSON.parse(readFileSync(join(found.place, 'package.json'))).version;

function hello(found) {
  const backends = found.ort.listSupportedBackends?.() ?? [{ name: 'cpu', bundled: true }];
  say({
    event: 'hello', version: version(found), place: found.place,
    providers: backends.filter((one) => one.bundled).map((one) => one.name),
  });
}

async function open(ort, file, request, more) {
  const session = await ort.InferenceSession.create(file, {
    executionProviders: ['cpu'], intraOpNumThreads: request.threads, interOpNumThreads: 1,
    executionMode: 'sequential', graphOptimizationLevel: 'all', logSeverityLevel: 3, ...more,
  });
  return session;
}

const seconds = () => performance.now() / 1000;

// Times of single passes in seconds: `count` of them at least, for `least` seconds at least.
async function passes(session, feeds, count, least, most = Infinity) {
  await session.run(feeds);  // brings its data into the caches
  const times = [], start = seconds();
  while (times.length < most && (times.length < count || seconds() - start < least)) {
    const begin = seconds();
    await session.run(feeds);
    times.push(seconds() - begin);
  }
  return times;
}

// Passes of the session that is fastest. Where the memory of one lies badly in the caches, its passes take up to
// 1.3 times as long throughout the process.
async function referencePasses(sessions, feeds) {
  let best = null, least = Infinity;
  for (const session of sessions) {
    const times = await passes(session, feeds, 5, 0.004);
    const middle = [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)];
    if (middle < least) [best, least] = [times, middle];
  }
  return best;
}

async function measure(found, request) {
  const { ort } = found;
  const tensor = (numbers, shape) => new ort.Tensor('float32', numbers, shape);
  const bytes = readFileSync(request.input);
  const input = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const plain = await open(ort, request.model, request, {});
  const feeds = { [plain.inputNames[0]]: tensor(input, request.shape) };
  const output = (await plain.run(feeds))[plain.outputNames[0]].data;
  if (request.output) writeFileSync(request.output, new Uint8Array(output.buffer, output.byteOffset, output.byteLength));
  say({ event: 'loaded' });
  const profiled = request.profile
    ? await open(ort, request.model, request, {
      enableProfiling: true, profileFilePrefix: request.profile, optimizedModelFilePath: request.optimized,
    }) : null;
  // With one thread: two of them share their work differently from process to process.
  const references = [];
  for (let k = 0; k < 4; ++k) references.push(await open(ort, request.reference, { ...request, threads: 1 }, {}));
  const shape = request.reference_shape;
  const referenceFeeds = {
    [references[0].inputNames[0]]: tensor(new Float32Array(shape.reduce((a, b) => a * b)).fill(0.5), shape),
  };
  for (let block = 0; block < request.blocks; ++block) {
    const before = await referencePasses(references, referenceFeeds);
    const times = await passes(plain, feeds, request.passes, request.seconds);
    if (profiled) await passes(profiled, feeds, request.profiled_passes, 0, request.profiled_passes);
    const after = await referencePasses(references, referenceFeeds);
    say({ event: 'block', plain: times, reference: [...before, ...after] });
  }
  profiled?.endProfiling();
}

async function main() {
  const request = JSON.parse(process.argv[2]);
  const found = load(request.folders ?? []);
  if (request.do === 'hello') hello(found);
  else await measure(found, request);
  say({ event: 'done' });
}

main().then(() => process.exit(0), (error) => {
  say({ event: 'failed', reason: String(error?.message ?? error).split('\n')[0] });
  process.exit(1);
});
