// SPDX-License-Identifier: Apache-2.0
// What is wrong with a text that is not valid YAML, in plain words.
#pragma once

#include <string>
#include <string_view>

#include "core/diagnostic.hpp"
#include "spec/line_places.hpp"

namespace archcost::spec {

/// A mistake after which reading the file makes no sense.
struct YamlFault {
  SourceRef where;
  std::string message;
  Excerpt excerpt = Excerpt::kTrimmed;
};

/// The mistake for which yaml-cpp gave up reading `text`, whose places are `lines`: its message and
/// the offset to which it had come.
YamlFault yaml_fault(std::string_view text, const LinePlaces& lines, const std::string& message,
                     std::size_t offset);

}  // namespace archcost::spec
