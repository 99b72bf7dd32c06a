// SPDX-License-Identifier: Apache-2.0
// oneDNN 2 and 3 differ in how primitives are described. Only this file knows both: 2 has operation
// descriptors, 3 gives their parts to the primitive's descriptor and wants the output's too.
#pragma once

#include <dnnl.hpp>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace archcost::onednn::bridge {

constexpr bool kVersion3 = DNNL_VERSION_MAJOR >= 3;

/// A primitive before engine and attributes are known: (engine, attributes) give its descriptor.
template <class Primitive, class... Parts>
auto operation(Parts... parts) {
  return [=](const dnnl::engine& engine, const dnnl::primitive_attr& attributes) {
#if DNNL_VERSION_MAJOR >= 3
    return typename Primitive::primitive_desc(engine, parts..., attributes);
#else
    return
        typename Primitive::primitive_desc(typename Primitive::desc(parts...), attributes, engine);
#endif
  };
}

constexpr auto kForward = dnnl::prop_kind::forward_inference;

// Primitives whose output has the descriptor of their input.

inline auto eltwise(dnnl::algorithm kind, const dnnl::memory::desc& tensor, float alpha,
                    float beta) {
#if DNNL_VERSION_MAJOR >= 3
  return operation<dnnl::eltwise_forward>(kForward, kind, tensor, tensor, alpha, beta);
#else
  return operation<dnnl::eltwise_forward>(kForward, kind, tensor, alpha, beta);
#endif
}

inline auto batch_normalization(const dnnl::memory::desc& tensor, float epsilon,
                                dnnl::normalization_flags flags) {
  using Primitive = dnnl::batch_normalization_forward;
#if DNNL_VERSION_MAJOR >= 3
  return operation<Primitive>(kForward, tensor, tensor, epsilon, flags);
#else
  return operation<Primitive>(kForward, tensor, epsilon, flags);
#endif
}

inline auto layer_normalization(const dnnl::memory::desc& tensor, float epsilon,
                                dnnl::normalization_flags flags) {
  using Primitive = dnnl::layer_normalization_forward;
#if DNNL_VERSION_MAJOR >= 3
  return operation<Primitive>(kForward, tensor, tensor, epsilon, flags);
#else
  return operation<Primitive>(kForward, tensor, epsilon, flags);
#endif
}

inline auto softmax(const dnnl::memory::desc& tensor, int axis) {
#if DNNL_VERSION_MAJOR >= 3
  return operation<dnnl::softmax_forward>(kForward, dnnl::algorithm::softmax_accurate, tensor,
                                          tensor, axis);
#else
  return operation<dnnl::softmax_forward>(kForward, tensor, axis);
#endif
}

/// Local response normalization across channels: size of the window, factor, exponent, summand.
inline auto lrn(const dnnl::memory::desc& tensor, dnnl::memory::dim size, float alpha, float beta,
                float k) {
  constexpr auto kAcross = dnnl::algorithm::lrn_across_channels;
#if DNNL_VERSION_MAJOR >= 3
  return operation<dnnl::lrn_forward>(kForward, kAcross, tensor, tensor, size, alpha, beta, k);
#else
  return operation<dnnl::lrn_forward>(kForward, kAcross, tensor, size, alpha, beta, k);
#endif
}

inline auto prelu(const dnnl::memory::desc& tensor, const dnnl::memory::desc& slopes) {
#if DNNL_VERSION_MAJOR >= 3
  return operation<dnnl::prelu_forward>(kForward, tensor, slopes, tensor);
#else
  return operation<dnnl::prelu_forward>(kForward, tensor, slopes);
#endif
}

inline dnnl::shuffle_forward::primitive_desc shuffle(const dnnl::memory::desc& tensor, int axis,
                                                     int group, const dnnl::engine& engine,
                                                     const dnnl::primitive_attr& attributes) {
#if DNNL_VERSION_MAJOR >= 3
  return {engine, kForward, tensor, tensor, axis, group, attributes};
#else
  return {dnnl::shuffle_forward::desc(kForward, tensor, axis, group), engine, attributes};
#endif
}

inline dnnl::concat::primitive_desc concat(const dnnl::memory::desc& target, int axis,
                                           const std::vector<dnnl::memory::desc>& sources,
                                           const dnnl::engine& engine,
                                           const dnnl::primitive_attr& attributes) {
#if DNNL_VERSION_MAJOR >= 3
  return {engine, target, axis, sources, attributes};
#else
  return {target, axis, sources, engine, attributes};
#endif
}

/// Windows with dilation: a primitive of its own in 2.
#if DNNL_VERSION_MAJOR >= 3
using Pooling = dnnl::pooling_forward;
#else
using Pooling = dnnl::pooling_v2_forward;
#endif

inline void append_eltwise(dnnl::post_ops& ops, dnnl::algorithm kind, float alpha, float beta) {
#if DNNL_VERSION_MAJOR >= 3
  ops.append_eltwise(kind, alpha, beta);
#else
  ops.append_eltwise(1.F, kind, alpha, beta);
#endif
}

/// max(0, min(1, alpha x + beta)) as one operation: 2.6 has none.
#if DNNL_VERSION_MAJOR >= 3
constexpr std::optional<dnnl::algorithm> kHardSigmoid = dnnl::algorithm::eltwise_hardsigmoid;
#else
constexpr std::optional<dnnl::algorithm> kHardSigmoid;
#endif

inline dnnl::memory::dims dims_of(const dnnl::memory::desc& tensor) {
#if DNNL_VERSION_MAJOR >= 3
  return tensor.get_dims();
#else
  return tensor.dims();
#endif
}

/// Instruction sets, from the lowest. Which of them the library knows differs between its releases.
template <typename Isa>
std::vector<std::pair<Isa, std::string_view>> sets_of_library() {
  std::vector<std::pair<Isa, std::string_view>> sets = {
      {Isa::sse41, "sse41"},
      {Isa::avx, "avx"},
      {Isa::avx2, "avx2"},
      {Isa::avx2_vnni, "avx2_vnni"},
      {Isa::avx512_core, "avx512_core"},
      {Isa::avx512_core_vnni, "avx512_core_vnni"},
      {Isa::avx512_core_bf16, "avx512_core_bf16"}};
  if constexpr (requires { Isa::avx2_vnni_2; }) sets.emplace_back(Isa::avx2_vnni_2, "avx2_vnni_2");
  if constexpr (requires { Isa::avx512_core_fp16; })
    sets.emplace_back(Isa::avx512_core_fp16, "avx512_core_fp16");
  if constexpr (requires { Isa::avx10_1_512; }) sets.emplace_back(Isa::avx10_1_512, "avx10_1_512");
  if constexpr (requires { Isa::avx10_1_512_amx; })
    sets.emplace_back(Isa::avx10_1_512_amx, "avx10_1_512_amx");
  sets.emplace_back(Isa::avx512_core_amx, "avx512_core_amx");
  return sets;
}

inline const std::vector<std::pair<dnnl::cpu_isa, std::string_view>>& instruction_sets() {
  static const std::vector<std::pair<dnnl::cpu_isa, std::string_view>> kSets =
      sets_of_library<dnnl::cpu_isa>();
  return kSets;
}

}  // namespace archcost::onednn::bridge
