// SPDX-License-Identifier: Apache-2.0
// Files of PyTorch: blocks and layers that get images, vectors, or both.
#include "core/text.hpp"
#include "exporter/torch_text.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// Layers behind an image of 8 channels, 6x6.
exporter::TorchCode code_of_layers(const std::string& layers, const std::string& more = "") {
  const spec::ArchSpec spec = spec::read_spec_text(
      "net.yaml",
      "name: net\nsource: a test\ninput: {channels: 8, height: 6, width: 6}\n" + more +
          "layers:\n" + layers,
      ".");
  return exporter::torch_code(spec, {}, graph::build_network(spec), "archcost");
}

constexpr const char* kFormUnknown = "a layer takes images or vectors, as parameters say";

}  // namespace

TEST_CASE("a block behind a linear layer is written for vectors", "[export]") {
  const exporter::TorchCode code = code_of_layers(
      "  - global_avg_pool\n  - linear: {out: 8}\n  - sums\n  - norm_act: {name: last}\n",
      "blocks:\n  sums: [add: [[], [linear: {out: 8}, norm_act]], flatten, conv: {out: 4}]\n"
      "  norm_act: [batch_norm, relu]\n");
  // One of both blocks gets images too.
  CHECK(code.flat_because == kFormUnknown);
  const exporter::TorchCode vectors = code_of_layers(
      "  - global_avg_pool\n  - linear: {out: 8}\n  - sums\n  - linear: {out: 3}\n",
      "blocks:\n  sums: [add: [[], [linear: {out: 8}, norm_act]], flatten, conv: {out: 4}]\n"
      "  norm_act: [batch_norm, relu]\n");
  CHECK(vectors.flat_because.empty());
  CHECK(classes_of(vectors.text, "NormAct") == R"(class NormAct(nn.Sequential):
    def __init__(self, in_channels):
        super().__init__()
        self.batch_norm = nn.BatchNorm1d(in_channels)
        self.relu = nn.ReLU()
        self.out_channels = in_channels


class Sums(nn.Sequential):
    def __init__(self, in_channels):
        super().__init__()
        branch2 = nn.Sequential()
        branch2.linear = nn.Linear(in_channels, 8)
        branch2.norm_act = NormAct(8)
        self.add = Add({"0": nn.Identity(), "1": branch2})
        self.flatten = nn.Flatten()
        self.conv_unflatten = nn.Unflatten(1, (in_channels, 1, 1))
        self.conv = nn.Conv2d(in_channels, 4, 1, bias=False)
        self.out_channels = 4


class Net(nn.Sequential):
    """net
    """

    def __init__(self):
        super().__init__()
        self.input_shape = (8, 6, 6)
        self.global_avg_pool = nn.AdaptiveAvgPool2d(1)
        self.linear1_flatten = nn.Flatten()
        self.linear1 = nn.Linear(8, 8)
        self.sums = Sums(8)
        self.linear2_flatten = nn.Flatten()
        self.linear2 = nn.Linear(self.sums.out_channels, 3)
        self.out_channels = 3
)");
}

TEST_CASE("a block of images and vectors has modules that take both", "[export]") {
  const exporter::TorchCode code =
      code_of_layers("  - head: {n: 8}\n  - global_avg_pool\n  - head: {n: 4}\n",
                     "blocks:\n  head:\n    args: {n: required}\n    layers:\n"
                     "      - relu\n      - add: [[sigmoid], [tanh]]\n"
                     "      - linear: {out: n * 36, per_position: true}\n      - dropout\n");
  CHECK(code.flat_because.empty());
  CHECK(contains(code.text, "        branch1.sigmoid = nn.Sigmoid()\n"));
  const exporter::TorchCode twice =
      code_of_layers("  - global_avg_pool\n  - fc: {n: 8}\n  - fc: {n: 4}\n",
                     "blocks:\n  fc: {args: {n: required}, layers: [linear: {out: n}, relu]}\n");
  CHECK(twice.flat_because.empty());
  CHECK(classes_of(twice.text, "Fc") == R"(class Fc(nn.Sequential):
    def __init__(self, in_channels, n):
        super().__init__()
        self.linear_flatten = nn.Flatten()
        self.linear = nn.Linear(in_channels, n)
        self.relu = nn.ReLU()
        self.out_channels = n


class Net(nn.Sequential):
    """net
    """

    def __init__(self):
        super().__init__()
        self.input_shape = (8, 6, 6)
        self.global_avg_pool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = Fc(8, n=8)
        self.fc2 = Fc(self.fc1.out_channels, n=4)
        self.out_channels = self.fc2.out_channels
)");
}

