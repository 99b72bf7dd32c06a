// SPDX-License-Identifier: Apache-2.0
// Exported files of PyTorch as texts. bench/export_check.py runs them.
#include <fmt/core.h>

#include "core/text.hpp"
#include "exporter/export_torch.hpp"
#include "exporter/python_expression.hpp"
#include "exporter/python_format.hpp"
#include "exporter/torch_text.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("a spec becomes classes with its arguments, loops and parameters", "[export]") {
  const std::string text = torch_of(R"(
name: small_net
source: a test
params:
  alpha: {default: 1, help: width multiplier, min: 0.25}
  units: 2
  se: {default: 0, choices: [0, 1]}
input: {channels: 3, height: round(32 * alpha), width: round(32 * alpha)}
tables:
  widths: [16, 32]
blocks:
  conv_bn:
    args: {out: required, kernel: 1, stride: 1, groups: 1, act: {default: relu, choices: [relu, none]}}
    layers:
      - conv: {out: out, kernel: kernel, stride: stride, groups: groups}
      - batch_norm
      - activation: {kind: act}
  unit:
    args: {c: required, s: required}
    let: {hidden: in // 4}
    layers:
      - add:
          shortcut: {when: s == 1 and in == c}
          residual:
            - conv_bn: {name: depthwise, out: in, kernel: 3, stride: s, groups: in}
            - multiply:
                when: se
                map: []
                gate: [global_avg_pool, flatten, linear: {out: hidden}, relu, linear: {out: in * 4}, sigmoid]
            - conv_bn: {name: project, out: c, act: none}
layers:
  - conv_bn: {name: stem, out: round(widths(1) * alpha), kernel: 3, stride: 2}
  - unit: {c: round(widths(2) * alpha), s: 2 if i == 1 else 1, repeat: units}
  - global_avg_pool
  - linear: {name: fc, out: 10}
)");
  CHECK(classes_of(text, "ConvBn") == R"(class ConvBn(nn.Sequential):
    def __init__(self, in_channels, out, kernel=1, stride=1, groups=1, act="relu"):
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels,
            out,
            kernel,
            stride=stride,
            padding=same_padding(kernel),
            groups=groups,
            bias=False,
        )
        self.batch_norm = nn.BatchNorm2d(out)
        if act != "none":
            self.act = ACTIVATIONS[act]()
        self.out_channels = out


class Unit(nn.Sequential):
    def __init__(self, in_channels, c, s, se):
        super().__init__()
        hidden = in_channels // 4
        branches = {}
        if s == 1 and in_channels == c:
            branches["shortcut"] = nn.Identity()
        residual = nn.Sequential()
        residual.depthwise = ConvBn(
            in_channels, out=in_channels, kernel=3, stride=s, groups=in_channels
        )
        if se:
            gate = nn.Sequential()
            gate.global_avg_pool = nn.AdaptiveAvgPool2d(1)
            gate.flatten = nn.Flatten()
            gate.linear1 = nn.Linear(residual.depthwise.out_channels, hidden)
            gate.relu = nn.ReLU()
            gate.linear2 = nn.Linear(hidden, hidden * 4)
            gate.sigmoid = nn.Sigmoid()
            gate.unflatten = nn.Unflatten(1, (gate.linear2.out_features, 1, 1))
            residual.multiply = Multiply({"map": nn.Identity(), "gate": gate})
        residual.project = ConvBn(residual.depthwise.out_channels, out=c, act="none")
        branches["residual"] = residual
        self.add = Add(branches)
        self.out_channels = residual.project.out_channels


class SmallNet(nn.Sequential):
    """small_net

    alpha: width multiplier
    """

    def __init__(self, alpha=1.0, units=2, se=0):
        super().__init__()
        alpha = exact(alpha)
        height = round_half_up(32 * alpha)
        self.input_shape = (3, height, height)
        self.stem = ConvBn(3, out=round_half_up(WIDTHS[0] * alpha), kernel=3, stride=2)
        channels = self.stem.out_channels
        for i in range(1, units + 1):
            unit = Unit(
                channels,
                c=round_half_up(WIDTHS[1] * alpha),
                s=2 if i == 1 else 1,
                se=se,
            )
            self.add_module(f"unit{i}", unit)
            channels = unit.out_channels
        self.global_avg_pool = nn.AdaptiveAvgPool2d(1)
        self.fc_flatten = nn.Flatten()
        self.fc = nn.Linear(channels, 10)
        self.out_channels = 10
)");
}

