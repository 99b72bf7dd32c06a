// SPDX-License-Identifier: Apache-2.0
// What the program is doing, for the one who started it: events on standard output, and a page of
// shared memory that still tells when the program has died.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace archcost::onednn {

class Announcer {
 public:
  /// `page`: descriptor of a file of at least kStatusBytes, mapped shared; -1 for none.
  explicit Announcer(int page);

  /// "try\tproblem\toption" or "row\t12": what runs now. A fault that ARCHCOST_KERNELS_FAULT asks
  /// for ("SIGSEGV@nhwc>nhwc", "hang@...", "memory@...": tests do) happens here, when what runs now
  /// contains the words behind the '@'.
  void doing(const std::string& what);
  /// One line of JSON.
  void event(const nlohmann::json& event);

 private:
  char* page_ = nullptr;
};

}  // namespace archcost::onednn