TEST_CASE("layers whose input's form a parameter says are written one by one", "[export]") {
  const std::string flat = "params: {flat: {default: 1, choices: [0, 1]}}\n";
  const exporter::TorchCode norm = code_of_layers(
      "  - global_avg_pool\n  - flatten: {when: flat}\n  - batch_norm\n  - linear: {out: 3}\n",
      flat);
  CHECK(norm.flat_because == kFormUnknown);
  CHECK(contains(norm.text, "        self.batch_norm = nn.BatchNorm1d(8)\n"));
  const exporter::TorchCode relu = code_of_layers(
      "  - global_avg_pool\n  - flatten: {when: flat}\n  - relu\n  - linear: {out: 3}\n", flat);
  CHECK(relu.flat_because.empty());
  CHECK(contains(relu.text, "        self.linear_flatten = nn.Flatten()\n"));
  const exporter::TorchCode linear =
      code_of_layers("  - global_avg_pool\n  - linear: {out: 3, per_position: flat}\n", flat);
  CHECK(linear.flat_because == "whether a linear layer is per position depends on a parameter");
}

TEST_CASE("products of vectors, and tokens of vectors, are those of images", "[export]") {
  const exporter::TorchCode code = code_of_layers(
      "  - matmul: {a: [global_avg_pool, flatten], b: [global_avg_pool, linear: {out: 8}]}\n"
      "  - linear: {out: 6}\n  - class_token\n");
  CHECK(classes_of(code.text, "Net") == R"(class Net(nn.Sequential):
    """net
    """

    def __init__(self):
        super().__init__()
        self.input_shape = (8, 6, 6)
        a = nn.Sequential()
        a.global_avg_pool = nn.AdaptiveAvgPool2d(1)
        a.flatten = nn.Flatten()
        a.unflatten = nn.Unflatten(1, (8, 1, 1))
        b = nn.Sequential()
        b.global_avg_pool = nn.AdaptiveAvgPool2d(1)
        b.linear_flatten = nn.Flatten()
        b.linear = nn.Linear(8, 8)
        b.unflatten = nn.Unflatten(1, (8, 1, 1))
        self.matmul = MatMul({"a": a, "b": b})
        self.linear_flatten = nn.Flatten()
        self.linear = nn.Linear(8, 6)
        self.class_token_unflatten = nn.Unflatten(1, (6, 1, 1))
        self.class_token = ClassToken(6)
        self.out_channels = 6
)");
  const exporter::TorchCode flat = code_of_layers(
      "  - global_avg_pool\n  - linear: {name: a, out: 8}\n  - linear: {name: b, out: 8}\n"
      "  - matmul: {name: m, from: [a, b]}\n");
  CHECK(contains(flat.text, "        x = self.m(x2[:, :, None, None], x[:, :, None, None])\n"));
}

TEST_CASE("a padding of one layer that parameters choose, and one by side, are written one by one",
          "[export]") {
  const std::string pads = "params: {p: {default: 1, choices: [1, 2]}}\n";
  CHECK(code_of_layers("  - conv: {out: 4, kernel: 3, pad: p}\n"
                       "  - conv: {out: 4, kernel: 3, pad: [0, 0, 2, 2]}\n",
                       pads)
            .flat_because == "a padding depends on a parameter, and one differs by side");
  CHECK(code_of_layers("  - conv: {out: 4, kernel: 3, pad: same_tf if p == 1 else valid}\n", pads)
            .flat_because ==
        "a padding that differs by side, or is TensorFlow's, depends on a parameter");
}

TEST_CASE("names of layers don't hide attributes of modules", "[export]") {
  const exporter::TorchCode code = code_of_layers(
      "  - relu: {name: macs}\n  - relu: {name: further_inputs}\n  - relu: {name: __init__}\n"
      "  - relu: {name: __x}\n  - relu: {name: _modules}\n  - relu: {name: _3x3}\n");
  CHECK(contains(code.text, R"(
        self.macs_ = nn.ReLU()
        self.further_inputs_ = nn.ReLU()
        self.__init___ = nn.ReLU()
        self.__x___ = nn.ReLU()
        self._modules_ = nn.ReLU()
        self._3x3 = nn.ReLU()
)"));
}

TEST_CASE("padded pools leave out windows that begin behind the image", "[export]") {
  const exporter::TorchCode code =
      code_of_layers("  - avg_pool: {kernel: 3, stride: 3, pad: [0, 0, 2, 2], ceil_mode: true}\n");
  CHECK(contains(code.text, "PaddedAvgPool2d(3, ceil_mode=True, sides=(0, 2, 0, 2))"));
  CHECK(contains(code.text,
                 "            return drop_late_windows(F.pad(x, self.sides), self, self.sides)\n"));
}

TEST_CASE("weights of other shapes are taken by name", "[export]") {
  const exporter::TorchCode code = code_of_layers("  - scale\n");
  CHECK(contains(code.text, R"(
        if strict and shapes_of(state_dict) != shapes_of(own):
            state_dict = by_order(own, state_dict)
)"));
  CHECK(contains(code.text, R"(
    if set(first.values()) <= values.keys() <= own.keys():
        values = {name: values[name] for name in first.values()}
)"));
}
