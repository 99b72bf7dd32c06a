// SPDX-License-Identifier: Apache-2.0
// Checks manifests against the schemas of the Kubernetes API, offline:
//   npm install kubernetes-models js-yaml && node validate_kubernetes.mjs FILE...
import fs from 'node:fs';
import { createRequire } from 'node:module';
const load = createRequire(process.cwd() + '/');
const yaml = load('js-yaml');

let failed = 0;
for (const file of process.argv.slice(2)) {
  for (const document of yaml.loadAll(fs.readFileSync(file, 'utf8'))) {
    const { apiVersion, kind } = document;
    const models = load(`kubernetes-models/${apiVersion}/${kind}`);
    try {
      new models[kind](document).validate();
      console.log(`${file}: ${apiVersion} ${kind} ${document.metadata.name}: valid`);
    } catch (error) {
      failed = 1;
      console.log(`${file}: ${apiVersion} ${kind}: ${error.message}`);
    }
  }
}
process.exit(failed);
