// SPDX-License-Identifier: Apache-2.0
// From operators to layers. A tensor of any rank is seen as channels, height and width: each of its
// dimensions has a role. Transposing changes roles and needs no layer; a layer is added where the
// numbers would have to move.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "onnx/draft.hpp"
#include "onnx/folded_graph.hpp"
#include "onnx/shape_rules.hpp"

namespace archcost::onnx {

/// A letter for each dimension: N batch, C channels, H height, W width, 1 where it is 1. Channels
/// may be several dimensions, which count as one of their product.
using Roles = std::string;
/// Frames and rows of a video [N,C,D,H,W] are one dimension.
constexpr std::string_view kVideoRoles = "NCHHW";

/// Operations for one element.
struct ElementWork {
  int elementwise = 0, compares = 0, transcendentals = 0;
};

/// What a value of the graph is among the layers.
struct Tap {
  DraftId layer = kDraftInput;
  Roles roles;
};

class Lowering {
 public:
  explicit Lowering(const FoldedGraph& graph);
  Draft run();

  // --- what the rules of operators use ---------------------------------------------------------

  const FoldedGraph& graph() const { return *graph_; }
  WidthSystem& widths() { return draft_.widths; }
  std::int64_t batch() const { return batch_; }
  /// Where a value comes from; nothing for weights, constants and what isn't known.
  const std::optional<Tap>& tap(ValueId id) const { return taps_[id]; }
  const DraftLayer& layer(DraftId id) const { return draft_.layers[id]; }
  DraftLayer& layer(DraftId id) { return draft_.layers[id]; }
  Sizes sizes(DraftId id) const;
  WidthForm channels(DraftId id) const;
  /// The inputs of an op that are neither weights nor constants.
  std::vector<ValueId> data_inputs(const FoldedOp& op) const;
  /// In files of archcost: the layer of that name, or the network's input; nothing where there is
  /// none so far.
  std::optional<DraftId> named(std::string_view layer) const;
  bool used_once(ValueId id) const { return uses_[id] == 1; }
  bool is_unused(ValueId id) const { return uses_[id] == 0; }
  NodeView view(const FoldedOp& op) const;

  /// Adds a layer whose output is the op's first, in these roles.
  DraftLayer& add(const FoldedOp& op, const layers::LayerKind& kind, std::vector<DraftId> inputs,
                  const Roles& roles, WidthForm channels);
  /// Adds a layer whose output is no value of the graph, of these sizes.
  DraftId add_inner(const FoldedOp& op, const layers::LayerKind& kind, std::vector<DraftId> inputs,
                    const Sizes& sizes, WidthForm channels);
  /// The output is the same tensor, seen in other roles.
  void alias(const FoldedOp& op, Tap tap) { set(op.outputs[0], std::move(tap)); }
  void set(ValueId id, Tap tap) { taps_[id] = std::move(tap); }
  /// The value in these roles; a layer is added where its numbers have to move.
  DraftId arranged(const FoldedOp& op, ValueId id, const Roles& roles);
  /// The op's first input with its second dimension as channels, as ONNX's operators have it. Where
  /// the first dimension isn't the batch, it stays as it is.
  Tap with_channels_second(const FoldedOp& op);
  /// Adds the attributes `height` and `width` of a layer that states its output, where they are not
  /// 1: by `h` and `w` of its first input where they are equal, a multiple or all positions, so
  /// that they follow the resolution; else the file's numbers.
  void add_sizes(DraftLayer& layer) const;
  /// A layer that moves or repeats numbers, whose output is no value of the graph.
  DraftId add_rearranged(const FoldedOp& op, DraftId from, const Sizes& sizes, WidthForm channels);
  /// Counts an op that has no layer of its own: `unsupported`, with the output's sizes.
  void add_unsupported(const FoldedOp& op);

