// SPDX-License-Identifier: Apache-2.0
// A spec as plain values: what the YAML says, every key checked and every name resolved, nothing
// evaluated yet.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/diagnostic.hpp"
#include "layers/layer_kind.hpp"
#include "spec/expression.hpp"

namespace archcost::spec {

/// How a cost grows with a parameter according to a source: cost ~ parameter ^ exponent.
struct ScalingClaim {
  std::string cost;
  double exponent = 0;
  std::string source;
};

/// A named value that a person can set from outside.
struct ParamSpec {
  std::string name;
  SourceRef where;
  Expression fallback;
  std::string symbol;  ///< "α"; empty: the name
  std::string help;
  List choices;  ///< empty: any value
  std::optional<Number> min, max;
  List sweep;  ///< the default values of a sweep
  SourceRef sweep_where;
  bool neutral = false;               ///< no published accuracy depends on it
  std::vector<ScalingClaim> scaling;  ///< at most one for each cost

  const ScalingClaim* find_scaling(std::string_view cost) const;
};

/// What a block must or may be given.
struct ArgSpec {
  std::string name;
  SourceRef where;
  std::optional<Expression> fallback;  ///< nothing: required
  List choices;
};

/// A value of a `let`, or an argument of an item.
struct NamedExpression {
  std::string name;
  SourceRef where;
  Expression value;
};

/// A layer whose output is used, by its label or a dotted path of labels.
struct Reference {
  std::string path;
  SourceRef where;
  std::string_view key = "from";  ///< where it is written: from, outputs, weights_of
};

/// The tensors that a block or group takes and gives. Nothing: it takes what enters, and gives what
/// its last item gives.
struct TensorNames {
  std::vector<std::string> inputs;  ///< names for what enters; "_" for one that isn't used
  SourceRef inputs_where;
  std::vector<Reference> outputs;
};

struct Branch;

/// What `from` calls the network's input.
constexpr std::string_view kInputWord = "input";

/// How the reference code calls a layer, by graph::Call.
constexpr std::array<std::string_view, 4> kCallWords = {"module", "subclass", "function", "method"};

/// One entry of a list of layers.
struct Item {
  enum class Form { kLayer, kBlock, kGroup, kActivation, kMerge };

  Form form = Form::kLayer;
  std::string head;  ///< the word before the colon: a kind, a block, group, stage or activation
  SourceRef where;
  const layers::LayerKind* kind = nullptr;  ///< of kLayer and kMerge
  int block = -1;                           ///< of kBlock: index in ArchSpec::blocks
  std::string name;                         ///< label; empty: the head
  std::optional<Expression> when, repeat;
  std::vector<Reference> from;
  std::vector<NamedExpression> arguments;
  std::optional<NamedExpression> call;  ///< how the reference code calls it: one of kCallWords
  std::optional<Reference> weights_of;  ///< a layer, block or group whose weights it uses
  TensorNames tensors;                  ///< of kGroup
  std::vector<Item> layers;             ///< of kGroup
  std::vector<Branch> branches;         ///< of kMerge without `from`