TEST_CASE("expressions of the spec language in Python", "[export]") {
  const auto translated = [](const std::string& text) {
    spec::Expression expression = spec::parse_expression(text, {});
    std::set<std::string> helpers;
    for (spec::ExpressionNode& node : expression.nodes) {
      if (node.op == spec::ExpressionOp::kName) node.scope = spec::Scope::kArgument;
      if (node.op != spec::ExpressionOp::kCall) continue;
      node.scope = spec::Scope::kArgument;
      node.function = spec::find_function(node.text).value_or(spec::Function::kNone);
    }
    const exporter::PythonNames names = {
        [](const spec::ExpressionNode& node) { return node.text; },
        [](const spec::ExpressionNode& node) { return node.text == "alpha"; }, &helpers};
    return exporter::python_value(expression, names);
  };
  CHECK(translated("round(c * alpha)") == "round_half_up(c * alpha)");
  CHECK(translated("c * alpha") == "exact(c * alpha)");
  CHECK(translated("c / 4") == "exact(Fraction(c, 4))");
  CHECK(translated("c // 4 % 3") == "c // 4 % 3");
  CHECK(translated("a - (b - c)") == "a - (b - c)");
  CHECK(translated("-2 ** 2") == "-2 ** 2");
  CHECK(translated("1 if a == 1 and not b else 2") == "1 if a == 1 and not b else 2");
  CHECK(translated("(1 if a else 2) * 3") == "(1 if a else 2) * 3");
  CHECK(translated("0.35 * c") == "exact(Fraction(\"0.35\") * c)");
  CHECK(translated("ceil(1.1 * c)") == "math.ceil(Fraction(\"1.1\") * c)");
  CHECK(translated("widths(2)") == "widths[1]");
  CHECK(translated("widths(7 + i)") == "widths[i + 6]");
  CHECK(translated("widths(i - 1)") == "widths[i - 2]");
  CHECK(translated("widths(i)") == "widths[i - 1]");
  CHECK(translated("divisible(c * alpha, 8)") == "divisible(c * alpha)");
  CHECK(translated("len(c)") == "len(c)");
  CHECK(translated("log2(c) // 2") == "math.floor(math.log2(c) // 2)");
  CHECK(translated("sqrt(c) / 2") == "exact(quotient(exact_sqrt(c), 2))");
  CHECK(translated("alpha / sqrt(4)") == "exact(quotient(alpha, exact_sqrt(4)))");
  CHECK(translated("max([c, 5], n, [[2]])") == "max(c, 5, n, 2)");
  CHECK(translated("min(n) + 1") == "n + 1");
  CHECK(translated("2 * max(n + 1)") == "2 * (n + 1)");
  CHECK(translated("floor(log2(c))") == "math.floor(math.log2(c))");
  CHECK(translated("[c, 2 * c]") == "(c, 2 * c)");
  CHECK(translated("max(1, c // 16)") == "max(1, c // 16)");
}

TEST_CASE("names of specs become names of Python", "[export]") {
  CHECK(exporter::python_class("mobilenet_v1") == "MobileNetV1");
  CHECK(exporter::python_class("senet154") == "SeNet154");
  CHECK(exporter::python_class("conv_bn_relu") == "ConvBnRelu");
  CHECK(exporter::python_class("3x3") == "Net3x3");
  CHECK(exporter::python_name("lambda") == "lambda_");
  CHECK(exporter::python_name("3x3") == "_3x3");
  CHECK(exporter::python_class("resnet50+groups:g=2") == "ResNet50GroupsG2");
  CHECK(exporter::python_class("my-net") == "MyNet");
  CHECK(exporter::python_class("größe") == "GrE");
}

TEST_CASE("statements are broken as black breaks them", "[export]") {
  CHECK(exporter::python_statement("x = f(a, b)", 1) == "    x = f(a, b)\n");
  const std::string word(30, 'w');
  CHECK(exporter::python_statement(fmt::format("x = f({0}, {0}, {0})", word), 0) ==
        fmt::format("x = f(\n    {0},\n    {0},\n    {0},\n)\n", word));
  CHECK(exporter::python_statement(
            fmt::format("f(a={0} if {0} == 1 and {0} == 2 and b else c, d=e)", word), 0) ==
        fmt::format("f(\n    a={0}\n    if {0} == 1 and {0} == 2 and b\n    else c,\n    d=e,\n)\n",
                    word));
  const std::string half(38, 'w');
  CHECK(exporter::python_statement(fmt::format("value = f({0}, {0})", half), 0) ==
        fmt::format("value = f(\n    {0}, {0}\n)\n", half));
}

TEST_CASE("a broken line has no comma where it would make a tuple", "[export]") {
  const std::string word(30, 'w');
  CHECK(exporter::python_statement(fmt::format("if (a if {0} else {0}) == b:", word), 0) ==
        fmt::format("if (a if {0} else {0}) == b:\n", word));
  const std::string group = fmt::format("({0}1 if {0}2 > {0}3 else {0}4)", word);
  const auto lines = [&](const std::string& indent) {
    return fmt::format("{1}{0}1\n{1}if {0}2 > {0}3\n{1}else {0}4\n", word, indent);
  };
  CHECK(exporter::python_statement(fmt::format("if {} == 8:", group), 0) ==
        "if (\n" + lines("    ") + ") == 8:\n");
  CHECK(exporter::python_statement(fmt::format("x = f({} * 2, b)", group), 0) ==
        "x = f(\n    (\n" + lines("        ") + "    )\n    * 2,\n    b,\n)\n");
  CHECK(exporter::python_statement(fmt::format("x = WIDTHS[{} * 2]", group), 0) ==
        "x = WIDTHS[\n    (\n" + lines("        ") + "    )\n    * 2\n]\n");
  CHECK(exporter::python_statement(fmt::format("x = f({0}{0}{0})", word), 0) ==
        fmt::format("x = f(\n    {0}{0}{0},\n)\n", word));
  CHECK(exporter::python_statement(fmt::format("x = ({0}{0}{0},)", word), 0) ==
        fmt::format("x = (\n    {0}{0}{0},\n)\n", word));
}

