// SPDX-License-Identifier: Apache-2.0
// What the fuzz targets share: errors are expected, but they must be messages for people.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/diagnostic.hpp"
#include "core/text.hpp"

namespace archcost::fuzz {

/// Ends the run with the input saved as a crash.
[[noreturn]] inline void fail(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::abort();
}

/// Runs `read`; what it throws must be an Error with a message.
template <class Read>
void expect_error_or_result(Read read) {
  try {
    read();
  } catch (const Error& error) {
    if (std::string_view(error.what()).empty()) fail("an error without a message");
  }
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace archcost::fuzz
