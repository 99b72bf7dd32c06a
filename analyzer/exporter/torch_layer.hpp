// SPDX-License-Identifier: Apache-2.0
// One layer on its way to a module of PyTorch: what the rows of the kinds use. Sizes and attributes
// are Python expressions, as a block computes them from its arguments.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "layers/layer_kind.hpp"

namespace archcost::exporter {

/// The rank of a tensor in PyTorch: [N, C, H, W], [N, C], or as a block's input is.
enum class TorchForm { kImage, kVector, kEither };

/// What runs along the lines of a constructor.
struct TorchFlow {
  std::string channels;
  std::optional<std::string> height, width;  ///< nothing: not known to the code
  TorchForm form = TorchForm::kImage;
};

/// The code can't be written in this way; `what()` says why.
struct NotWritable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct TorchLayer {
  /// An attribute as a Python expression, its default where it isn't written; words are quoted.
  std::function<std::string(std::string_view)> attribute;
  TorchFlow in;
  std::size_t inputs = 1;
  std::string context_channels;              ///< of a second input; empty: there is none
  bool separate_projections = false;         ///< of an attention: a matrix for each
  std::set<std::string>* helpers = nullptr;  ///< names of the helpers that the file needs

  std::string operator[](std::string_view name) const { return attribute(name); }
  void need(std::string_view helper) const { helpers->emplace(helper); }
};

struct TorchModule {
  std::string code;    ///< "nn.Conv2d(3, 32, 3, stride=2)"
  std::string before;  ///< a module that is needed in front of it; empty: none
  TorchFlow out;
  /// The attribute of the module that has its output channels ("out_channels"); empty: none.
  std::string channels_attribute = {};
};

/// The elements of "(1, 7)", or the text alone.
std::vector<std::string> tuple_elements(const std::string& text);
/// An expression as the left or right operand of a product: in parentheses where it binds looser.
std::string left_factor(const std::string& text);
std::string right_factor(const std::string& text);
/// Whether a text is a whole number, or a name.
bool is_whole_literal(std::string_view text);
bool is_simple(std::string_view text);
/// A name, or attributes of one: what later lines may refer to as it is.
bool is_path(std::string_view text);
/// "f(a, b=c)": arguments that are empty are left out.
std::string call(std::string_view function, const std::vector<std::string>& arguments);
/// A module that makes an image of one position of a vector; empty for images.
std::string to_image(const TorchLayer& layer);
/// "name=text", or empty where the text is the default.
std::string keyword(std::string_view name, const std::string& text, std::string_view fallback);

}  // namespace archcost::exporter
