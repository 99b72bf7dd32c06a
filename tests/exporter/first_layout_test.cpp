// SPDX-License-Identifier: Apache-2.0
// Nodes of an ONNX file that are of no layer, as the change of the input's layout.
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost::test;

TEST_CASE("a change of the input's layout has no costs in a file for Netron", "[exporter][cli]") {
  const TestFolder folder;
  folder.write("net.yaml",
               "name: net\ninput: {channels: 4, height: 3, width: 2}\nlayers:\n"
               "  - linear: {name: last, out: 3, per_position: true}\n");
  const Run run = run_program("export net.yaml --format netron -o net.netron.onnx", folder.text());
  INFO(run.err);
  CHECK(run.status == 0);
  const std::string bytes = read_file(folder / "net.netron.onnx");
  std::size_t found = 0;
  for (std::size_t at = bytes.find("archcost_params"); at != std::string::npos;
       at = bytes.find("archcost_params", at + 1))
    ++found;
  CHECK(found == 1);
}
