// SPDX-License-Identifier: Apache-2.0
// The functions of the table of rewrites, and what they share.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "rewrite/editor.hpp"

namespace archcost::rewrite {

void make_separable(Editor& editor);
void make_bottlenecks(Editor& editor);
void make_groups(Editor& editor);
void add_squeeze_excite(Editor& editor);
void replace_activations(Editor& editor);
void change_kernels(Editor& editor);
void multiply_widths(Editor& editor);
void multiply_resolution(Editor& editor);

/// A spec that has the multiplier already keeps it; the value of the call becomes its default.
bool set_own_multiplier(Editor& editor, std::string_view name, std::string_view symbol);

/// "grouped (32 groups)", "the first convolution"; empty where the layer isn't meant or can change.
std::string why_not_separable(const graph::Network& network, const graph::Layer& layer);
std::string why_not_grouped(const graph::Network& network, const graph::Layer& layer);
std::string never_kept(const graph::Network& network, const graph::Layer& layer);

/// Sizes of a convolution.
struct ConvSizes {
  std::int64_t kernel_height = 1, kernel_width = 1, groups = 1, in = 1, out = 1;
  bool spatial() const { return kernel_height > 1 || kernel_width > 1; }
  bool depthwise() const { return groups > 1 && groups == in; }
};
/// Of a layer of the kind conv; nothing for others.
std::optional<ConvSizes> conv_sizes(const graph::Network& network, const graph::Layer& layer);
/// A convolution that is larger than 1x1 and has one group.
bool is_full_convolution(const graph::Network& network, const graph::Layer& layer);

/// The items around the last layers with weights, whose channels are the classes, and their own.
std::set<const spec::Item*> items_of_classes(const graph::TracedNetwork& traced);

/// The normalisation and activation that follow the item and its alternatives in its list, else
/// those before it if there is a normalisation. `end` is the index after those that follow.
struct Neighbours {
  std::vector<spec::Item> layers;
  std::size_t end = 0;
  bool follow = false;  ///< the layers are behind the item
};
Neighbours neighbours_of(const Structure& structure, const spec::Item& item);
/// The layers of neighbours_of(), and the activation that follows the group, or every use of the
/// block, at whose end the item and its normalisation are.
std::vector<spec::Item> layers_after(const Structure& structure, const spec::Item& item);
bool is_normalisation(const spec::Item& item);
bool is_activation(const spec::Item& item);
/// Of the family of convolutions.
bool is_convolution(const spec::Item& item);
/// The item or its blocks and branches have a convolution.
bool has_convolution(const Structure& structure, const spec::Item& item);

/// Puts `alternative`, as a group of the layer's label, beside a layer: the layer where the
/// condition is false, the group where it is true.
void add_alternative(Editor& editor, const spec::Item& item, const std::string& when,
                     std::vector<spec::Item> alternative);
/// The two items that add_alternative() puts in the layer's place.
std::vector<spec::Item> alternatives(const spec::Item& item, const std::string& when,
                                     std::vector<spec::Item> alternative);

}  // namespace archcost::rewrite
