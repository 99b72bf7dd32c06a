#include "latency/handover.hpp"

#include <fmt/core.h>

namespace archcost {

std::string apart_text(double handover, double usual, double left) {
  return fmt::format(
      "the threads are {:.0f} ns apart instead of {:.0f} (a virtual machine was moved): waiting, "
      "{:.0f} s "
      "at most",
      handover * 1e9, usual * 1e9, left);
}

}  // namespace archcost
