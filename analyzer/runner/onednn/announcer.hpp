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

/// Answers one of the requests that main.cpp describes. Throws std::exception with what went wrong
/// as a whole; what goes wrong with one kernel is an event.
void answer(const nlohmann::json& request, Announcer& announcer);

/// Times single kernels in network context: each after the kernels that make its inputs, among
/// kernels of other networks. The request {"do": "profile"}: "networks"; "known":
/// ["problem\toption"], which are not timed again; "only": problems of the steps that are timed,
/// with the reorders that they need (default: all); the rest as for "measure". Events: "tried" as
/// for "measure"; "rows" with the number of kernels to time; "figures" for each batch of them.
void profile(const nlohmann::json& request, Announcer& announcer);

}  // namespace archcost::onednn
