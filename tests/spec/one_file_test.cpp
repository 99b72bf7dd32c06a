// SPDX-License-Identifier: Apache-2.0
// Three files as one: what is used of the included ones moves, under names that are free.
#include <filesystem>
#include <string>
#include <vector>

#include "core/diagnostic.hpp"
#include "graph/build.hpp"
#include "spec/inline_includes.hpp"
#include "spec/library.hpp"
#include "spec/spec_writer.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

const std::string kNetFile = R"yaml(name: both
include: [units.yaml, more/heads.yaml]
params: {k: 3, c: 4, twice2: 1, unused: 2, own_param: of_param(1)}
input: {channels: c, height: of_input(1), width: 2 * k}
tables: {widths: [k + 0, of_table(1)]}
let: {never: 1, twice: 2 * k + never, part: of_let(2)}
blocks:
  own: [conv: {out: of_block(1) + k}]
layers:
  - conv: {name: a, out: twice + widths(2) + twice2 + part + own_param + unused, kernel: k}
  - residual: {name: b, out: of_layers(1) + 3, repeat: k - 2}
  - head: {from: [b1, a]}
  - group: {layers: [gate, own]}
  - add:
      x: []
      y: [own: {name: z}, conv: {out: in}]
)yaml";

const std::string kUnitsFile = R"yaml(params:
  k: {default: 5, sweep: [5, 7]}
  c: 2
  unused: {default: spare(1)}
  base: 1
  act: {default: swish, choices: [relu, swish]}
  in_group: 1
  in_branch: 8
  in_when: 1
  in_key: {default: base + 2}
  s: 1
tables:
  sizes: [4, k]
  rows: {by: act, relu: k, swish: c}
  by_key: {by: in_key, 3: 1, 4: 2}
  of_let: [1, 2]
  of_layers: [5]
  of_param: [6]
  of_table: [7]
  of_block: [8]
  of_input: [9]
  spare: [1]
  spare2: [1]
let:
  twice: k + sizes(1)
  never: 2 * spare2(1)
blocks:
  lonely: [relu]
  unit:
    args: {out: required, s: c - 1}
    let: {joined: out == k}
    layers:
      - conv: {out: out, kernel: k, stride: s, when: not joined or twice > 1}
      - activation: {kind: act}
  residual:
    args: {out: required}
    layers:
      - unit: {out: out, repeat: c}
      - group: {layers: [conv: {out: out * in_group * s}]}
      - add:
          a: [group: {layers: [unit: {out: out}]}, conv: {out: in_branch}]
          b: {when: rows == c * by_key * in_when, layers: []}
  gate:
    inputs: [x]
    layers:
      - conv: {out: x.c * c + c, from: x, call: method}
)yaml";

const std::string kHeadsFile =
    R"yaml(params: {n: 3, k: 9, of_layers: 1, of_table: 1, of_input: 1, of_let: 1, of_param: 1}
blocks:
  head:
    inputs: [x, y]
    args: {c: n}
    let: {sum: x.c + c + y.c + k}
    layers:
      - conv: {name: p, out: sum + x.c, from: x}
      - concat: {from: [p, y]}
)yaml";

// `k`, `c` and `twice` stand in several files; `spare`, `spare2` and `lonely` lead
// nowhere.
const std::string kOneFile = R"yaml(name: both

params:
  k: {default: 3}
  c: {default: 4}
  twice2: {default: 1}
  unused: {default: 2}
  own_param: {default: of_param2(1)}
  k2: {default: 5}
  c2: {default: 2}
  base: {default: 1}
  act: {default: swish, choices: [relu, swish]}
  in_group: {default: 1}
  in_branch: {default: 8}
  in_when: {default: 1}
  in_key: {default: base + 2}
  s: {default: 1}
  n: {default: 3}
  k3: {default: 9}

input: {channels: c, height: of_input2(1), width: 2 * k}

tables:
  widths: [k + 0, of_table2(1)]
  sizes: [4, k2]
  rows: {by: act, relu: k2, swish: c2}
  by_key: {by: in_key, 3: 1, 4: 2}
  of_let2: [1, 2]
  of_layers2: [5]
  of_param2: [6]
  of_table2: [7]
  of_block: [8]
  of_input2: [9]

let:
  twice3: k2 + sizes(1)
  never: 1
  twice: 2 * k + never
  part: of_let2(2)

