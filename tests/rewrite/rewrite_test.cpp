// SPDX-License-Identifier: Apache-2.0
// Rewrites against the papers' figures and against specs that were written with the technique.
#include <filesystem>

#include "layers/kinds.hpp"
#include "onnx/reader.hpp"
#include "rewrite/rewrites.hpp"
#include "spec/spec_writer.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("a standard convolution, separable and grouped, has the article's figures", "[rewrite]") {
  const Opened standard = open_shipped("standard_conv");
  CHECK(totals(standard.network()) == Totals{108, 972});
  const Opened separable = rewritten(standard, "+separable");
  CHECK(totals(separable.network()) == Totals{39, 351});
  CHECK(differences(separable.network(), shipped("separable_conv"), false).empty());

  CHECK(totals(rewritten(open_shipped("standard_conv", {"n=12"}), "+groups:g=3").network()) ==
        Totals{108, 972});
  const Opened wide = open_shipped("group_conv", {"g=1"});
  const Totals whole = totals(wide.network());
  for (const std::int64_t g : {2, 3, 4, 6, 12}) {
    const std::string text = "+groups:g=" + std::to_string(g);
    const std::string yaml =
        "name: wide\ninput: {channels: 12, height: 5, width: 5}\n"
        "layers:\n  - conv: {out: 24, kernel: 3, pad: valid}\n";
    CHECK(totals(rewritten(open_text(yaml), text).network()) ==
          Totals{whole.params / g, whole.macs / g});
    CHECK(differences(rewritten(open_text(yaml), text).network(),
                      shipped("group_conv", {"g=" + std::to_string(g)}))
              .empty());
  }
}

TEST_CASE("MobileNet with standard convolutions taken apart is MobileNet", "[rewrite]") {
  const Opened standard = open_shipped("mobilenet_v1", {"separable=0"});
  const Opened separable = rewritten(standard, "+separable");
  CHECK(totals(separable.network()) == Totals{4'231'976, 568'740'352});
  CHECK(differences(separable.network(), shipped("mobilenet_v1"), false).empty());
}

TEST_CASE("squeeze-and-excitation added to ResNet-50 is SE-ResNet-50", "[rewrite]") {
  const Opened plain = open_shipped("resnet50", {"stride_in=k1"});
  for (const auto& [ours, theirs] :
       {std::pair("standard", "standard"), std::pair("pre", "pre"), std::pair("post", "post"),
        std::pair("identity", "identity"), std::pair("k3x3", "inner")}) {
    INFO(ours);
    const Opened se = rewritten(plain, "+se:position=" + std::string(ours));
    CHECK(differences(se.network(), shipped("se_resnet50", {"se_position=" + std::string(theirs)}))
              .empty());
  }
  CHECK(differences(
            rewritten(plain, "+se:stages=[4,5],reduction=8,squeeze=max,gate=tanh").network(),
            shipped("se_resnet50", {"se_stages=[4, 5]", "reduction=8", "squeeze=max", "gate=tanh"}))
            .empty());
  CHECK(differences(rewritten(open_shipped("resnet18"), "+se").network(), shipped("se_resnet18"))
            .empty());
}

TEST_CASE("squeeze-and-excitation added to MobileNet is that of the SE paper", "[rewrite]") {
  CHECK(differences(rewritten(open_shipped("mobilenet_v1"), "+se").network(),
                    shipped("mobilenet_v1", {"se=1"}), false)
            .empty());
  CHECK(differences(rewritten(open_shipped("vgg16_bn"), "+se").network(), shipped("se_vgg16_bn"))
            .empty());
}

TEST_CASE("a unit gets one shuffle, after what was taken apart too", "[rewrite]") {
  for (const std::string name : {"resnet50", "resnet18"}) {
    const graph::Network network = rewritten(open_shipped(name), "+separable+groups:g=4").network();
    std::vector<std::string> shuffles;
    for (const graph::Layer& layer : network.layers) {
      if (layer.kind->name == "channel_shuffle") shuffles.push_back(layer.name);
    }
    INFO(name);
    CHECK(shuffles.size() == (name == "resnet50" ? 16u : 8u));
    for (const std::string& path : shuffles) CHECK(path.ends_with(".residual.channel_shuffle"));
  }
}

