// SPDX-License-Identifier: Apache-2.0
#include "rewrite/rewrite.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "core/text.hpp"
#include "layers/kinds.hpp"
#include "rewrite/editor.hpp"
#include "rewrite/techniques.hpp"
#include "rewrite/theory.hpp"
#include "spec/inline_includes.hpp"

namespace archcost::rewrite {
namespace {

constexpr std::string_view kFullConvolutions =
    "convolutions with a kernel larger than 1x1 and one group, the first convolution excepted";

const std::vector<Rewrite>& table() {
  static const std::vector<Rewrite> kTable = {
      {"width",
       "α on every layer's channels",
       "convolutions and linear layers before the last one",
       {{"alpha", "α", "1", "", "0", "[0.25, 0.5, 0.75, 1]", "width multiplier"},
        {"widths", "", "", "", "1", "", "channel counts; equal ones are one"},
        {"divisor", "", "1", "", "1", "", "channels are rounded to multiples of it"}},
       {},
       multiply_widths,
       never_kept,
       true,
       "α²",
       width_theory},
      {"resolution",
       "ρ on the input's height and width",
       "an input with height and width",
       {{"rho", "ρ", "1", "", "0", "[4/7, 5/7, 6/7, 1]", "resolution multiplier"}},
       {},
       multiply_resolution,
       never_kept,
       true,
       "ρ²",
       resolution_theory},
      {"separable",
       "k x k convolutions become depthwise and pointwise ones",
       kFullConvolutions,
       {{"separable", "", "1", "[0, 1]", "", "", "0 for the convolutions as they were"},
        {"separable_stages", "", "", "", "", "", "stages with separable convolutions"}},
       {{"first", {"0", "1"}, "1: the first convolution too"}},
       make_separable,
       why_not_separable,
       false,
       "1/N + 1/D²",
       separable_theory},
      {"groups",
       "1x1 convolutions in g groups, with a channel shuffle in each unit",
       "1x1 convolutions with one group",
       {{"g", "", "2", "", "1", "[1, 2, 4, 8]", "groups; 1 for the convolutions as they were"},
        {"shuffle", "", "1", "[0, 1]", "", "", "0 without channel shuffle"}},
       {{"where", {"points", "all"}, "all: k x k convolutions too"},
        {"round", {"0", "1"}, "1: channels are rounded up to multiples of g"}},
       make_groups,
       why_not_grouped,
       true,
       "1/g",
       groups_theory},
      {"bottleneck",
       "k x k convolutions become reduce, k x k and expand; inverted=1: expand, depthwise, project",
       kFullConvolutions,
       {{"bottleneck", "", "1", "[0, 1]", "", "", "0 for the convolutions as they were"},
        {"bottleneck_stages", "", "", "", "", "", "stages with bottlenecks"},
        {"ratio", "", "1/4", "", "0", "[1/8, 1/4, 1/2]", "inner channels by output channels"},
        {"t", "", "6", "", "0", "[1, 3, 6]", "inner channels by input channels"}},
       {{"first", {"0", "1"}, "1: the first convolution too"},
        {"inverted", {"0", "1"}, "1: inverted residuals, with expansion t"}},
       make_bottlenecks,
       why_not_separable},
      {"se",
       "squeeze-and-excitation on each residual branch, else at each unit's end",
       "residual sums, units of several convolutions, or convolutions with an activation",
       {{"se", "", "1", "[0, 1]", "", "", "0 without squeeze-and-excitation"},
        {"se_stages", "", "", "", "", "", "stages with squeeze-and-excitation"},
        {"se_position", "", "standard", "[standard, pre, post, identity, k3x3]", "", "",
         "SE after the branch, before it, after the sum, on the shortcut, after the 3x3"},
        {"reduction", "r", "16", "", "1", "[2, 4, 8, 16, 32]", "reduction ratio of SE"},
        {"squeeze", "", "avg", "[avg, max]", "", "", "pooling of SE"},
        {"gate", "", "sigmoid", "[sigmoid, hard_sigmoid, tanh, relu]", "", "",
         "last activation of SE"}},
       {},
       add_squeeze_excite,
       never_kept,
       false,
       "2C²/r more for each gate",
       squeeze_excite_theory},
      {"activation",
       "one activation in the place of another",
       "activations of that kind",
       {{"act", "", "hard_swish",
         "[relu, relu6, leaky_relu, sigmoid, hard_sigmoid, tanh, swish, hard_swish, gelu, none]",
         "", "", "the activation"}},
       {{"from", {}, "the one that is replaced; by default the most frequent one"}},
       replace_activations,
       never_kept},
      {"kernel",
       "another kernel size for depthwise convolutions",
       "depthwise convolutions with a kernel larger than 1x1",
       {{"kernel", "", "5", "[3, 5, 7]", "", "[3, 5, 7]", "of depthwise convolutions"}},
       {},
       change_kernels,
       never_kept,
       true},
  };
  return kTable;
}

// "position" of the rewrite "se" is "se_position"; empty for a name that it doesn't have.
std::string full_name(const Rewrite& rewrite, std::string_view name) {
  for (const std::string& full : {std::string(name), fmt::format("{}_{}", rewrite.name, name)}) {
    if (find_named(rewrite.parameters, full) || find_named(rewrite.options, full)) return full;
  }
  for (const ParameterRow& parameter : rewrite.parameters) {
    if (!parameter.symbol.empty() && parameter.symbol == name) return std::string(parameter.name);
  }
  return {};
}

std::vector<std::string> setting_names(const Rewrite& rewrite) {
  std::vector<std::string> names = names_of(rewrite.parameters);
  for (const OptionRow& option : rewrite.options) names.emplace_back(option.name);
  return names;
}

// Layers by their names: which of them another network still has as they are.
bool is_same(const graph::Network& a, const graph::Layer& left, const graph::Network& b,
             const graph::Layer& right) {
  return left.kind == right.kind && left.numbers == right.numbers && left.words == right.words &&
         left.output == right.output && a.input_shapes(left) == b.input_shapes(right);
}

bool is_same(const graph::Network& a, const graph::Network& b) {
  if (a.layers.size() != b.layers.size() || !(a.input == b.input)) return false;
  for (std::size_t k = 0; k < a.layers.size(); ++k) {
    if (!is_same(a, a.layers[k], b, b.layers[k])) return false;
  }
  return true;
}

// Sizes that depend on others could add layers: a projection where rounded channels differ.
void check_layers(const Call& call, const graph::Network& before, const graph::Network& after) {
  const auto count = [](const graph::Network& network) {
    return std::count_if(
        network.layers.begin(), network.layers.end(),
        [](const graph::Layer& layer) { return !layer.is(layers::kinds::channel_shuffle_kind); });
  };
  if (count(before) == count(after)) return;
  throw Error(call.place,
              fmt::format("'{}' has layers that depend on the sizes of others: {} layers would "
                          "become {}",
                          before.name, count(before), count(after)));
}

constexpr std::size_t kMostNames = 6;

// "separable: kept conv1 (the first convolution); layer2.0.conv1, ... (32 groups)".
std::string kept_note(const Rewrite& rewrite, const graph::Network& before,
                      const graph::Network& after) {
  std::map<std::string_view, const graph::Layer*> left;
  for (const graph::Layer& layer : after.layers) left[layer.name] = &layer;
  std::vector<std::pair<std::string, std::vector<std::string>>> reasons;
  for (const graph::Layer& layer : before.layers) {
    const std::string why = rewrite.why_kept(before, layer);
    const auto found = left.find(layer.name);
    if (why.empty() || found == left.end() || !is_same(before, layer, after, *found->second))
      continue;
    const auto known = std::find_if(reasons.begin(), reasons.end(),
                                    [&](const auto& reason) { return reason.first == why; });
    std::vector<std::string>& names =
        known == reasons.end() ? reasons.emplace_back(why, std::vector<std::string>{}).second
                               : known->second;
    names.push_back(layer.name);
  }
  std::vector<std::string> parts;
  for (auto& [why, names] : reasons) {
    const std::size_t count = names.size();
    if (count > kMostNames) {
      names.resize(kMostNames);
      names.push_back(fmt::format("and {} more", count - kMostNames));
    }
    parts.push_back(fmt::format("{} ({})", join(names, ", "), why));
  }
  return parts.empty() ? std::string()
                       : fmt::format("{}: kept {}.", rewrite.name, join(parts, "; "));
}

[[noreturn]] void fail_unchanged(const Call& call, const graph::Network& network) {
  throw Error(call.place, fmt::format("it changes nothing in '{}': it looks for {}", network.name,
                                      call.rewrite->looks_for));
}

// Without the parameters' own settings: whether the rewrite can change this network at all.
Call with_defaults(Call call) {
  std::erase_if(call.settings, [&](const spec::RewriteSetting& setting) {
    return find_named(call.rewrite->parameters, setting.name) != nullptr;
  });
  return call;
}

spec::ArchSpec edited(const spec::ArchSpec& spec, const graph::BuildOptions& options,
                      const graph::TracedNetwork& traced, const Call& call) {
  Editor editor(spec, options, traced, call);
  call.rewrite->apply(editor);
  if (!editor.changed()) fail_unchanged(call, traced.network);
  for (const spec::RewriteSetting& setting : call.settings) {
    if (find_named(call.rewrite->parameters, setting.name) == nullptr ||
        editor.has_parameter(setting.name))
      continue;
    throw Error(call.place,
                fmt::format("'{}' has nothing to set in '{}'", setting.name, traced.network.name));
  }
  return editor.result();
}

}  // namespace

std::span<const Rewrite> rewrites() { return table(); }

const Rewrite* find_rewrite(std::string_view name) { return find_named(table(), name); }

bool sets_own_parameter(const Rewrite& rewrite) {
  return rewrite.apply == multiply_widths || rewrite.apply == multiply_resolution;
}

bool has_setting(const Rewrite& rewrite, std::string_view name) {
  return !full_name(rewrite, name).empty();
}

Call make_call(const std::string& name, std::vector<spec::RewriteSetting> settings,
               std::string place) {
  const Rewrite* rewrite = find_rewrite(name);
  if (rewrite == nullptr) {
    throw Error(place, fmt::format("no rewrite '{}'{}", name, suggestion(name, names_of(table()))));
  }
  Call call = {rewrite, {}, std::move(place), false};
  for (spec::RewriteSetting& setting : settings) {
    const std::string full = full_name(*rewrite, setting.name);
    const std::vector<std::string> known = setting_names(*rewrite);
    if (!full.empty() && setting.value.empty())
      throw Error(call.place, fmt::format("'{}' has no value", setting.name));
    if (full.empty()) {
      throw Error(call.place, fmt::format("'{}' has no '{}'; it has {}", name, setting.name,
                                          join(known, ", ")));
    }
    // A word can't begin with a digit: 3x3 is k3x3.
    if (setting.value == "3x3") setting.value = "k3x3";
    const OptionRow* option = find_named(rewrite->options, full);
    if (option != nullptr && !option->values.empty() && !is_one_of(setting.value, option->values)) {
      const std::vector<std::string> values(option->values.begin(), option->values.end());
      throw Error(call.place,
                  fmt::format("'{}' must be {}, not {}", full, join_or(values), setting.value));
    }
    call.settings.push_back({full, std::move(setting.value)});
  }
  return call;
}

Call parse_call(const std::string& text) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  std::vector<spec::RewriteSetting> settings;
  for (const std::string& part : colon == text.size()
                                     ? std::vector<std::string>()
                                     : split_outside_brackets(text.substr(colon + 1), ',')) {
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos)
      throw Error("+" + text, fmt::format("'{}': settings are NAME=VALUE", trim(part)));
    settings.push_back(
        {std::string(trim(part.substr(0, equals))), std::string(trim(part.substr(equals + 1)))});
  }
  return make_call(std::string(trim(text.substr(0, colon))), std::move(settings), "+" + text);
}

