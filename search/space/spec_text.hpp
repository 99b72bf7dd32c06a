// SPDX-License-Identifier: Apache-2.0
// Values of options that may name one of several SPECs: "mobilenet_v1:alpha=0.5,1" of --vary,
// "mobilenet_v1:paper" of --recipe.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace archcost::space {

/// SPEC without its settings: "mobilenet_v1" of "mobilenet_v1:alpha=0.5".
std::string plain_name(const std::string& spec);

struct SpecText {
  std::optional<std::string> spec;  ///< one of the SPECs; nothing: the text is for all of them
  std::string rest;
};

/// A SPEC is named as it is written, or by its plain name where no other SPEC has that. Throws
/// Error at "OPTION TEXT" for a plain name that several have.
SpecText split_spec_text(const std::string& option, const std::string& text,
                         const std::vector<std::string>& specs);

}  // namespace archcost::space
