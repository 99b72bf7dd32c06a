// SPDX-License-Identifier: Apache-2.0
// Groups of one form become uses of a block, whatever stands in them and around them.
#include "spec/fold_blocks.hpp"

#include "graph/build.hpp"
#include "spec/library.hpp"
#include "spec/spec_writer.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

struct FoldRow {
  std::string title, layers, folded;
};

spec::ArchSpec read_groups(const std::string& layers) {
  return spec::read_spec_text("s.yaml", spec_with(layers.substr(0, layers.size() - 1)), ".");
}

// The text of a spec from its blocks or layers on.
std::string body_of(const spec::ArchSpec& spec) {
  const std::string text = spec::write_spec(spec), input = "\n\ninput: ";
  return text.substr(text.find("\n\n", text.find(input) + input.size()) + 2);
}

}  // namespace

TEST_CASE("groups of one form become uses of a block", "[spec]") {
  const auto row = GENERATE(values<FoldRow>({
      {"values that differ become arguments",
       R"yaml(  - group: {name: a, layers: [conv: {out: 4, kernel: 3}, batch_norm, relu]}
  - group: {name: b, layers: [conv: {out: 6, kernel: 3}, batch_norm, relu]}
  - group: {name: c, layers: [conv: {out: 6, kernel: 3}, batch_norm, relu]}
  - group: {name: d, layers: [conv: {out: 6, kernel: 3}, batch_norm]}
  - group: {name: e, layers: [conv: {out: 6}]}
  - group: {name: f, layers: [conv: {out: 7}]}
)yaml",
       R"yaml(blocks:
  a:
    args: {out: 6}
    layers:
      - conv: {out: out, kernel: 3}
      - batch_norm
      - relu

layers:
  - a: {name: a, out: 4}
  - a: {name: b}
  - a: {name: c}
  - group: {name: d, layers: [conv: {out: 6, kernel: 3}, batch_norm]}
  - group: {name: e, layers: [conv: {out: 6}]}
  - group: {name: f, layers: [conv: {out: 7}]}
)yaml"},
      {"what enters may be taken again inside",
       R"yaml(  - conv: {name: stem, out: 8}
  - group: {name: 1, layers: [conv: {out: 8, kernel: 3}, relu, add: {from: [relu, stem]}]}
  - group: {name: 2, layers: [conv: {out: 8, kernel: [3, 1], bias: true}, relu, add: {from: [relu, "1"]}]}
)yaml",
       R"yaml(blocks:
  unit:
    args: {kernel: required, bias: required}
    inputs: [x]
    layers:
      - conv: {out: 8, kernel: kernel, bias: bias}
      - relu
      - add: {from: [relu, x]}

layers:
  - conv: {name: stem, out: 8}
  - unit: {name: 1, kernel: 3, bias: false}
  - unit: {name: 2, kernel: [3, 1], bias: true}
)yaml"},
      {"blocks of blocks",
       R"yaml(  - conv: {name: s, out: 8}
  - conv: {name: t, out: 8}
  - group:
      name: stage1
      layers:
        - group: {name: left, layers: [conv: {name: p, out: 8}, relu]}
        - group: {name: right, layers: [conv: {name: p, out: 8, stride: 1}, relu]}
        - add: {from: [right, left]}
  - tanh: {name: mid}
  - group:
      name: stage2
      layers:
        - group: {name: left, layers: [conv: {name: p, out: 8, groups: 2}, relu]}
        - group: {name: right, layers: [conv: {name: p, out: 8}, relu]}
        - add: {from: [right, left]}
  - concat: {from: [stage2, s, mid]}
)yaml",
       R"yaml(blocks:
  left:
    args: {groups: 1}
    layers:
      - conv: {name: p, out: 8, stride: 1, groups: groups}
      - relu
  stage1:
    args: {groups: required}
    layers:
      - left: {name: left, groups: groups}
      - left: {name: right}
      - add: {from: [right, left]}

layers:
  - conv: {name: s, out: 8}
  - conv: {name: t, out: 8}
  - stage1: {name: stage1, groups: 1}
  - tanh: {name: mid}
  - stage1: {name: stage2, groups: 2}
  - concat: {from: [stage2, s, mid]}
)yaml"},
      {"several tensors enter",
       R"yaml(  - conv: {name: s, out: 8}
  - conv: {name: t, out: 8}
  - group: {name: u, layers: [conv: {out: 8, from: s}, add: {from: [conv, t]}, tanh: {from: add}]}
  - group: {name: v, layers: [conv: {out: 8, from: u}, add: {from: [conv, s]}, tanh: {from: add}]}
  - group: {name: w, layers: [conv: {out: 8, from: input}, add: {from: [conv, v]}, tanh: {from: add}]}
)yaml",
       R"yaml(blocks:
  u:
    inputs: [x1, x2]
    layers:
      - conv: {out: 8, from: x1}
      - add: {from: [conv, x2]}
      - tanh: {from: add}

layers:
  - conv: {name: s, out: 8}
  - conv: {name: t, out: 8}
  - u: {name: u, from: [s, t]}
  - u: {name: v, from: [u, s]}
  - u: {name: w, from: [input, v]}
)yaml"},
      {"sizes and attributes without a default belong to the form of a block",
       R"yaml(  - group: {name: a, layers: [conv: {out: in, groups: in}, conv: {name: q, out: 8, kernel: 3}]}
  - group: {name: b, layers: [conv: {out: in, groups: in}, conv: {name: q, out: 6, kernel: 3}]}
  - group: {name: c, layers: [conv: {out: 6, groups: 6}, conv: {name: q, out: 6, kernel: 5}]}
  - group: {name: d, layers: [conv: {out: 6, groups: 3}, conv: {name: q, out: 6, kernel: 5}]}
  - group: {name: e, layers: [max_pool: {kernel: 2, stride: 1}, relu]}
  - group: {name: f, layers: [max_pool: {kernel: 2}, relu]}
  - group: {name: g, layers: [max_pool: {kernel: 3, pad: 1}, relu]}
  - group: {name: h1, layers: [conv: {name: p, out: 4}, conv: {out: p.c + 1}, relu]}
  - group: {name: h2, layers: [conv: {name: p, out: 4}, conv: {out: p.c + 1}, relu]}
)yaml",
       R"yaml(blocks:
  a:
    args: {out: required}
    layers:
      - conv: {out: in, groups: in}
      - conv: {name: q, out: out, kernel: 3}
  c:
    args: {groups: required}
    layers:
      - conv: {out: 6, groups: groups}
      - conv: {name: q, out: 6, kernel: 5}
  f:
    args: {kernel: required, pad: required}
    layers:
      - max_pool: {kernel: kernel, pad: pad}
      - relu