blocks:
  unit:
    args: {out: required, s: c2 - 1}
    let: {joined: out == k2}
    layers:
      - conv: {out: out, kernel: k2, stride: s, when: "not joined or twice3 > 1"}
      - activation: {kind: act}
  residual:
    args: {out: required}
    layers:
      - unit: {repeat: c2, out: out}
      - group: {layers: [conv: {out: out * in_group * s}]}
      - add:
          a:
            - group: {layers: [unit: {out: out}]}
            - conv: {out: in_branch}
          b:
            when: rows == c2 * by_key * in_when
  gate:
    inputs: [x]
    layers:
      - conv: {out: x.c * c2 + c2, call: method, from: x}
  head:
    args: {c: n}
    inputs: [x, y]
    let: {sum: x.c + c + y.c + k3}
    layers:
      - conv: {name: p, out: sum + x.c, from: x}
      - concat: {from: [p, y]}
  own:
    layers:
      - conv: {out: of_block(1) + k}

layers:
  - conv: {name: a, out: twice + widths(2) + twice2 + part + own_param + unused, kernel: k}
  - residual: {name: b, repeat: k - 2, out: of_layers2(1) + 3}
  - head: {from: [b1, a]}
  - group: {layers: [gate, own]}
  - add:
      x: []
      y:
        - own: {name: z}
        - conv: {out: in}
)yaml";

}  // namespace

TEST_CASE("of included files what is used moves into the spec", "[spec]") {
  const TestFolder folder;
  folder.write("net.yaml", kNetFile);
  folder.write("units.yaml", kUnitsFile);
  std::filesystem::create_directory(folder / "more");
  folder.write("more/heads.yaml", kHeadsFile);
  const spec::ArchSpec spec = spec::read_spec(folder / "net.yaml");
  CHECK(spec::write_spec(spec) == kOneFile);
  const spec::ArchSpec one = spec::inline_includes(spec);
  CHECK(one.files.size() == 1);
  CHECK(spec::write_spec(one) == kOneFile);
  const spec::ArchSpec again = spec::read_spec_text("one.yaml", kOneFile, ".");
  CHECK(spec::write_spec(again) == kOneFile);
  const graph::Network network = graph::build_network(spec);
  CHECK(same_layers(graph::build_network(again), network));
  CHECK(same_layers(graph::build_network(one), network));
  CHECK(!one.is_text);
  CHECK(one.main().blocks == std::vector<int>{0, 1, 2, 3, 4});
  CHECK(spec.is_text);
  CHECK(spec::inline_includes(again).is_text);  // nothing to be done
}

TEST_CASE("a choice of one file that is a name of another keeps them apart", "[spec]") {
  const auto inlined = [](const std::string& choice, const std::string& name) {
    const TestFolder folder;
    folder.write("blocks.yaml",
                 "params: {mode: {default: " + choice + ", choices: [" + choice +
                     ", other]}}\nblocks:\n  unit:\n    layers: [conv: {out: 3, when: "
                     "mode == " +
                     choice + "}]\n");
    folder.write("net.yaml", "name: net\ninclude: blocks.yaml\nparams: {" + name +
                                 ": 3}\ninput: {channels: " + name +
                                 ", height: 1, width: 1}\nlayers: [unit, relu]\n");
    try {
      return spec::write_spec(spec::read_spec(folder / "net.yaml"));
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  CHECK(inlined("deep", "deep") ==
        "error: 'net' can't be one file: 'deep' is a choice in one of its files and a name in "
        "another; call one of them differently");
  CHECK(inlined("deep", "wide")
            .starts_with("name: net\n\nparams:\n  wide: {default: 3}\n  mode: "
                         "{default: deep, choices: [deep, other]}\n"));
}

TEST_CASE("a name of an included file that is a choice of the spec is a mistake", "[spec]") {
  const TestFolder folder;
  folder.write("blocks.yaml", "params: {deep: 3}\nblocks: {unit: [conv: {out: deep}]}\n");
  folder.write("net.yaml",
               "name: net\ninclude: blocks.yaml\n"
               "params: {mode: {default: deep, choices: [deep, other]}}\n"
               "input: {channels: 1, height: 1, width: 1}\n"
               "layers: [unit, conv: {out: \"2 if mode == deep else 5\"}]\n");
  const spec::ArchSpec spec = spec::read_spec(folder / "net.yaml");
  CHECK(graph::build_network(spec).layers[0].output.channels == Count(3));
  CHECK_THROWS_AS(spec::inline_includes(spec), Error);
}
