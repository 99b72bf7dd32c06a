// SPDX-License-Identifier: Apache-2.0
// The layers that the rewrite separable puts between its parts, as text.
#include "rewrite/rewrites.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("the layers between the parts are those around the convolution", "[rewrite]") {
  CHECK(text_after("+separable:first=1", R"yaml(layers:
  - group: {name: a, layers: [conv: {out: 8, kernel: 3}, batch_norm, layer_norm, relu, sigmoid, relu]}
  - group: {name: b, layers: [conv: {out: 8, kernel: 3}, relu]}
  - group: {name: c, layers: [batch_norm, relu, conv: {out: 8, kernel: 3}, max_pool: {kernel: 3, stride: 1}]}
  - group: {name: d, layers: [relu, conv: {out: 8, kernel: 3}, max_pool: {kernel: 3, stride: 1}]}
  - group: {name: e, layers: [batch_norm, conv: {out: 8, kernel: 3}, batch_norm: {repeat: 2}]}
  - group: {name: f, layers: [batch_norm: {name: z}, relu: {repeat: 2}, conv: {out: 8, kernel: 3}, max_pool: {kernel: 3, stride: 1}]}
  - group: {name: g, layers: [batch_norm, relu, channel_shuffle: {groups: 2}, conv: {out: 8, kernel: 3}]}
  - relu
)yaml") ==
        R"yaml(layers:
  - group:
      name: a
      layers:
        - conv: {out: 8, kernel: 3, when: not (separable and 1 in separable_stages)}
        - group:
            name: conv
            when: separable and 1 in separable_stages
            layers:
              - conv: {name: depthwise, out: in, kernel: 3, groups: in}
              - batch_norm
              - layer_norm
              - relu
              - sigmoid
              - relu
              - conv: {name: pointwise, out: 8}
        - batch_norm
        - layer_norm
        - relu
        - sigmoid
        - relu
  - group:
      name: b
      layers:
        - conv: {out: 8, kernel: 3, when: not (separable and 1 in separable_stages)}
        - group:
            name: conv
            when: separable and 1 in separable_stages
            layers:
              - conv: {name: depthwise, out: in, kernel: 3, groups: in}
              - relu
              - conv: {name: pointwise, out: 8}
        - relu
  - group:
      name: c
      layers:
        - batch_norm
        - relu
        - conv: {out: 8, kernel: 3, when: not (separable and 1 in separable_stages)}
        - group:
            name: conv
            when: separable and 1 in separable_stages
            layers:
              - conv: {name: depthwise, out: in, kernel: 3, groups: in}
              - batch_norm
              - relu
              - conv: {name: pointwise, out: 8}
        - max_pool: {kernel: 3, stride: 1}
  - group:
      name: d
      layers:
        - relu
        - conv: {out: 8, kernel: 3, when: not (separable and 2 in separable_stages)}
        - group:
            name: conv
            when: separable and 2 in separable_stages
            layers:
              - conv: {name: depthwise, out: in, kernel: 3, groups: in}
              - conv: {name: pointwise, out: 8}
        - max_pool: {kernel: 3, stride: 1}
  - group:
      name: e
      layers:
        - batch_norm
        - conv: {out: 8, kernel: 3, when: not (separable and 3 in separable_stages)}
        - group:
            name: conv
            when: separable and 3 in separable_stages
            layers:
              - conv: {name: depthwise, out: in, kernel: 3, groups: in}
              - batch_norm
              - conv: {name: pointwise, out: 8}
        - batch_norm: {repeat: 2}
  - group:
      name: f
      layers:
        - batch_norm: {name: z}
        - relu: {repeat: 2}
        - conv: {out: 8, kernel: 3, when: not (separable and 3 in separable_stages)}
        - group:
            name: conv
            when: separable and 3 in separable_stages
            layers:
              - conv: {name: depthwise, out: in, kernel: 3, groups: in}
              - conv: {name: pointwise, out: 8}
        - max_pool: {kernel: 3, stride: 1}
  - group:
      name: g
      layers:
        - batch_norm
        - relu
        - channel_shuffle: {groups: 2}
        - conv: {out: 8, kernel: 3, when: not (separable and 4 in separable_stages)}
        - group:
            name: conv
            when: separable and 4 in separable_stages
            layers:
              - conv: {name: depthwise, out: in, kernel: 3, groups: in}
              - batch_norm
              - relu
              - conv: {name: pointwise, out: 8}
  - relu
)yaml");
  CHECK(text_after("+separable:first=1", R"yaml(layers:
  - group: {name: a, layers: [conv: {out: 8, kernel: 3}]}
  - relu: {name: mine}
  - group: {name: b, layers: [conv: {out: 8, kernel: 3}, batch_norm]}
  - leaky_relu: {slope: 0.3}
  - group: {name: c, layers: [group: {name: d, layers: [conv: {out: 8, kernel: 3}, batch_norm]}]}
  - relu
  - group: {name: e, repeat: 2, layers: [conv: {out: 8, kernel: 3}, batch_norm]}
  - relu
  - group: {name: f, layers: [conv: {out: 8, kernel: 3}, batch_norm]}
  - relu: {repeat: 2}
  - group: {name: g, layers: [conv: {out: 8, kernel: 3}, batch_norm]}
  - max_pool: {kernel: 3, stride: 1}
  - group: {name: h, layers: [conv: {out: 8, kernel: 3}, batch_norm]}
)yaml") ==
        R"yaml(layers:
  - group:
      name: a
      layers:
        - conv: {out: 8, kernel: 3, when: not (separable and 1 in separable_stages)}
        - group:
            name: conv
            when: separable and 1 in separable_stages
            layers:
              - conv: {name: depthwise, out: in, kernel: 3, groups: in}
              - relu
              - conv: {name: pointwise, out: 8}
  - relu: {name: mine}
  - group:
      name: b
      layers:
        - conv: {out: 8, kernel: 3, when: not (separable and 1 in separable_stages)}
        - group:
            name: conv
            when: separable and 1 in separable_stages
            layers:
              - conv: {name: depthwise, out: in, kernel: 3, groups: in}
              - batch_norm
              - leaky_relu: {slope: 0.3}
              - conv: {name: pointwise, out: 8}
        - batch_norm
  - leaky_relu: {slope: 0.3}
  - group:
      name: c
      layers:
        - group:
            name: d
            layers:
              - conv: {out: 8, kernel: 3, when: not (separable and 1 in separable_stages)}
              - group:
                  name: conv
                  when: separable and 1 in separable_stages
                  layers:
                    - conv: {name: depthwise, out: in, kernel: 3, groups: in}
                    - batch_norm
                    - relu
                    - conv: {name: pointwise, out: 8}
              - batch_norm
  - relu
  - group:
      name: e
      repeat: 2
      layers:
        - conv: {out: 8, kernel: 3, when: not (separable and 1 in separable_stages)}
        - group:
            name: conv
            when: separable and 1 in separable_stages
            layers:
              - conv: {name: depthwise, out: in, kernel: 3, groups: in}
              - batch_norm
              - conv: {name: pointwise, out: 8}
        - batch_norm
  - relu
  - group:
      name: f
      layers:
        - conv: {out: 8, kernel: 3, when: not (separable and 1 in separable_stages)}
        - group:
            name: conv
            when: separable and 1 in separable_stages
            layers:
              - conv: {name: depthwise, out: in, kernel: 3, groups: in}
              - batch_norm
              - conv: {name: pointwise, out: 8}
        - batch_norm
  - relu: {repeat: 2}
  - group:
      name: g
      layers:
        - conv: {out: 8, kernel: 3, when: not (separable and 1 in separable_stages)}
        - group:
            name: conv
            when: separable and 1 in separable_stages
            layers:
              - conv: {name: depthwise, out: in, kernel: 3, groups: in}
              - batch_norm
              - conv: {name: pointwise, out: 8}
        - batch_norm
  - max_pool: {kernel: 3, stride: 1}
  - group:
      name: h
      layers:
        - conv: {out: 8, kernel: 3, when: not (separable and 2 in separable_stages)}
        - group:
            name: conv
            when: separable and 2 in separable_stages
            layers:
              - conv: {name: depthwise, out: in, kernel: 3, groups: in}
              - batch_norm
              - conv: {name: pointwise, out: 8}
        - batch_norm
)yaml");
  // Behind all uses of a block, where it means the same in the block.
  CHECK(text_after("+separable:first=1", R"yaml(params: {slope: 0.3}
blocks:
  one: {layers: [conv: {out: 8, kernel: 3}, batch_norm]}
  two: {layers: [conv: {out: 8, kernel: 3}, batch_norm]}
  three: {layers: [conv: {out: 8, kernel: 3}]}
  four: {layers: [conv: {out: 8, kernel: 3}]}
layers:
  - one
  - leaky_relu: {slope: 0.3}
  - one
  - leaky_relu: {slope: 0.3}
  - two
  - leaky_relu: {slope: 0.3}
  - two
  - leaky_relu: {slope: 0.2}
  - three
  - leaky_relu: {slope: slope}
  - four
  - activation: {kind: relu}
  - four
  - activation: {kind: relu}
)yaml") ==
        R"yaml(blocks:
  one:
    args: {separable: 0}
    layers:
      - conv: {out: 8, kernel: 3, when: not separable}
      - group:
          name: conv
          when: separable
          layers:
            - conv: {name: depthwise, out: in, kernel: 3, groups: in}
            - batch_norm
            - leaky_relu: {slope: 0.3}
            - conv: {name: pointwise, out: 8}
      - batch_norm
  two:
    args: {separable: 0}
    layers:
      - conv: {out: 8, kernel: 3, when: not separable}
      - group:
          name: conv
          when: separable
          layers:
            - conv: {name: depthwise, out: in, kernel: 3, groups: in}
            - batch_norm
            - conv: {name: pointwise, out: 8}
      - batch_norm
  three:
    layers:
      - conv: {out: 8, kernel: 3, when: not separable}
      - group:
          name: conv
          when: separable
          layers:
            - conv: {name: depthwise, out: in, kernel: 3, groups: in}
            - conv: {name: pointwise, out: 8}
  four:
    args: {separable: 0}
    layers:
      - conv: {out: 8, kernel: 3, when: not separable}
      - group:
          name: conv
          when: separable
          layers:
            - conv: {name: depthwise, out: in, kernel: 3, groups: in}
            - activation: {kind: relu}
            - conv: {name: pointwise, out: 8}

layers:
  - one: {separable: separable}
  - leaky_relu: {slope: 0.3}
  - one: {separable: separable}
  - leaky_relu: {slope: 0.3}
  - two: {separable: separable}
  - leaky_relu: {slope: 0.3}
  - two: {separable: separable}
  - leaky_relu: {slope: 0.2}
  - three
  - leaky_relu: {slope: slope}
  - four: {separable: separable}
  - activation: {kind: relu}
  - four: {separable: separable}
  - activation: {kind: relu}
)yaml");
  CHECK(text_after("+separable:first=1", R"yaml(layers:
  - group: {name: a, layers: [batch_norm, conv: {out: 8, kernel: 3}]}
  - relu
  - group: {name: b, layers: [conv: {out: 8, kernel: 3}, batch_norm, relu]}
  - sigmoid
  - group: {name: c, layers: [conv: {out: 8, kernel: 3}, batch_norm: {name: n}]}
  - tanh: {name: t}
)yaml") ==
        R"yaml(layers:
  - group:
      name: a
      layers:
        - batch_norm
        - conv: {out: 8, kernel: 3, when: not separable}
        - group:
            name: conv
            when: separable
            layers:
              - conv: {name: depthwise, out: in, kernel: 3, groups: in}
              - batch_norm
              - conv: {name: pointwise, out: 8}
  - relu
  - group:
      name: b
      layers:
        - conv: {out: 8, kernel: 3, when: not separable}
        - group:
            name: conv
            when: separable
            layers:
              - conv: {name: depthwise, out: in, kernel: 3, groups: in}
              - batch_norm
              - relu
              - conv: {name: pointwise, out: 8}
        - batch_norm
        - relu
  - sigmoid
  - group:
      name: c
      layers:
        - conv: {out: 8, kernel: 3, when: not separable}
        - group:
            name: conv
            when: separable
            layers:
              - conv: {name: depthwise, out: in, kernel: 3, groups: in}
              - batch_norm: {name: n}
              - tanh
              - conv: {name: pointwise, out: 8}
        - batch_norm: {name: n}
  - tanh: {name: t}
)yaml");
}