TEST_CASE("a residual unit, separable and grouped, is ShuffleNet's", "[rewrite]") {
  const std::string unit =
      "name: unit\n"
      "input: {channels: 240, height: 28, width: 28}\n"
      "layers:\n"
      "  - add:\n"
      "      branches:\n"
      "        - []\n"
      "        - - conv: {name: gconv1, out: 60}\n"
      "          - batch_norm\n"
      "          - relu\n"
      "          - conv: {name: conv2, out: 240, kernel: 3}\n"
      "          - batch_norm\n"
      "  - relu\n";
  const Opened a = rewritten(open_text(unit), "+separable:first=1");
  CHECK(differences(a.network(), shipped("shufflenet_unit_a"), false).empty());
  const Opened b = rewritten(a, "+groups:g=3");
  CHECK(differences(b.network(), shipped("shufflenet_unit_b"), false).empty());
  CHECK(differences(rewritten(a, "+groups:g=3,shuffle=0").network(), b.network(), false) ==
        "+ channel_shuffle\n");
}

TEST_CASE("a separable convolution has the activation behind its group", "[rewrite]") {
  const auto kinds = [](const std::string& layers) {
    const Opened opened =
        rewritten(open_text("name: net\ninput: {channels: 8, height: 16, width: 16}\n" + layers),
                  "+separable:first=1");
    std::string text;
    for (const graph::Layer& layer : opened.network().layers)
      text += (text.empty() ? "" : " ") + std::string(layer.kind->name);
    return text;
  };
  const std::string whole = "conv batch_norm relu conv batch_norm relu";
  const std::string pair = "{name: conv, out: 8, kernel: 3}\n          - batch_norm\n";
  // As imported networks have it: a group of the convolution and its norm, the activation after it.
  CHECK(kinds("layers:\n  - group:\n      name: a\n      layers:\n          - conv: " + pair +
              "  - relu\n") == whole);
  CHECK(kinds("layers:\n  - group:\n      name: a\n      layers:\n          - conv: " + pair +
              "  - leaky_relu: {slope: 0.2}\n") ==
        "conv batch_norm leaky_relu conv batch_norm leaky_relu");
  // After all uses of a block.
  const std::string block = "blocks:\n  unit:\n    layers:\n          - conv: " + pair;
  CHECK(kinds(block + "layers: [unit, relu, unit, relu]\n") == whole + " " + whole);
  CHECK(kinds(block + "layers: [unit, relu, unit, sigmoid]\n") ==
        "conv batch_norm conv batch_norm relu conv batch_norm conv batch_norm sigmoid");
  // What follows a merge isn't the branch's.
  CHECK(kinds("layers:\n  - add:\n      branches:\n        - []\n        -\n          - conv: " +
              pair + "  - relu\n") == "conv batch_norm conv batch_norm add relu");
}

TEST_CASE("channels are rounded up to multiples of the groups", "[rewrite]") {
  // out/4 = 68 channels, of 272 for four groups and of 384 for eight: ShuffleNet's rule.
  const std::string unit =
      "name: unit\n"
      "input: {channels: 272, height: 28, width: 28}\n"
      "layers:\n"
      "  - add:\n"
      "      branches:\n"
      "        - []\n"
      "        - - conv: {name: gconv1, out: 68}\n"
      "          - batch_norm\n"
      "          - relu\n"
      "          - conv: {name: depthwise, out: in, kernel: 3, groups: in}\n"
      "          - batch_norm\n"
      "          - conv: {name: gconv2, out: 272}\n"
      "          - batch_norm\n"
      "  - relu\n"
      "  - global_avg_pool\n"
      "  - linear: {out: 10}\n";
  const auto channels = [&](const std::string& rewrite) {
    const graph::Network network = rewritten(open_text(unit), rewrite).network();
    return std::pair(network.layers[0].output.channels.value(), totals(network).params);
  };
  CHECK(channels("+groups:g=8") ==
        std::pair<std::int64_t, std::int64_t>(68, totals(open_text(unit).network()).params));
  // 72 channels: 2 * 272 * 72 / 8 + 9 * 72, norms 2 * (72 + 72 + 272), 2730 of the classifier.
  CHECK(channels("+groups:g=8,round=1") == std::pair<std::int64_t, std::int64_t>(72, 9106));
  const std::string message = rewrite_error(
      open_text("name: odd\ninput: {channels: 3, height: 8, width: 8}\n"
                "blocks:\n"
                "  unit:\n"
                "    args: {c: required}\n"
                "    layers:\n"
                "      - add:\n"
                "          body: [conv: {out: c}]\n"
                "          skip: [conv: {name: project, out: c, when: in != c}]\n"
                "layers: [unit: {c: 20}, unit: {c: 20}, linear: {out: 2, per_position: true}]\n"),
      "+groups:g=8,round=1");
  CHECK(message ==
        "+groups:g=8,round=1: error: 'odd' has layers that depend on the sizes of others: 6 layers "
        "would become 7");
}

