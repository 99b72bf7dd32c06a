// SPDX-License-Identifier: Apache-2.0
// What makes groups differ in form, and what is above them when they become uses of a block.
#include "graph/build.hpp"
#include "spec/fold_blocks.hpp"
#include "spec/library.hpp"
#include "spec/spec_writer.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

struct FoldFormRow {
  std::string title, layers, folded;
};

spec::ArchSpec read_grouped(const std::string& layers) {
  return spec::read_spec_text("s.yaml", spec_with(layers.substr(0, layers.size() - 1)), ".");
}

// The text of a spec from its blocks or layers on.
std::string body_below(const spec::ArchSpec& spec) {
  const std::string text = spec::write_spec(spec), input = "\n\ninput: ";
  return text.substr(text.find("\n\n", text.find(input) + input.size()) + 2);
}

}  // namespace

TEST_CASE("groups of other forms stay apart", "[spec]") {
  const auto row = GENERATE(values<FoldFormRow>({
      {"the value of most uses is the default",
       R"yaml(  - group: {name: 1, layers: [conv: {out: 4, pad: same}, tanh, elu]}
  - group: {name: 2, layers: [conv: {out: 6, pad: valid}, tanh, elu]}
  - group: {name: 3, layers: [conv: {out: 6, pad: same}, tanh, elu]}
  - group: {name: 4, layers: [conv: {out: 4}, tanh, elu]}
  - group: {name: 5, layers: [sigmoid, relu6, elu, gelu]}
  - group: {name: 6, layers: [sigmoid, relu6, elu, gelu]}
  - group: {name: 7, layers: [sigmoid, swish]}
  - group: {name: 8, layers: [sigmoid, swish]}
)yaml",
       R"yaml(blocks:
  conv_tanh_elu:
    args: {out: 6, pad: same}
    layers:
      - conv: {out: out, pad: pad}
      - tanh
      - elu
  unit:
    layers:
      - sigmoid
      - relu6
      - elu
      - gelu
  sigmoid_swish:
    layers:
      - sigmoid
      - swish

layers:
  - conv_tanh_elu: {name: 1, out: 4}
  - conv_tanh_elu: {name: 2, pad: valid}
  - conv_tanh_elu: {name: 3}
  - conv_tanh_elu: {name: 4, out: 4}
  - unit: {name: 5}
  - unit: {name: 6}
  - sigmoid_swish: {name: 7}
  - sigmoid_swish: {name: 8}
)yaml"},
      {"labels, paths and references belong to the form of a block",
       R"yaml(  - group: {name: a, layers: [relu: {name: p}, tanh]}
  - group: {name: b, layers: [relu: {name: q}, tanh]}
  - group: {name: c, layers: [gelu, elu]}
  - group: {name: d, layers: [swish, elu]}
  - group: {name: e, layers: [gelu, sigmoid]}
  - group: {name: f, layers: [gelu, sigmoid: {from: gelu}]}
  - group: {name: g, layers: [hard_swish, tanh, add: {from: [tanh, g.hard_swish]}]}
  - group: {name: h, layers: [hard_swish, tanh, add: {from: [tanh, h.hard_swish]}]}
  - group: {name: i, layers: [conv: {name: p, out: 8}, conv: {name: q, out: 8, weights_of: i.p}, relu6]}
  - group: {name: j, layers: [conv: {name: p, out: 8}, conv: {name: q, out: 8, weights_of: j.p}, relu6]}
)yaml",
       R"yaml(layers:
  - group: {name: a, layers: [relu: {name: p}, tanh]}
  - group: {name: b, layers: [relu: {name: q}, tanh]}
  - group: {name: c, layers: [gelu, elu]}
  - group: {name: d, layers: [swish, elu]}
  - group: {name: e, layers: [gelu, sigmoid]}
  - group: {name: f, layers: [gelu, sigmoid: {from: gelu}]}
  - group: {name: g, layers: [hard_swish, tanh, add: {from: [tanh, g.hard_swish]}]}
  - group: {name: h, layers: [hard_swish, tanh, add: {from: [tanh, h.hard_swish]}]}
  - group: {name: i, layers: [conv: {name: p, out: 8}, conv: {name: q, out: 8, weights_of: i.p}, relu6]}
  - group: {name: j, layers: [conv: {name: p, out: 8}, conv: {name: q, out: 8, weights_of: j.p}, relu6]}
)yaml"},
      {"groups of one layer stay groups",
       R"yaml(  - group: {name: a, layers: [group: {name: g, layers: [relu, tanh]}, elu]}
  - group: {name: b, layers: [group: {name: g, layers: [relu]}, tanh, elu]}
  - group: {name: c, layers: [group: {name: one, layers: [conv: {out: 3}]}, elu]}
  - group: {name: d, layers: [group: {name: one, layers: [conv: {out: 4}]}, elu]}
)yaml",
       R"yaml(blocks:
  c:
    args: {out: required}
    layers:
      - group: {name: one, layers: [conv: {out: out}]}
      - elu

layers:
  - group:
      name: a
      layers:
        - group: {name: g, layers: [relu, tanh]}
        - elu
  - group:
      name: b
      layers:
        - group: {name: g, layers: [relu]}
        - tanh
        - elu
  - c: {name: c, out: 3}
  - c: {name: d, out: 4}
)yaml"},
      {"what is above a group enters it",
       R"yaml(  - relu: {name: top}
  - tanh: {name: mid}
  - group: {name: a, layers: [conv: {out: 8}, add: {from: [conv, top]}]}
  - sigmoid: {name: low}
  - group: {name: b, layers: [conv: {out: 8}, add: {from: [conv, top]}]}
)yaml",
       R"yaml(blocks:
  a:
    inputs: [x1, x2]
    layers:
      - conv: {out: 8, from: x1}
      - add: {from: [conv, x2]}

layers:
  - relu: {name: top}
  - tanh: {name: mid}
  - a: {name: a, from: [mid, top]}
  - sigmoid: {name: low}
  - a: {name: b, from: [low, top]}
)yaml"},
      {"what is above the groups around enters",
       R"yaml(  - relu: {name: top}
  - group: {name: z, layers: [relu6, elu: {name: top2}]}
  - sigmoid: {name: low}
  - group:
      name: g
      layers:
        - group: {name: a, layers: [tanh, add: {from: [tanh, top]}]}
        - gelu
  - swish: {name: mid}
  - group:
      name: h
      layers:
        - group: {name: a, layers: [tanh, add: {from: [tanh, top]}]}
        - hard_swish
)yaml",
       R"yaml(blocks:
  a:
    inputs: [x1, x2]
    layers:
      - tanh: {from: x1}
      - add: {from: [tanh, x2]}

