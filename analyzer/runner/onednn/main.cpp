// SPDX-License-Identifier: Apache-2.0
// archcost-kernels: runs networks on oneDNN for the commands that measure.
//
// One request, a line of JSON, on standard input; events, lines of JSON, on standard output. A
// program of its own, because kernels crash, hang and exhaust memory, and because loading them
// takes longer than most commands run. Requests: {"do": "hello" | "machine" | "measure" |
// "profile"}; the host's side is runner/kernels_process.hpp.
#include <fmt/core.h>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

#include "runner/onednn/announcer.hpp"
#include "runner/onednn/isa_probe.hpp"

int main(int argc, char** argv) {
  using namespace archcost::onednn;
  int page = -1;
  if (argc == 3 && std::string(argv[1]) == "--status-fd") page = std::atoi(argv[2]);
  Announcer announcer(page);
  std::string line;
  if (!std::getline(std::cin, line)) {
    std::cerr << "archcost-kernels is started by archcost measure and its kin; it reads a request "
                 "in JSON from standard input\n";
    return 2;
  }
  try {
    const nlohmann::json request = nlohmann::json::parse(line);
    const std::string limited = settle_instruction_set();
    // A command says hello once.
    if (!limited.empty() && request.value("do", "") == "hello")
      std::cerr << "note: " << limited << "\n";
    answer(request, announcer);
    return 0;
  } catch (const std::bad_alloc&) {
    announcer.event({{"event", "failed"}, {"reason", "out of memory"}});
  } catch (const std::exception& error) {
    announcer.event({{"event", "failed"}, {"reason", error.what()}});
  }
  return 1;
}