layers:
  - a: {name: a, out: 8}
  - a: {name: b, out: 6}
  - c: {name: c, groups: 6}
  - c: {name: d, groups: 3}
  - group: {name: e, layers: [max_pool: {kernel: 2, stride: 1}, relu]}
  - f: {name: f, kernel: 2, pad: valid}
  - f: {name: g, kernel: 3, pad: 1}
  - group: {name: h1, layers: [conv: {name: p, out: 4}, conv: {out: p.c + 1}, relu]}
  - group: {name: h2, layers: [conv: {name: p, out: 4}, conv: {out: p.c + 1}, relu]}
)yaml"},
      {"weights and calls belong to the form of a block",
       R"yaml(  - group: {name: a, layers: [conv: {name: p, out: 8}, conv: {name: q, out: 8, weights_of: p}]}
  - group: {name: b, layers: [conv: {name: p, out: 8}, conv: {name: q, out: 8, weights_of: p}]}
  - conv: {name: other, out: 8}
  - group: {name: c, layers: [conv: {name: p, out: 8, weights_of: other}, relu]}
  - group: {name: d, layers: [conv: {name: p, out: 8, weights_of: other}, relu]}
  - group: {name: e, layers: [relu: {call: function}, tanh]}
  - group: {name: f, layers: [relu: {call: function}, tanh]}
  - group: {name: g, layers: [relu: {call: method}, tanh]}
)yaml",
       R"yaml(blocks:
  a:
    layers:
      - conv: {name: p, out: 8}
      - conv: {name: q, out: 8, weights_of: p}
  e:
    layers:
      - relu: {call: function}
      - tanh