TEST_CASE("a spec of numbers gets a width multiplier and its widths", "[rewrite]") {
  const std::string yaml =
      "name: net\n"
      "input: {channels: 3, height: 32, width: 32}\n"
      "blocks:\n"
      "  unit:\n"
      "    args: {c: required, s: 1}\n"
      "    let: {inner: c // 2}\n"
      "    layers:\n"
      "      - add:\n"
      "          body:\n"
      "            - conv: {name: a, out: inner, stride: s}\n"
      "            - conv: {name: b, out: 2 * in, kernel: 3}\n"
      "          skip: [conv: {name: project, out: c, stride: s, when: s != 1 or in != c}]\n"
      "layers:\n"
      "  - conv: {name: stem, out: 16, kernel: 3}\n"
      "  - unit: {c: 16}\n"
      "  - unit: {c: 24, s: 2}\n"
      "  - global_avg_pool\n"
      "  - linear: {name: hidden, out: 40}\n"
      "  - linear: {name: classes, out: 10}\n";
  const auto channels = [&](const std::vector<std::string>& settings) {
    Opened opened = rewritten(open_text(yaml), "+width:alpha=0.5");
    for (const std::string& setting : settings)
      opened.options.settings.push_back(graph::parse_setting(opened.spec, setting, "--set"));
    std::vector<std::int64_t> out;
    for (const graph::Layer& layer : opened.network().layers) {
      if (layers::has_kernel(*layer.kind)) out.push_back(layer.output.channels.value());
    }
    return out;
  };
  using Channels = std::vector<std::int64_t>;
  CHECK(channels({}) == Channels{8, 4, 8, 6, 12, 12, 20, 10});
  CHECK(channels({"alpha=1"}) == Channels{16, 8, 16, 12, 24, 24, 40, 10});
  CHECK(channels({"alpha=1", "widths=[16, 8, 32]"}) == Channels{16, 8, 16, 16, 32, 32, 8, 10});
  CHECK(channels({"alpha=0.6", "divisor=4"}) == Channels{12, 6, 12, 8, 16, 16, 24, 10});
}

TEST_CASE("ResNeXt is ResNet with grouped 3x3 convolutions of another width", "[rewrite]") {
  // group_width 4 makes the inner width 128 of 64 in stage 2; without it only the groups differ.
  const Opened grouped =
      rewritten(open_shipped("resnet50", {"group_width=128"}), "+groups:g=32,where=all,shuffle=0");
  const std::string text =
      differences(grouped.network(), shipped("resnet50", {"g=32", "group_width=4"}));
  CHECK_FALSE(contains(text, ".b.conv"));
  CHECK_FALSE(contains(text, "out "));
  CHECK(contains(text, "stage2.unit1.residual.a.conv: groups 32 -> 1"));
}

