// SPDX-License-Identifier: Apache-2.0
// How the rewrite activation changes a spec, as text.
#include "rewrite/rewrites.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("an activation is replaced where a layer or an item of activation has it", "[rewrite]") {
  // The most frequent one.
  CHECK(text_after("+activation", R"yaml(params: {slope: 0.3}
layers:
  - conv: {name: a, out: 8}
  - sigmoid
  - relu: {name: r, repeat: 2, when: in == 8}
  - relu
  - tanh
  - leaky_relu: {slope: slope}
  - gelu
  - tanh
  - add: {from: [r2, relu, gelu, tanh2]}
)yaml") ==
        R"yaml(layers:
  - conv: {name: a, out: 8}
  - sigmoid
  - activation: {name: r, repeat: 2, kind: act, when: in == 8}
  - activation: {name: relu, kind: act}
  - tanh
  - leaky_relu: {slope: slope}
  - gelu
  - tanh
  - add: {from: [r2, relu, gelu, tanh2]}
)yaml");
  CHECK(text_after("+activation:act=gelu,from=leaky_relu", R"yaml(layers:
  - conv: {name: a, out: 8}
  - leaky_relu
  - leaky_relu: {name: r, slope: 0.3}
  - relu
  - conv: {name: b, out: 8}
  - leaky_relu: {name: s, when: in == 8}
  - leaky_relu: {slope: 0.1, when: in == 8 or in == 9}
)yaml") ==
        R"yaml(layers:
  - conv: {name: a, out: 8}
  - activation: {kind: act}
  - leaky_relu: {name: r, slope: 0.3, when: act == leaky_relu}
  - activation: {name: r, kind: act, when: "act != leaky_relu"}
  - relu
  - conv: {name: b, out: 8}
  - activation: {name: s, kind: act, when: in == 8}
  - leaky_relu: {slope: 0.1, when: (in == 8 or in == 9) and act == leaky_relu}
  - activation: {kind: act, when: "(in == 8 or in == 9) and act != leaky_relu"}
)yaml");
  // Where an expression may give it.
  CHECK(
      text_after(
          "+activation:from=relu",
          R"yaml(params: {act: relu, kind: {default: tanh, choices: [tanh, relu]}, other: {default: tanh, choices: [tanh, gelu]}, flag: 1}
blocks:
  unit: {args: {f: {default: relu, choices: [relu, tanh]}, g: {default: gelu, choices: [gelu, tanh]}, k: tanh}, layers: [activation: {kind: f}, activation: {kind: g}, activation: {kind: k}]}
layers:
  - activation: {kind: relu}
  - activation: {kind: act}
  - activation: {kind: kind}
  - activation: {kind: other}
  - activation: {kind: relu if flag else tanh}
  - activation: {kind: tanh}
  - unit
  - unit: {f: tanh, k: relu}
)yaml") ==
      R"yaml(blocks:
  unit:
    args: {f: {default: relu, choices: [relu, tanh]}, g: {default: gelu, choices: [gelu, tanh]}, k: tanh}
    layers:
      - activation: {kind: rewrite_act if f == relu else f}
      - activation: {kind: g}
      - activation: {kind: rewrite_act if k == relu else k}

layers:
  - activation: {kind: rewrite_act}
  - activation: {kind: rewrite_act if act == relu else act}
  - activation: {kind: rewrite_act if kind == relu else kind}
  - activation: {kind: other}
  - activation: {kind: rewrite_act if (relu if flag else tanh) == relu else (relu if flag else tanh)}
  - activation: {kind: tanh}
  - unit
  - unit: {f: tanh, k: relu}
)yaml");
  CHECK(text_after("+activation:from=relu", R"yaml(let: {f: tanh}
layers:
  - activation: {kind: f}
  - relu
)yaml") ==
        R"yaml(let:
  f: tanh

layers:
  - activation: {kind: act if f == relu else f}
  - activation: {kind: act}
)yaml");
  // Of equally frequent ones the first by its name.
  CHECK(text_after("+activation", R"yaml(layers: [relu, gelu, tanh, gelu, relu]
)yaml") ==
        R"yaml(layers:
  - relu
  - activation: {kind: act}
  - tanh
  - activation: {kind: act}
  - relu
)yaml");
  CHECK(text_after("+activation", R"yaml(layers: [relu, sigmoid, gelu, sigmoid, sigmoid, relu]
)yaml") ==
        R"yaml(layers:
  - relu
  - activation: {kind: act}
  - gelu
  - activation: {kind: act}
  - activation: {kind: act}
  - relu
)yaml");
}

TEST_CASE("an activation that is taken by its name keeps the name", "[rewrite]") {
  CHECK(text_after("+activation:act=tanh", R"yaml(layers:
  - relu
  - conv: {name: a, out: 8}
  - relu: {name: r}
  - gelu
  - add: {from: [relu, gelu, r]}
)yaml") ==
        R"yaml(layers:
  - activation: {name: relu, kind: act}
  - conv: {name: a, out: 8}
  - activation: {name: r, kind: act}
  - gelu
  - add: {from: [relu, gelu, r]}
)yaml");
}

TEST_CASE("a name of the spec that is a word of the activation gets another one", "[rewrite]") {
  CHECK(text_after("+activation:act=relu6,from=elu", R"yaml(params: {act: 3}
layers:
  - conv: {name: a, out: act}
  - elu
  - elu: {alpha: 0.5}
)yaml") ==
        R"yaml(layers:
  - conv: {name: a, out: act}
  - activation: {kind: rewrite_act}
  - elu: {alpha: 0.5, when: rewrite_act == elu}
  - activation: {kind: rewrite_act, when: "rewrite_act != elu"}
)yaml");
}