layers:
  - a: {name: a}
  - a: {name: b}
  - conv: {name: other, out: 8}
  - group: {name: c, layers: [conv: {name: p, out: 8, weights_of: other}, relu]}
  - group: {name: d, layers: [conv: {name: p, out: 8, weights_of: other}, relu]}
  - e: {name: e}
  - e: {name: f}
  - group: {name: g, layers: [relu: {call: method}, tanh]}
)yaml"},
      {"labels that stand for what enters",
       R"yaml(  - group: {name: a, layers: [relu: {name: x}, tanh]}
  - group: {name: b, layers: [relu: {name: x}, tanh]}
  - group: {name: c, layers: [relu: {name: x2}, tanh]}
  - group: {name: d, layers: [relu: {name: x2}, tanh]}
  - group: {name: in, layers: [relu: {name: xs}, tanh]}
  - group: {name: f, layers: [relu: {name: xs}, tanh]}
)yaml",
       R"yaml(blocks:
  relu_tanh:
    layers:
      - relu: {name: xs}
      - tanh

layers:
  - group: {name: a, layers: [relu: {name: x}, tanh]}
  - group: {name: b, layers: [relu: {name: x}, tanh]}
  - group: {name: c, layers: [relu: {name: x2}, tanh]}
  - group: {name: d, layers: [relu: {name: x2}, tanh]}
  - relu_tanh: {name: in}
  - relu_tanh: {name: f}
)yaml"},
      {"names of blocks and arguments",
       R"yaml(  - group: {name: 1, layers: [conv: {name: "3x3", out: 4, kernel: 3}, conv: {name: b, out: 5, kernel: 1}]}
  - group: {name: 2, layers: [conv: {name: "3x3", out: 6, kernel: 5}, conv: {name: b, out: 7, kernel: 3}]}
  - group: {name: unit, layers: [relu, sigmoid, relu6, elu]}
  - group: {name: "5", layers: [relu, sigmoid, relu6, elu]}
  - group: {name: "6", layers: [relu, sigmoid, relu6, tanh, elu: {alpha: 2}]}
  - group: {name: "7", layers: [relu, sigmoid, relu6, tanh, elu]}
  - group: {name: "8", layers: [relu, sigmoid, relu6, tanh, elu: {alpha: 3}]}
)yaml",
       R"yaml(blocks:
  conv_conv:
    args: {out: required, kernel: required, b_out: required, b_kernel: required}
    layers:
      - conv: {name: 3x3, out: out, kernel: kernel}
      - conv: {name: b, out: b_out, kernel: b_kernel}
  unit:
    layers:
      - relu
      - sigmoid
      - relu6
      - elu
  unit_2:
    args: {alpha: required}
    layers:
      - relu
      - sigmoid
      - relu6
      - tanh
      - elu: {alpha: alpha}

layers:
  - conv_conv: {name: 1, out: 4, kernel: 3, b_out: 5, b_kernel: 1}
  - conv_conv: {name: 2, out: 6, kernel: 5, b_out: 7, b_kernel: 3}
  - unit: {name: unit}
  - unit: {name: 5}
  - unit_2: {name: 6, alpha: 2}
  - unit_2: {name: 7, alpha: 1}
  - unit_2: {name: 8, alpha: 3}
)yaml"},
      {"a block inside of a group",
       R"yaml(  - relu: {name: top}
  - group:
      name: p
      layers:
        - conv: {out: 8}
        - group: {name: q, layers: [tanh, add: {from: [tanh, top]}]}
        - relu
  - group:
      name: r
      layers:
        - conv: {out: 8}
        - group: {name: q, layers: [tanh, add: {from: [tanh, top]}]}
        - relu
  - sigmoid: {name: low}
)yaml",
       R"yaml(blocks:
  q:
    inputs: [x1, x2]
    layers:
      - tanh: {from: x1}
      - add: {from: [tanh, x2]}