TEST_CASE("at its neutral value a rewrite is the network before, name by name", "[rewrite]") {
  const std::vector<std::string> neutral = {"+separable:separable=0",
                                            "+bottleneck:bottleneck=0",
                                            "+groups:g=1",
                                            "+groups:g=1,where=all",
                                            "+se:se=0",
                                            "+resolution",
                                            "+width"};
  int checked = 0;
  for (const std::string& name : shipped_library().names()) {
    for (const std::string& rewrite : neutral) {
      const Opened opened = open_shipped(name);
      Opened changed;
      try {
        changed = rewritten(opened, rewrite);
      } catch (const Error&) {
        continue;
      }
      INFO(name << rewrite);
      CHECK(differences(opened.network(), changed.network()).empty());
      ++checked;
    }
  }
  CHECK(checked > 120);
}

TEST_CASE("behind a rewrite at its neutral value another one does what it does alone",
          "[rewrite]") {
  const std::vector<std::string> neutral = {"+separable:separable=0", "+bottleneck:bottleneck=0",
                                            "+groups:g=1,where=all"};
  const std::vector<std::string> second = {"+se", "+separable", "+bottleneck", "+groups:g=2"};
  int checked = 0;
  for (const std::string& name : shipped_library().names()) {
    const Opened opened = open_shipped(name);
    for (const std::string& rewrite : second) {
      if (!rewrite_error(opened, rewrite).empty()) continue;
      const graph::Network alone = rewritten(opened, rewrite).network();
      for (const std::string& first : neutral) {
        if (first.substr(0, 5) == rewrite.substr(0, 5) || !rewrite_error(opened, first).empty())
          continue;
        INFO(name << first << rewrite);
        // `groups` may shuffle at one place more: where the other one has a 1x1 convolution.
        CHECK(totals(alone) == totals(rewritten(opened, first + rewrite).network()));
        ++checked;
      }
    }
  }
  CHECK(checked > 100);
}

TEST_CASE("norms in front stand between the parts, also behind a shuffle", "[rewrite]") {
  const graph::Network alone = rewritten(open_shipped("densenet121"), "+separable").network(),
                       grouped = rewritten(open_shipped("densenet121"), "+groups:g=4+separable")
                                     .network();
  const auto norms = [](const graph::Network& network) {
    return std::count_if(
        network.layers.begin(), network.layers.end(),
        [](const graph::Layer& layer) { return layer.kind->name == "batch_norm"; });
  };
  CHECK(norms(alone) == norms(grouped));
}

TEST_CASE("every shipped spec and ONNX file takes every rewrite or says why not", "[rewrite]") {
  const std::vector<std::string> every = {
      "+separable",       "+bottleneck",           "+bottleneck:inverted=1",
      "+groups:g=2",      "+groups:g=4,where=all", "+se",
      "+width:alpha=0.5", "+resolution:rho=5/7",   "+activation",
      "+kernel"};
  int built = 0;
  std::vector<std::pair<std::string, Opened>> networks;
  for (const std::string& name : shipped_library().names())
    networks.emplace_back(name, open_shipped(name));
  for (const auto& file : std::filesystem::directory_iterator(source_dir() / "tests/onnx/models")) {
    if (file.path().extension() == ".onnx")
      networks.emplace_back(file.path().filename(), Opened{onnx::read_model(file.path()), {}});
  }
  for (const auto& [name, opened] : networks) {
    for (const std::string& rewrite : every) {
      INFO(name << rewrite);
      try {
        const Opened changed = rewritten(opened, rewrite);
        const graph::Network network = changed.network();
        // The written spec is the same network.
        const std::string text = spec::write_spec(
            spec::with_defaults(changed.spec, graph::set_values(changed.spec, changed.options)));
        INFO(text);
        CHECK(differences(network, network_of(text)).empty());
        ++built;
      } catch (const Error& error) {
        const std::string message = error.what();
        const bool says_why = contains(message, "it changes nothing in") ||
                              contains(message, "must ") || contains(message, "larger than") ||
                              contains(message, "can't become") || contains(message, "layers") ||
                              contains(message, "isn't clear");
        CHECK(says_why);
        if (!says_why) WARN(message);
      }
    }
  }
  CHECK(built > 230);
}

