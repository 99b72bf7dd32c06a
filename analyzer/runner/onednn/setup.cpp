// SPDX-License-Identifier: Apache-2.0
// A network and its steps, ready for kernels.

#include <fmt/core.h>
#include <omp.h>

#include <nlohmann/json.hpp>

#include "interpreter/weight_file.hpp"
#include "runner/network_json.hpp"
#include "runner/onednn/bridge.hpp"
#include "runner/onednn/program.hpp"

namespace archcost::onednn {

std::string library_name() {
  const dnnl_version_t* version = dnnl::version();
  return fmt::format("oneDNN {}.{}.{}", version->major, version->minor, version->patch);
}

std::string isa_name() {
#if defined(__x86_64__)
  for (const auto& [isa, name] : bridge::instruction_sets()) {
    if (isa == dnnl::get_effective_cpu_isa()) return std::string(name);
  }
  return "other";
#elif defined(__aarch64__)
  return "arm64";  // the library has names for x86 alone
#else
  return "other";
#endif
}

Setup::Setup(const nlohmann::json& network_json, const nlohmann::json& request)
    : network(runner::network_from_json(network_json)) {
  const auto seed = request.value("seed", std::uint64_t{1});
  weights = request.contains("weights")
                ? interpreter::read_weight_file(network, request.at("weights").get<std::string>())
                : interpreter::random_weights(network, seed);
  input = interpreter::random_input(network, seed);
  context.threads = request.value("threads", 1);
  context.block = isa_name().starts_with("avx512") ? 16 : 8;
  context.winograd = request.value("winograd", true);
  omp_set_num_threads(context.threads);
  // The library's cache confuses implementations of one problem.
  dnnl::set_primitive_cache_capacity(0);
  plan = plan::plan_execution(
      network, request.value("fuse", true) ? plan::Fusion::kAll : plan::Fusion::kNone);
}

Tasks::Tasks(const Setup& setup)
    : problems_(setup.network, setup.plan, setup.context.threads), context_(setup.context) {
  tasks_.reserve(setup.plan.steps.size());
  for (std::size_t i = 0; i < setup.plan.steps.size(); ++i) {
    tasks_.push_back({setup.network, setup.weights, setup.plan.steps[i], setup.context,
                      problems_.problem(i).sum_in_place});
    options_.push_back(options_of(tasks_.back()));
  }
}

plan::ChosenOptions choose_options(const Tasks& tasks, const plan::KernelChoices& choices) {
  plan::StepOptions options(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    for (const Option& option : tasks.options(i)) options[i].push_back(option.id);
  }
  return plan::choose_options(tasks.problems(), choices, options);
}

}  // namespace archcost::onednn
