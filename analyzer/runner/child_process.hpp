// SPDX-License-Identifier: Apache-2.0
// Runs a program that answers in lines of JSON: archcost-kernels and the programs of other engines.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/diagnostic.hpp"

namespace archcost::runner {

/// An engine that cannot be used or whose program failed: exit status 3, not bad input.
struct EngineError : Error {
  using Error::Error;
};

/// A descriptor that is closed when it goes out of scope.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }
  void reset(int number) {
    close();
    number_ = number;
  }
  void close();

 private:
  int number_;
};

struct ChildRequest {
  std::vector<std::string> command;  ///< the program's path, or its name on the PATH; arguments
  std::vector<std::pair<std::string, std::string>> variables;  ///< of its environment, replaced
  int cpu = -1;                                                ///< processor to stay on; -1: any
  std::string input;  ///< written to its standard input, which stays open
  /// After so long without an event, or a change of what `doing` returns, the program counts as
  /// hung and is killed.
  double patience_seconds = 120;
  std::function<std::string()> doing = {};
  bool hide_errors = false;  ///< its standard error is dropped
};

/// How the program ended.
struct ChildEnd {
  bool done = false;         ///< it said {"event": "done"}, then exited
  bool not_started = false;  ///< there is no such program
  /// "SIGFPE", "hang", its own message, or what it printed instead of events; empty when done.
  std::string reason;
};

using EventHandler = std::function<void(const nlohmann::json&)>;

/// `on_event` is called with each line that is a JSON object. An exception from it ends the
/// program; one of nlohmann::json becomes an EngineError. Throws EngineError when no process can be
/// made.
ChildEnd run_child(const ChildRequest& request, const EventHandler& on_event);

}  // namespace archcost::runner
