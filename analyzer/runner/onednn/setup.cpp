// SPDX-License-Identifier: Apache-2.0
#include "runner/onednn/setup.hpp"

#include <fmt/core.h>
#include <omp.h>

#include <nlohmann/json.hpp>

#include "runner/network_json.hpp"

namespace archcost::onednn {

std::string library_name() {
  const dnnl_version_t* version = dnnl::version();
  return fmt::format("oneDNN {}.{}.{}", version->major, version->minor, version->patch);
}

std::string isa_name() {
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::sse41:
      return "sse41";
    case dnnl::cpu_isa::avx:
      return "avx";
    case dnnl::cpu_isa::avx2:
      return "avx2";
    case dnnl::cpu_isa::avx2_vnni:
      return "avx2_vnni";
    case dnnl::cpu_isa::avx512_core:
      return "avx512_core";
    case dnnl::cpu_isa::avx512_core_vnni:
      return "avx512_core_vnni";
    case dnnl::cpu_isa::avx512_core_bf16:
      return "avx512_core_bf16";
    case dnnl::cpu_isa::avx512_core_amx:
      return "avx512_core_amx";
    default:
      return "other";
  }
}

namespace {

int block_of(const std::string& isa) { return isa.rfind("avx512", 0) == 0 ? 16 : 8; }

}  // namespace

Setup::Setup(const nlohmann::json& network_json, const nlohmann::json& request)
    : network(runner::network_from_json(network_json)) {
  const auto seed = request.value("seed", std::uint64_t{1});
  weights = interpreter::random_weights(network, seed);
  input = interpreter::random_input(network, seed);
  context.threads = request.value("threads", 1);
  context.block = block_of(isa_name());
  context.winograd = request.value("winograd", true);
  omp_set_num_threads(context.threads);
  // The library's cache confuses implementations of one problem.
  dnnl::set_primitive_cache_capacity(0);
  plan = plan::plan_execution(
      network, request.value("fuse", true) ? plan::Fusion::kAll : plan::Fusion::kNone);
}

}  // namespace archcost::onednn