spec::ArchSpec apply(const spec::ArchSpec& given, const graph::BuildOptions& options,
                     const Call& call) {
  const spec::ArchSpec spec = spec::inline_includes(given);
  const graph::TracedNetwork traced = graph::build_traced(spec, options);
  spec::ArchSpec result = edited(spec, options, traced, call);
  const graph::Network after = graph::build_network(result, options);
  if (call.rewrite->keeps_layers) check_layers(call, traced.network, after);
  const bool neutral_by_default = sets_own_parameter(*call.rewrite);
  if (!neutral_by_default && is_same(traced.network, after)) {
    const Call defaults = with_defaults(call);
    const spec::ArchSpec by_default = edited(spec, options, traced, defaults);
    if (is_same(traced.network, graph::build_network(by_default, options)))
      fail_unchanged(call, traced.network);
  }
  if (std::string note = kept_note(*call.rewrite, traced.network, after); !note.empty())
    result.notes.push_back(std::move(note));
  if (!result.published.empty() || !result.accuracy.empty()) {
    result.notes.push_back(fmt::format(
        "{}: published figures and accuracies are those of the network before; they are left out.",
        call.rewrite->name));
    result.published.clear();
    result.accuracy.clear();
  }
  return result;
}

spec::ArchSpec apply_own(spec::ArchSpec spec, const graph::BuildOptions& options) {
  const std::vector<spec::RewriteRequest> requests = std::move(spec.rewrites);
  spec.rewrites.clear();
  const auto published = spec.published, accuracy = spec.accuracy;
  for (const spec::RewriteRequest& request : requests) {
    try {
      spec.published.clear();
      spec.accuracy.clear();
      Call call = make_call(request.name, request.settings, "");
      call.of_file = true;
      spec = apply(spec, options, call);
    } catch (const Error& error) {
      const Diagnostic& first = error.diagnostics().front();
      if (!first.place.empty()) throw;  // of the network
      throw Error(std::vector<Diagnostic>{
          spec.sources.diagnostic(request.where, "rewrite: " + first.message)});
    }
  }
  spec.published = published;
  spec.accuracy = accuracy;
  return spec;
}

}  // namespace archcost::rewrite