// What black 23.1 makes of the same statements.
TEST_CASE("operators that bind least are broken first", "[export]") {
  const std::string word(30, 'w');
  const std::string call = fmt::format("max(1, {0}2, {0}3, {0}4)", word);
  const auto arguments = [&](const std::string& indent) {
    return fmt::format("max(\n{1}    1,\n{1}    {0}2,\n{1}    {0}3,\n{1}    {0}4,\n{1})", word,
                       indent);
  };
  CHECK(exporter::python_statement("y = f(a=g if c and " + call + " % g == 0 else 1, b=2)", 0) ==
        "y = f(\n    a=g\n    if c\n    and " + arguments("    ") +
            "\n    % g\n    == 0\n    else 1,\n    b=2,\n)\n");
  CHECK(exporter::python_statement("y = f(a=" + call + " // 2, b=2)", 0) ==
        "y = f(\n    a=" + arguments("    ") + "\n    // 2,\n    b=2,\n)\n");
  CHECK(exporter::python_statement(fmt::format("y = f(a={0}1 % {0}2 == {0}3 + {0}4, b=2)", word),
                                   0) ==
        fmt::format("y = f(\n    a={0}1 % {0}2\n    == {0}3 + {0}4,\n    b=2,\n)\n", word));
  // In parentheses of their own, where the last brackets are not the end.
  CHECK(exporter::python_statement("z = " + call + " // 2", 0) ==
        "z = (\n    " + arguments("    ") + "\n    // 2\n)\n");
  CHECK(exporter::python_statement("if " + call + " // 2 == 1:", 0) ==
        "if (\n    " + arguments("    ") + "\n    // 2\n    == 1\n):\n");
  CHECK(exporter::python_statement("if s == 1 and " + call + ":", 0) ==
        "if s == 1 and " + arguments("") + ":\n");
  CHECK(exporter::python_statement("if s == 1 and k > 2 and " + call + ":", 0) ==
        "if (\n    s == 1\n    and k > 2\n    and " + arguments("    ") + "\n):\n");
  CHECK(exporter::python_statement(
            fmt::format("return ({0}1 if {0}2 > {0}3 else {0}4) % 8 not in {0}", word), 0) ==
        fmt::format("return (\n    {0}1\n    if {0}2 > {0}3\n    else {0}4\n) % 8 not in {0}\n",
                    word));
}

TEST_CASE("lists, flags and paddings that parameters choose", "[export]") {
  const std::string text = torch_of(R"(
name: chosen
source: a test
params:
  l: {default: [3, 5, 7], help: numbers}
  up: {default: 1, choices: [0, 1]}
  pads: {default: [1, 1, 1, 1], help: padding}
blocks:
  unit: {args: {a: required, b: 2}, layers: [conv: {out: 'max(a, b)', kernel: 3, pad: pads}]
}
input: {channels: 4, height: 8, width: 8}
layers:
  - unit: {a: l}
  - max_pool: {kernel: 3, stride: 2, ceil_mode: up}
  - avg_pool: {kernel: 2, count_include_pad: up == 1}
)");
  CHECK(classes_of(text, "Unit") == R"(class Unit(nn.Sequential):
    def __init__(self, in_channels, a, pads, b=2):
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels,
            max(numbers_in(a, b)),
            3,
            padding=to_padding(pads, 3),
            bias=False,
        )
        self.out_channels = self.conv.out_channels


class Chosen(nn.Sequential):
    """chosen

    l: numbers
    pads: padding
    """

    def __init__(self, l=(3, 5, 7), up=1, pads=(1, 1, 1, 1)):
        super().__init__()
        self.input_shape = (4, 8, 8)
        self.unit = Unit(4, a=l, pads=pads)
        self.max_pool = nn.MaxPool2d(3, stride=2, ceil_mode=bool(up))
        self.avg_pool = nn.AvgPool2d(2, count_include_pad=bool(up == 1))
        self.out_channels = self.unit.out_channels
)");
}

TEST_CASE("every shipped family is written with its blocks and parameters", "[export]") {
  for (const std::string& name : shipped_library().names()) {
    INFO(name);
    const spec::ArchSpec& spec = shipped_spec(name);
    const exporter::TorchCode code =
        exporter::torch_code(spec, {}, graph::build_network(spec), "archcost");
    // Its padding depends on the size of what enters a block.
    CHECK(code.flat_because ==
          (name == "bn_inception" ? "'h' depends on sizes that the code doesn't compute" : ""));
  }
}
