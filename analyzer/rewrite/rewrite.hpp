// SPDX-License-Identifier: Apache-2.0
// Rewrites: techniques of lighter networks, applied to any spec. A rewritten spec is an ordinary
// spec whose parameters switch the technique.
//
//   resnet50+separable      vgg16+se:reduction=8      model.onnx+groups:g=4
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/build.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::rewrite {

/// A parameter that a rewrite adds. Texts are expressions of the spec language.
struct ParameterRow {
  std::string_view name;
  std::string_view symbol;
  std::string_view fallback;
  std::string_view choices;  ///< "[0, 1]"; empty: any value
  std::string_view min;
  std::string_view sweep;  ///< "[1, 2, 4]"; empty: none
  std::string_view help;
};

/// A choice that is made once, when the spec is rewritten.
struct OptionRow {
  std::string_view name;
  std::vector<std::string_view> values;  ///< empty: any word
  std::string_view help;
};

class Editor;

/// One rewrite.
struct Rewrite {
  std::string_view name;
  std::string_view help;
  std::string_view looks_for;  ///< what a network must have for it: "convolutions with ..."
  std::vector<ParameterRow> parameters;
  std::vector<OptionRow> options;
  /// Collects the changes. No change: there is nothing that the rewrite looks for.
  void (*apply)(Editor& editor);
  /// Why a layer that could have been meant stays as it is; empty for all other layers.
  std::string (*why_kept)(const graph::Network& network, const graph::Layer& layer);
  /// The rewritten network has the same layers, of other sizes.
  bool keeps_layers = false;
  /// What papers say of the multiply-adds: "1/N + 1/D²"; empty where they say nothing.
  std::string_view formula = {};
  /// The multiply-adds of the network after by those before, by that formula for the layers that
  /// are changed, without counting the network after. Null where there is no formula.
  double (*theory)(const graph::Network& before, const graph::Network& after) = nullptr;
};

/// All rewrites, in the order of the documentation.
std::span<const Rewrite> rewrites();
const Rewrite* find_rewrite(std::string_view name);

/// A rewrite as it was asked for.
struct Call {
  const Rewrite* rewrite = nullptr;
  std::vector<spec::RewriteSetting> settings;  ///< of its parameters and options only
  std::string place;                           ///< what messages call it: "+se:reduction=8"
  bool of_file = false;  ///< of the spec's own file: settings of the network come after it
};

/// Whether the rewrite sets the spec's own parameter where there is one, as α.
bool sets_own_parameter(const Rewrite& rewrite);
/// Whether the rewrite has a parameter or an option of that name. A name may be short:
/// `position` is `se_position` of the rewrite `se`.
bool has_setting(const Rewrite& rewrite, std::string_view name);
/// The call of a rewrite by its name. Throws Error for an unknown one, and for settings that it
/// does not have.
Call make_call(const std::string& name, std::vector<spec::RewriteSetting> settings,
               std::string place);
/// The call that a text asks for: "se:reduction=8,stages=[4,5]". Throws Error as make_call() does,
/// and for a part that isn't NAME=VALUE.
Call parse_call(const std::string& text);
/// The spec with the rewrites of its own file applied. Its published figures and accuracies are of
/// the rewritten network. Throws Error.
spec::ArchSpec apply_own(spec::ArchSpec spec, const graph::BuildOptions& options = {});

/// The spec with the rewrite applied. What depends on parameters is decided by conditions in the
/// new spec; `options` (preset, settings, input) says which network tells the stages and the first
/// convolution. The result's notes say what was changed and what was kept, with the reason.
/// Published figures and accuracies are those of the network before, and are left out. Throws
/// Error: nothing to change, values that a parameter doesn't allow, a network that can't be built.
spec::ArchSpec apply(const spec::ArchSpec& spec, const graph::BuildOptions& options,
                     const Call& call);

}  // namespace archcost::rewrite