layers:
  - relu: {name: top}
  - group: {name: z, layers: [relu6, elu: {name: top2}]}
  - sigmoid: {name: low}
  - group: {name: g, layers: [a: {name: a, from: [low, top]}, gelu]}
  - swish: {name: mid}
  - group: {name: h, layers: [a: {name: a, from: [mid, top]}, hard_swish]}
)yaml"},
      {"a block inside of a block of several tensors",
       R"yaml(  - conv: {name: top, out: 8}
  - relu: {name: mid}
  - group:
      name: p
      layers:
        - group: {name: q, layers: [conv: {out: 8}, relu]}
        - add: {from: [q, top]}
  - tanh: {name: low}
  - group:
      name: r
      layers:
        - group: {name: q, layers: [conv: {out: 8, kernel: 3}, relu]}
        - add: {from: [q, mid]}
)yaml",
       R"yaml(blocks:
  q:
    args: {kernel: required}
    layers:
      - conv: {out: 8, kernel: kernel}
      - relu
  p:
    args: {kernel: required}
    inputs: [x1, x2]
    layers:
      - q: {name: q, kernel: kernel, from: x1}
      - add: {from: [q, x2]}

layers:
  - conv: {name: top, out: 8}
  - relu: {name: mid}
  - p: {name: p, kernel: 1, from: [mid, top]}
  - tanh: {name: low}
  - p: {name: r, kernel: 3, from: [low, mid]}
)yaml"},
      {"paths into a group inside",
       R"yaml(  - group: {name: p, layers: [conv: {out: 8}, group: {name: deep, layers: [relu6, elu]}, concat: {from: [deep.elu, conv, deep.elu]}]}
  - group: {name: r, layers: [conv: {out: 8}, group: {name: deep, layers: [relu6, elu]}, concat: {from: [deep.relu6, conv, deep.elu]}]}
)yaml",
       R"yaml(blocks:
  deep:
    layers:
      - relu6
      - elu