  const std::string& label() const { return name.empty() ? head : name; }
};

struct Branch {
  std::string name;  ///< empty in a list of branches
  std::optional<Expression> when;
  std::vector<Item> layers;
};

struct BlockSpec {
  std::string name;
  SourceRef where;
  int file = 0;  ///< index in ArchSpec::files
  std::vector<ArgSpec> args;
  std::vector<NamedExpression> lets;
  TensorNames tensors;
  std::vector<Item> layers;
};

/// A table of an included file.
struct ImportedTable {
  int file = 0, slot = 0;  ///< index in ArchSpec::files, and in its tables
};

/// The names of one file: a block sees its own file's only. The parameters of an included file keep
/// their defaults: nothing sets them from outside.
struct FileScope {
  std::vector<ParamSpec> params;
  std::vector<LookupTable> tables;
  std::vector<ImportedTable> imported;
  std::vector<NamedExpression> lets;
  std::vector<int> blocks;      ///< indices of the blocks that can be used, included ones too
  std::set<std::string> words;  ///< declared by choices
  SourceRef where;
};

struct Setting {
  std::string name;
  SourceRef where;
  Value value;
};

struct Preset {
  std::string name;
  SourceRef where;
  std::vector<Setting> settings;
};

/// A figure as it was printed: "300M", "3.47M", "71.8".
struct Figure {
  std::string name;  ///< a cost of the glossary, share (in percent), top1 or top5
  std::string text;
  SourceRef where;
};

/// A row of `published` or `accuracy`.
struct PublishedRow {
  SourceRef where;
  std::string preset;
  std::vector<Setting> at;
  std::vector<Figure> figures;
  std::string source;
  std::string recipe;  ///< how it was trained, for its accuracy; empty: as its source did
  /// The rule under which the printed figure comes out, over costs of the network and of parts of
  /// it: macs - macs(classifier), 100 * weights(conv_1x1) / weights. Nothing: the cost itself.
  std::optional<Expression> rule;
  std::string why;  ///< what the rule means, or why no rule gives the figure
};

struct InputSpec {
  Expression channels, height, width;
};

/// Values of a parameter, or of an element of one, to choose from.
struct SearchVary {
  std::string name;  ///< "alpha", "widths(3)", "widths(i)": every element
  SourceRef where;
  std::string values;  ///< as --vary takes them: "0.25,0.5", "8:widths(i):8"
  std::vector<Expression> parts;
};

/// The `search` section: values to choose from, and conditions between parameters.
struct SearchSpec {
  std::vector<SearchVary> vary;
  std::vector<Expression> conditions;
};

/// "reduction: 8" of a rewrite.
struct RewriteSetting {
  std::string name, value;
};

/// An entry of the `rewrite` section: a technique that is applied to the whole network.
struct RewriteRequest {
  std::string name;
  SourceRef where;
  std::vector<RewriteSetting> settings;
};

struct ArchSpec {
  Sources sources;
  std::string name;
  std::string source;
  std::vector<std::string> notes;  ///< of what read it: what a reader of its figures should know
  std::vector<FileScope> files;    ///< the spec's own first, then what it includes
  std::vector<int> bind_order;     ///< of `files`: a file follows those that it includes
  std::vector<BlockSpec> blocks;
  InputSpec input;
  std::vector<Item> layers;
  std::vector<Reference> outputs;  ///< of the network; nothing: what the last item gives
  std::vector<Preset> presets;
  std::vector<PublishedRow> published;
  std::vector<PublishedRow> accuracy;
  std::optional<SearchSpec> search;
  bool is_text = true;  ///< the text of the first source is the whole spec: it is neither imported
                        ///< nor rewritten
  std::vector<RewriteRequest> rewrites;  ///< not applied yet: see rewrite::apply_own()

  const FileScope& main() const { return files.front(); }
  const ParamSpec* find_param(std::string_view param) const;
  const Preset* find_preset(std::string_view preset) const;
};

/// Reads a spec and what it includes. Throws Error with every mistake found.
ArchSpec read_spec(const std::filesystem::path& path);
/// The same from a text; `name` is what messages call it, includes are relative to `folder`.
ArchSpec read_spec_text(std::string name, std::string text, const std::filesystem::path& folder);
/// A file whose whole text is a `search` section takes the place of the spec's. Throws Error.
void read_search_file(ArchSpec& spec, const std::filesystem::path& path);

/// "widths" and "i" of "widths(i)", "alpha" and "" of "alpha".
struct ElementName {
  std::string_view list, element;
};
ElementName element_name(std::string_view text);

/// Words that the kinds of layer declare: their names, the words of their attributes, `none`.
const std::set<std::string>& layer_words();
/// Names that can't be given to parameters, values, tables or blocks.
bool is_reserved(std::string_view name);
/// The same for arguments of blocks: they may have the name of a kind, except that of an
/// activation, as `pad`.
bool is_reserved_argument(std::string_view name);

}  // namespace archcost::spec