  /// Learned numbers behind these values that no layer has counted so far: a layer counts them
  /// from now on. A single number is a constant.
  std::int64_t take_params(const std::vector<ValueId>& ids);
  /// Whether a layer has counted one of its tensors by a number.
  bool is_taken(ValueId id) const;
  /// Whether the formula of a kind that has this weight counts what the file has.
  bool has_own_params(ValueId id) const;
  /// Adds the attribute `params` unless there are none.
  void add_params(DraftId id, std::int64_t params);

  /// Channels, height, width of a shape in roles.
  Sizes sizes_of(const Shape& shape, const Roles& roles) const;
  /// Roles of a tensor that a convolution or pool has: batch, channels, then the sizes of the
  /// window. A first dimension that isn't the batch, as of frames, is channels.
  Roles window_roles(const Shape& shape) const;
  /// Roles of a tensor of which only the shape is known.
  Roles usual_roles(const Shape& shape) const;
  /// Roles with those of an image for the dimensions of 1 that grow: rows first, then columns.
  static Roles grown_roles(Roles roles, const Shape& before, const Shape& after);
  /// Channels from `begin` on, as counts of their own whose sum is the layer's: cuts at the same
  /// places give the same counts.
  WidthForm channel_range(DraftId id, std::int64_t begin, std::int64_t length);
  /// The form of a tensor that was arranged anew: its channels where they are the same number.
  WidthForm kept_channels(DraftId from, std::int64_t channels);

 private:
  bool attends_over_first(const Shape& input) const;
  void set_inputs();
  void add_inputs_before(const FoldedOp& op);
  void lower(int index);
  void skip(const FoldedOp& op);
  void pass_over(const FoldedOp& op, bool shaped);
  std::vector<DraftId> known_inputs(const FoldedOp& op) const;
  void finish_outputs();
  void follow_sizes();
  void note_learned(const FoldedOp& op, std::size_t before);
  void share_weights();
  std::vector<std::string> weight_keys(const DraftLayer& layer) const;
  Roles input_roles(const Shape& shape) const;
  void note_uncounted(const FoldedOp& op);

  struct Piece {
    std::int64_t length = 0;
    WidthForm form;
  };
  /// Makes a piece begin there.
  void cut_channels(std::vector<Piece>& pieces, std::int64_t at);

  const FoldedGraph* graph_;
  Draft draft_;
  std::map<DraftId, std::vector<Piece>> pieces_;  // of layers whose channels are cut
  std::vector<std::optional<Tap>> taps_;
  std::vector<int> uses_;
  std::vector<bool> lost_;  ///< values after a layer that is unsupported, whose shapes aren't known
  std::map<std::string_view, DraftId> names_;  ///< of the layers of a file of archcost
  enum class Counted : std::uint8_t { kNot, kByLayer, kByNumber };
  std::vector<Counted> counted_;  ///< of sources of weights
  /// Further inputs that aren't added yet, and the place of each among the layers.
  std::vector<std::pair<std::size_t, ValueId>> further_inputs_;
  std::int64_t batch_ = 1;
  int current_ = -1;
};

/// Lowers one operator. False: it can't, and the op is counted as unsupported.
using LoweringRule = bool (*)(Lowering&, const FoldedOp&);
struct LoweringRow {
  std::string_view type;
  LoweringRule rule;
};
std::span<const LoweringRow> product_lowerings();
std::span<const LoweringRow> einsum_lowerings();
std::span<const LoweringRow> pool_lowerings();
std::span<const LoweringRow> element_lowerings();
std::span<const LoweringRow> norm_lowerings();
std::span<const LoweringRow> reshape_lowerings();
std::span<const LoweringRow> move_lowerings();
std::span<const LoweringRow> resize_lowerings();

// Attributes of the spec language.
DraftAttribute number(std::string name, std::int64_t value);
DraftAttribute text(std::string name, std::string value);
DraftAttribute flag(std::string name, bool value);
/// One number, or [height, width].
DraftAttribute extent(std::string name, std::int64_t height, std::int64_t width);

}  // namespace archcost::onnx