layers:
  - group: {name: p, layers: [conv: {out: 8}, deep: {name: deep}, concat: {from: [deep.elu, conv, deep.elu]}]}
  - group:
      name: r
      layers:
        - conv: {out: 8}
        - deep: {name: deep}
        - concat: {from: [deep.relu6, conv, deep.elu]}
)yaml"},
      {"activations are left alone",
       R"yaml(  - group: {name: a, layers: [activation: {kind: relu}, tanh]}
  - group: {name: b, layers: [activation: {kind: relu}, tanh]}
)yaml",
       R"yaml(layers:
  - group: {name: a, layers: [activation: {kind: relu}, tanh]}
  - group: {name: b, layers: [activation: {kind: relu}, tanh]}
)yaml"},
      {"shared weights of groups are left alone",
       R"yaml(  - group: {name: a, layers: [conv: {out: 8}, tanh]}
  - group: {name: b, layers: [conv: {out: 8}, tanh], weights_of: a}
  - group: {name: c, layers: [conv: {out: 8}, tanh], weights_of: a}
)yaml",
       R"yaml(layers:
  - group: {name: a, layers: [conv: {out: 8}, tanh]}
  - group: {name: b, weights_of: a, layers: [conv: {out: 8}, tanh]}
  - group: {name: c, weights_of: a, layers: [conv: {out: 8}, tanh]}
)yaml"},
      {"conditions are left alone",
       R"yaml(  - group: {name: a, layers: [relu, tanh], when: true}
  - group: {name: b, layers: [relu, tanh]}
  - group: {name: c, layers: [relu, tanh]}
)yaml",
       R"yaml(layers:
  - group: {name: a, when: true, layers: [relu, tanh]}
  - group: {name: b, layers: [relu, tanh]}
  - group: {name: c, layers: [relu, tanh]}
)yaml"},
      {"branches are left alone",
       R"yaml(  - group: {name: a, layers: [relu, add: [[], [tanh]]]}
  - group: {name: b, layers: [relu, add: [[], [tanh]]]}
)yaml",
       R"yaml(layers:
  - group:
      name: a
      layers:
        - relu
        - add:
            branches:
              - []
              -
                - tanh
  - group:
      name: b
      layers:
        - relu
        - add:
            branches:
              - []
              -
                - tanh
)yaml"},
      {"arguments whose labels are no names are numbered",
       R"yaml(  - group: {name: a, layers: [conv: {name: p, out: 3}, conv: {name: 3x3, out: 4}, conv: {name: 5x5, out: 5}]}
  - group: {name: b, layers: [conv: {name: p, out: 6}, conv: {name: 3x3, out: 7}, conv: {name: 5x5, out: 8}]}
)yaml",
       R"yaml(blocks:
  a:
    args: {out: required, out_2: required, out_3: required}
    layers:
      - conv: {name: p, out: out}
      - conv: {name: 3x3, out: out_2}
      - conv: {name: 5x5, out: out_3}

layers:
  - a: {name: a, out: 3, out_2: 4, out_3: 5}
  - a: {name: b, out: 6, out_2: 7, out_3: 8}
)yaml"},
  }));
  INFO(row.title);
  const spec::ArchSpec spec = read_grouped(row.layers);
  const spec::ArchSpec folded = spec::fold_blocks(spec);
  CHECK(body_below(folded) == row.folded);
  const graph::Network network = graph::build_network(spec);
  CHECK(same_layers(graph::build_network(folded), network));
  CHECK(same_layers(
      graph::build_network(spec::read_spec_text("t.yaml", spec::write_spec(folded), ".")),
      network));
}

TEST_CASE("a value that isn't a constant is no default", "[spec]") {
  const spec::ArchSpec folded = spec::fold_blocks(spec::read_spec_text(
      "s.yaml",
      "name: t\nparams: {k: 2, out: 3}\ninput: {channels: 8, height: 4, width: 4}\nlayers:\n"
      "  - group: {name: a, layers: [conv: {name: c, out: 2 * k}, relu]}\n"
      "  - group: {name: b, layers: [conv: {name: c, out: 2 * k}, relu]}\n"
      "  - group: {name: d, layers: [conv: {name: c, out: out}, relu]}\n"
      "  - group: {name: e, layers: [tanh, elu]}\n  - group: {name: f, layers: [tanh, elu]}\n",
      "."));
  // `out` is a parameter: the argument has another name.
  CHECK(body_below(folded) ==
        "blocks:\n  a:\n    args: {c_out: required}\n    layers:\n      - conv: {name: c, out: "
        "c_out}\n      - relu\n  e:\n    layers:\n      - tanh\n      - elu\n\nlayers:\n"
        "  - a: {name: a, c_out: 2 * k}\n  - a: {name: b, c_out: 2 * k}\n  - a: {name: d, c_out: "
        "out}\n  - e: {name: e}\n  - e: {name: f}\n");
  CHECK(folded.main().blocks == std::vector<int>{0, 1});
}