layers:
  - relu: {name: top}
  - group: {name: p, layers: [conv: {out: 8}, q: {name: q, from: [conv, top]}, relu]}
  - group: {name: r, layers: [conv: {out: 8}, q: {name: q, from: [conv, top]}, relu]}
  - sigmoid: {name: low}
)yaml"},
      {"groups inside and paths to them",
       R"yaml(  - relu: {name: top}
  - group: {name: p, layers: [conv: {out: 8}, group: {name: deep, layers: [relu6, elu]}, add: {from: [deep.elu, conv]}]}
  - group: {name: r, layers: [conv: {out: 9}, group: {name: deep, layers: [relu6, elu]}, add: {from: [deep.elu, conv]}]}
  - group: {name: s, layers: [conv: {out: 9}, group: {name: deep, layers: [relu6, elu]}, add: {from: [deep, conv]}]}
  - group: {name: t, layers: [conv: {out: 9}, group: {name: deep, layers: [relu6, elu]}, add: {from: [conv, deep]}]}
)yaml",
       R"yaml(blocks:
  deep:
    layers:
      - relu6
      - elu
  p:
    args: {out: 9}
    layers:
      - conv: {out: out}
      - deep: {name: deep}
      - add: {from: [deep.elu, conv]}

layers:
  - relu: {name: top}
  - p: {name: p, out: 8}
  - p: {name: r}
  - p: {name: s}
  - group: {name: t, layers: [conv: {out: 9}, deep: {name: deep}, add: {from: [conv, deep]}]}
)yaml"},
      {"merges, further inputs and paths into groups",
       R"yaml(  - relu: {name: top}
  - input: {name: mask, channels: 8, height: 16, width: 16}
  - group: {name: p, layers: [add: {from: [top, mask]}, relu]}
  - group: {name: r, layers: [add: {from: [p, mask]}, relu]}
  - group: {name: s, layers: [add: {from: [r, r]}, relu]}
  - group: {name: t, layers: [add: {from: [s, s]}, relu]}
  - group: {name: u, layers: [relu6: {from: t.relu}, tanh]}
  - group: {name: v, layers: [relu6: {from: u.tanh}, tanh]}
  - relu6: {name: g1}
  - tanh: {name: g2}
)yaml",
       R"yaml(blocks:
  p:
    inputs: [x1, x2]
    layers:
      - add: {from: [x1, x2]}
      - relu
  s:
    inputs: [x]
    layers:
      - add: {from: [x, x]}
      - relu
  u:
    inputs: [x]
    layers:
      - relu6: {from: x}
      - tanh

layers:
  - relu: {name: top}
  - input: {name: mask, channels: 8, height: 16, width: 16}
  - p: {name: p, from: [top, mask]}
  - p: {name: r, from: [p, mask]}
  - s: {name: s}
  - s: {name: t}
  - u: {name: u}
  - u: {name: v}
  - relu6: {name: g1}
  - tanh: {name: g2}
)yaml"},
      {"repeats are left alone",
       R"yaml(  - group: {name: a, repeat: 2, layers: [relu, tanh]}
  - group: {name: b, layers: [relu, tanh]}
  - group: {name: c, layers: [relu, tanh]}
)yaml",
       R"yaml(layers:
  - group: {name: a, repeat: 2, layers: [relu, tanh]}
  - group: {name: b, layers: [relu, tanh]}
  - group: {name: c, layers: [relu, tanh]}
)yaml"},
  }));
  INFO(row.title);
  const spec::ArchSpec spec = read_groups(row.layers);
  const spec::ArchSpec folded = spec::fold_blocks(spec);
  CHECK(body_of(folded) == row.folded);
  const graph::Network network = graph::build_network(spec);
  CHECK(same_layers(graph::build_network(folded), network));
  CHECK(same_layers(
      graph::build_network(spec::read_spec_text("t.yaml", spec::write_spec(folded), ".")),
      network));
}
