// SPDX-License-Identifier: Apache-2.0
#include "exporter/reference_names.hpp"

namespace archcost::exporter {
namespace {

struct ReferenceRow {
  std::string_view spec, names;
};

constexpr ReferenceRow kReferenceRows[] = {
    {"resnet", R"py(
# Paths of modules, without merges, and their names in torchvision.
UNIT = r"stage(\d+)\.unit(\d+)\."
NAMES = (
    (r"stem\.conv", lambda net: "conv1"),
    (r"stem\.batch_norm", lambda net: "bn1"),
    (
        UNIT + r"residual\.([abc])\.(conv|batch_norm)",
        lambda net, s, u, x, kind: (
            f"layer{int(s) - 1}.{int(u) - 1}."
            f"{'bn' if kind == 'batch_norm' else kind}{'abc'.index(x) + 1}"
        ),
    ),
    (
        UNIT + r"shortcut\.proj\.(conv|batch_norm)",
        lambda net, s, u, kind: (
            f"layer{int(s) - 1}.{int(u) - 1}.downsample.{int(kind != 'conv')}"
        ),
    ),
    (r"classifier", lambda net: "fc"),
)
)py"},
    {"mobilenet_v2", R"py(
# Paths of modules, without merges, and their names in torchvision.
PARTS = ("expand", "depthwise", "project")


def unit_name(net, row, unit, part, kind):
    """The first unit has no expansion; a projection is no module of its own."""
    number = sum(len(net[k]) for k in range(1, int(row))) + int(unit)
    place = PARTS.index(part) - (row == "1")
    norm = int(kind == "batch_norm")
    if part == "project":
        return f"features.{number}.conv.{place + norm}"
    return f"features.{number}.conv.{place}.{norm}"


NAMES = (
    (r"stem\.conv", lambda net: "features.0.0"),
    (r"stem\.batch_norm", lambda net: "features.0.1"),
    (r"bottleneck(\d)\.unit(\d+)\.(\w+)\.(conv|batch_norm)", unit_name),
    (r"last\.conv", lambda net: "features.18.0"),
    (r"last\.batch_norm", lambda net: "features.18.1"),
    (r"classifier\.fc", lambda net: "classifier.1"),
)
)py"},
    {"shufflenet_v2", R"py(
# Paths of modules, without merges, and their names in torchvision.
PLACES = {
    "left": {"depthwise": 0, "pointwise": 2},
    "right": {"pointwise1": 0, "depthwise": 3, "pointwise2": 5},
}


def unit_name(net, stage, unit, side, part, kind):
    branch = 1 if side == "left" else 2
    place = PLACES[side][part] + (kind == "batch_norm")
    return f"stage{stage}.{int(unit) - 1}.branch{branch}.{place}"


NAMES = (
    (r"stem\.conv1\.conv", lambda net: "conv1.0"),
    (r"stem\.conv1\.batch_norm", lambda net: "conv1.1"),
    (r"stage(\d)\.unit(\d+)\.(left|right)\.(\w+)\.(conv|batch_norm)", unit_name),
    (r"conv5\.conv", lambda net: "conv5.0"),
    (r"conv5\.batch_norm", lambda net: "conv5.1"),
    (r"classifier\.fc", lambda net: "fc"),
)
)py"},
    {"squeezenet", R"py(
# Paths of modules, without merges, and their names in torchvision: places in the list.
NAMES = (
    (r"conv1", lambda net: "features.0"),
    (
        r"(fire\d)\.(\w+)\.conv",
        lambda net, fire, part: f"features.{[*net._modules].index(fire)}.{part}",
    ),
    (r"conv10", lambda net: "classifier.1"),
)
)py"},
};

}  // namespace

std::string_view reference_names(std::string_view spec) {
  for (const ReferenceRow& row : kReferenceRows) {
    if (row.spec == spec) return row.names;
  }
  return {};
}

const std::string_view kReferenceKeys = R"py(

def reference_keys(net, keys):
    """The names of tensors in torchvision; none where a module has no such name."""
    result = {}
    for key in keys:
        path, tensor = key.rsplit(".", 1)
        module, parts = net, []
        for part in path.split("."):
            module = getattr(module, part)
            if not isinstance(module, nn.ModuleDict) and not part.isdigit():
                parts.append(part)
        for pattern, name in NAMES:
            match = re.fullmatch(pattern, ".".join(parts))
            if match:
                result[key] = f"{name(net, *match.groups())}.{tensor}"
    return result if len(result) == len(keys) else {}
)py";

const std::string_view kReferenceStateDict = R"py(
    def state_dict(self, *args, **kwargs):
        """Under torchvision's names where all modules have one."""
        state = super().state_dict(*args, **kwargs)
        if args or kwargs:
            return state
        names = reference_keys(self, state)
        return {names.get(key, key): value for key, value in state.items()}
)py";

}  // namespace archcost::exporter
