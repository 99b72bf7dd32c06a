// SPDX-License-Identifier: Apache-2.0
#include "runner/onednn/isa_probe.hpp"

#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "runner/onednn/bridge.hpp"
#include "runner/onednn/program.hpp"

namespace archcost::onednn {
namespace {

/// The set up to which no fault is asked for; nothing where none is.
std::optional<std::size_t> faultless_level() {
  const char* fault = std::getenv("ARCHCOST_KERNELS_FAULT");
  constexpr std::string_view kProbe = "probe@";
  if (fault == nullptr || !std::string_view(fault).starts_with(kProbe)) return {};
  const auto& sets = bridge::instruction_sets();
  const auto found = std::find_if(sets.begin(), sets.end(), [&](const auto& set) {
    return set.second == std::string_view(fault).substr(kProbe.size());
  });
  return found == sets.end() ? std::nullopt : std::optional<std::size_t>(found - sets.begin());
}

/// Makes a convolution, as every network does. Ends the process.
[[noreturn]] void try_convolution(std::optional<std::size_t> level) {
  if (level) dnnl::set_max_cpu_isa(bridge::instruction_sets()[*level].first);
  if (const auto faultless = faultless_level(); faultless && (!level || *level > *faultless))
    std::raise(SIGFPE);
  using Tag = dnnl::memory::format_tag;
  using Dims = dnnl::memory::dims;
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  const auto tensor = [](const Dims& sizes) {
    return dnnl::memory::desc(sizes, dnnl::memory::data_type::f32, Tag::any);
  };
  const auto description = bridge::operation<dnnl::convolution_forward>(
      bridge::kForward, dnnl::algorithm::convolution_direct, tensor({1, 32, 14, 14}),
      tensor({32, 32, 3, 3}), tensor({1, 32, 14, 14}), Dims{1, 1}, Dims{0, 0}, Dims{1, 1},
      Dims{1, 1})(engine, dnnl::primitive_attr());
  const dnnl::convolution_forward primitive(description);
  _exit(0);
}

/// The signal that ended the try, or 0.
int signal_of_try(std::optional<std::size_t> level) {
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("no process could be started to try the library");
  if (child == 0) try_convolution(level);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

std::string settle_instruction_set() {
  if (!bridge::kVersion3 && !faultless_level()) return {};  // 2 has no such fault
  if (signal_of_try({}) != SIGFPE) return {};
  const auto& sets = bridge::instruction_sets();
  for (std::size_t level = sets.size(); level-- > 0;) {
    if (signal_of_try(level) == SIGFPE) continue;
    dnnl::set_max_cpu_isa(sets[level].first);
    return fmt::format(
        "{} dies with SIGFPE on this machine, whose CPUID tells no sizes of caches; it is limited "
        "to {}, the highest instruction set that works",
        library_name(), sets[level].second);
  }
  throw std::runtime_error(
      library_name() +
      " dies with SIGFPE on this machine with every instruction set; install another version");
}

}  // namespace archcost::onednn