TEST_CASE("a rewrite says what it kept and refuses what it can't", "[rewrite]") {
  const Opened resnext = rewritten(open_shipped("resnext50_32x4d"), "+groups:g=2");
  CHECK(rewrite_error(open_shipped("vit"), "+kernel") ==
        "+kernel: error: it changes nothing in 'vit': it looks for depthwise convolutions with a "
        "kernel larger than 1x1");
  CHECK(rewrite_error(open_shipped("vgg16"), "+separabel") ==
        "+separabel: error: no rewrite 'separabel'; did you mean 'separable'?");
  CHECK(rewrite_error(open_shipped("vgg16"), "+foo") ==
        "+foo: error: no rewrite 'foo'; known are 'width', 'resolution', 'separable', 'groups', "
        "'bottleneck', 'se', 'activation', 'kernel'");
  CHECK(rewrite_error(open_shipped("vgg16"), "+se:ratio=2") ==
        "+se:ratio=2: error: 'se' has no 'ratio'; it has se, se_stages, se_position, reduction, "
        "squeeze, gate");
  CHECK(rewrite_error(open_shipped("vgg16"), "+separable:separable=2") ==
        "+separable:separable=2: error: 'separable' must be 0 or 1, not 2");
  const Opened vgg = rewritten(open_shipped("vgg16"), "+separable");
  REQUIRE(vgg.spec.notes.size() == 2);
  CHECK(vgg.spec.notes[0] == "separable: kept block1.unit1.conv (the first convolution).");
  CHECK(vgg.spec.published.empty());
  CHECK(vgg.spec.accuracy.empty());
}

namespace {

std::string refusal(const Opened& opened, const std::string& rewrites) {
  try {
    rewritten(opened, rewrites);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("values that a rewrite can't take are refused at the call", "[rewrite]") {
  const Opened mobilenet = open_shipped("mobilenet_v1"), resnet = open_shipped("resnet50");
  CHECK(
      refusal(mobilenet, "+width:alpha=1..") ==
      "+width:alpha=1..: error: 'alpha': '1..' is not a number here; write it as 12, 0.35 or 1e3");
  CHECK(refusal(mobilenet, "+width:alpha=-1") ==
        "+width:alpha=-1: error: 'alpha' must be at least 0.05, not -1");
  CHECK(refusal(mobilenet, "+width:alpha=wide") ==
        "+width:alpha=wide: error: 'alpha' must be a number as 1, not wide");
  CHECK(refusal(mobilenet, "+width:alpha=2*x") ==
        "+width:alpha=2*x: error: 'alpha' must be a number, a word or a list of them, not 2*x");
  CHECK(refusal(resnet, "+resolution:rho=") == "+resolution:rho=: error: 'rho' has no value");
  CHECK(refusal(resnet, "+se:reduction=2*in") ==
        "+se:reduction=2*in: error: 'reduction' must be a number, a word or a list of them, not "
        "2*in");
  CHECK(refusal(resnet, "+se:stages=[2,2*x]") ==
        "+se:stages=[2,2*x]: error: 'se_stages' must be a number, a word or a list of them, not "
        "[2,2*x]");
  CHECK(refusal(resnet, "+width:divisor=8") ==
        "+width:divisor=8: error: the spec rounds its widths by a rule of its own; divisor isn't "
        "used");
  CHECK(refusal(resnet, "+se:reduction8") ==
        "+se:reduction8: error: 'reduction8': settings are NAME=VALUE");
}

TEST_CASE("of two values of a rewrite the last one wins", "[rewrite]") {
  const Opened resnet = open_shipped("resnet18");
  CHECK(totals(rewritten(resnet, "+se:reduction=8,reduction=4").network()) ==
        totals(rewritten(resnet, "+se:reduction=4").network()));
}

TEST_CASE("a multiplier of the spec may have a name of its own", "[rewrite]") {
  const std::string yaml =
      "name: own\nparams:\n  wide: {default: 1, symbol: α, help: width, min: 0.1}\n"
      "input: {channels: 3, height: 8, width: 8}\nlayers:\n  - conv: {out: 8 * wide, kernel: 3}\n";
  CHECK(totals(rewritten(open_text(yaml), "+width:alpha=0.5").network()) ==
        totals(open_text(yaml, {"wide=0.5"}).network()));
}
