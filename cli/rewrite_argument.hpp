// SPDX-License-Identifier: Apache-2.0
// Rewrites after a SPEC: "resnet50+separable", "vgg16:bn=1+separable+se:reduction=8".
#pragma once

#include <string>
#include <vector>

#include "graph/build.hpp"
#include "rewrite/rewrite.hpp"

namespace archcost::cli {

/// A SPEC and the rewrites after it.
struct RewrittenArgument {
  std::string base;                   ///< "vgg16:bn=1"
  std::string suffix;                 ///< "+separable+se:reduction=8"
  std::vector<rewrite::Call> calls;   ///< with their own settings
  std::vector<std::string> settings;  ///< the others, of the rewritten spec: "alpha=0.5"
};

/// "alpha=0.5,widths=[24,48]": commas inside brackets and parentheses don't separate.
std::vector<std::string> split_settings(const std::string& text);

/// Takes the rewrites off a SPEC. An existing file of the whole name has none. Throws Error for
/// unknown ones.
RewrittenArgument split_rewrites(const std::string& argument);

/// The SPEC with another setting "alpha=0.5". A parameter of the spec before the rewrites goes in
/// front of them where a rewrite has one of the same name; one that a rewrite sets goes to it.
std::string with_setting(const std::string& argument, const std::string& setting);

}  // namespace archcost::cli
