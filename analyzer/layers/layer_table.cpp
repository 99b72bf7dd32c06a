#include "layers/layer_table.hpp"

#include <unordered_map>

// A new kind of layer is one file in this folder and one line here.
#define ARCHCOST_LAYER_KINDS(KIND) \
  KIND(conv)                       \
  KIND(conv_transpose)             \
  KIND(linear)                     \
  KIND(matmul)                     \
  KIND(multi_head_attention)       \
  KIND(batch_norm)                 \
  KIND(layer_norm)                 \
  KIND(group_norm)                 \
  KIND(lrn)                        \
  KIND(relu)                       \
  KIND(relu6)                      \
  KIND(leaky_relu)                 \
  KIND(prelu)                      \
  KIND(sigmoid)                    \
  KIND(hard_sigmoid)               \
  KIND(tanh)                       \
  KIND(swish)                      \
  KIND(hard_swish)                 \
  KIND(gelu)                       \
  KIND(softmax)                    \
  KIND(max_pool)                   \
  KIND(avg_pool)                   \
  KIND(global_avg_pool)            \
  KIND(global_max_pool)            \
  KIND(adaptive_avg_pool)          \
  KIND(add)                        \
  KIND(multiply)                   \
  KIND(concat)                     \
  KIND(channel_shuffle)            \
  KIND(split)                      \
  KIND(flatten)                    \
  KIND(reshape)                    \
  KIND(dropout)                    \
  KIND(upsample)                   \
  KIND(pad)                        \
  KIND(scale)                      \
  KIND(class_token)                \
  KIND(take_token)                 \
  KIND(position_embedding)

namespace archcost {

namespace kinds {
#define ARCHCOST_DECLARE(name) extern const LayerKind name##_kind;
ARCHCOST_LAYER_KINDS(ARCHCOST_DECLARE)
#undef ARCHCOST_DECLARE
}  // namespace kinds

std::span<const LayerKind* const> layer_table() {
#define ARCHCOST_ROW(name) &kinds::name##_kind,
  static constexpr const LayerKind* kTable[] = {ARCHCOST_LAYER_KINDS(ARCHCOST_ROW)};
#undef ARCHCOST_ROW
  return kTable;
}

const LayerKind* find_kind(std::string_view name) {
  static const std::unordered_map<std::string_view, const LayerKind*> kByName = [] {
    std::unordered_map<std::string_view, const LayerKind*> by_name;
    for (const LayerKind* kind : layer_table()) by_name.emplace(kind->name, kind);
    return by_name;
  }();
  const auto found = kByName.find(name);
  return found == kByName.end() ? nullptr : found->second;
}

const std::vector<std::string>& kind_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const LayerKind* kind : layer_table()) names.emplace_back(kind->name);
    return names;
  }();
  return kNames;
}

int find_attribute(const LayerKind& kind, std::string_view name) {
  for (std::size_t i = 0; i < kind.attributes.size(); ++i) {
    if (kind.attributes[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace archcost
