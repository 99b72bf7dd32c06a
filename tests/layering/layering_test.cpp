// SPDX-License-Identifier: Apache-2.0
// The direction of the includes: each room uses only rooms before it, and each outside library has
// one owner.
#include <filesystem>
#include <fstream>
#include <regex>

#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost::test;
namespace fs = std::filesystem;

namespace {

// Rooms as includes name them, from the bottom up; "archcost" are the headers of the library.
const std::vector<std::string> kOrder = {"core",
                                         "layers",
                                         "spec",
                                         "onnx",
                                         "graph",
                                         "rewrite",
                                         "cost",
                                         "interpreter",
                                         "exporter",
                                         "plan",
                                         "latency",
                                         "runner",
                                         "runner/onednn",
                                         "search/space",
                                         "search/engine",
                                         "search/sweep",
                                         "search/accuracy",
                                         "search/methods",
                                         "archcost",
                                         "api/archcost",
                                         "api",
                                         "reports/document",
                                         "reports/writers",
                                         "reports/pictures",
                                         "reports/tables",
                                         "reports/pages",
                                         "reports/templates",
                                         "cli"};

struct Owner {
  std::string include;             // how the include begins
  std::vector<std::string> rooms;  // that may use it
};
const std::vector<Owner> kOwners = {
    {"yaml-cpp/", {"spec"}},
    {"protozero/", {"onnx", "exporter"}},
    {"boost/", {"graph"}},
    {"CLI/", {"cli"}},
    {"nlohmann/",
     {"spec", "cost", "plan", "latency", "runner", "runner/onednn", "search/sweep",
      "search/methods", "reports/document", "reports/writers", "reports/tables", "reports/pages",
      "cli"}},
    {"catch2/", {}},
    {"dnnl", {"runner/onednn"}},
    {"sqlite3", {"latency"}},
    {"zlib", {"search/sweep"}},
    {"Eigen/", {"latency", "search/sweep", "search/accuracy"}},
};

bool top_level(const std::string& folder) {
  return folder == "search" || folder == "api" || folder == "reports" || folder == "cli";
}

/// The room of a path such as "search/sweep/sweep_run.hpp"; the folder itself where it is none.
std::string room_of(const std::string& path) {
  const std::string folder = fs::path(path).parent_path().string();
  return folder.empty() ? path : folder;
}

int level(const std::string& room) {
  const auto found = std::find(kOrder.begin(), kOrder.end(), room);
  return found == kOrder.end() ? -1 : static_cast<int>(found - kOrder.begin());
}

/// The namespace of a room: its last folder. The vocabulary of all rooms, core, is plain archcost.
std::string namespace_of(const std::string& room) {
  if (room.starts_with("api")) return "archcost::api";
  return room == "core" ? "archcost" : "archcost::" + fs::path(room).filename().string();
}

/// Lines that open a namespace other than the room's, one inside it or an unnamed one.
std::string check_namespaces(const fs::path& file, const std::string& room) {
  static const std::regex kNamespace(R"(^namespace ([\w:]+) \{)");
  const std::string own = namespace_of(room);
  std::string wrong;
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    std::smatch match;
    if (!std::regex_search(line, match, kNamespace)) continue;
    const std::string name = match[1];
    const bool inside = room != "core" && name.starts_with(own + "::");
    if (name != own && !inside)
      wrong += file.filename().string() + " opens namespace " + name + "\n";
  }
  return wrong;
}

std::string check_file(const fs::path& file, const std::string& room) {
  static const std::regex kInclude(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
  std::string wrong;
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    std::smatch match;
    if (!std::regex_search(line, match, kInclude)) continue;
    const std::string include = match[2];
    const int used = level(room_of(include));
    bool refused = used > level(room) || (match[1] == "\"" && used < 0);
    for (const Owner& owner : kOwners) {
      const bool allowed =
          std::find(owner.rooms.begin(), owner.rooms.end(), room) != owner.rooms.end();
      refused |= include.starts_with(owner.include) && !allowed;
    }
    if (refused) wrong += file.filename().string() + " includes " + include + "\n";
  }
  return wrong;
}

}  // namespace

TEST_CASE("includes go one way between rooms, each with its namespace", "[layering]") {
  int files = 0;
  for (const std::string folder : {"analyzer", "search", "api", "reports", "cli"}) {
    const fs::path root = source_dir() / folder;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
      if (entry.path().extension() != ".cpp" && entry.path().extension() != ".hpp") continue;
      ++files;
      const fs::path base = top_level(folder) ? source_dir() : root;
      const std::string room = room_of(fs::relative(entry.path(), base).string());
      INFO(entry.path().string());
      CHECK(level(room) >= 0);
      CHECK(check_file(entry.path(), room) == "");
      CHECK(check_namespaces(entry.path(), room) == "");
    }
  }
  CHECK(files > 300);
}

TEST_CASE("the check of includes sees a wrong one", "[layering]") {
  const fs::path file = fs::temp_directory_path() / "archcost_layering_probe.cpp";
  std::ofstream(file) << "#include \"cost/cost_table.hpp\"\n#include <yaml-cpp/yaml.h>\n#include "
                         "\"core/text.hpp\"\n";
  CHECK(check_file(file, "layers") ==
        "archcost_layering_probe.cpp includes cost/cost_table.hpp\narchcost_layering_probe.cpp "
        "includes yaml-cpp/yaml.h\n");
  CHECK(check_file(file, "cost") == "archcost_layering_probe.cpp includes yaml-cpp/yaml.h\n");
  CHECK(check_file(file, "reports/pages") ==
        "archcost_layering_probe.cpp includes yaml-cpp/yaml.h\n");
  std::ofstream(file) << "#include \"search/sweep/sweep_run.hpp\"\n";
  CHECK(check_file(file, "search/space") ==
        "archcost_layering_probe.cpp includes search/sweep/sweep_run.hpp\n");
  fs::remove(file);
}

TEST_CASE("the check of namespaces sees a wrong one", "[layering]") {
  const fs::path file = fs::temp_directory_path() / "archcost_namespace_probe.hpp";
  std::ofstream(file) << "namespace archcost {\nnamespace archcost::layers::kinds {\nnamespace {\n";
  CHECK(check_namespaces(file, "layers") ==
        "archcost_namespace_probe.hpp opens namespace archcost\n");
  CHECK(check_namespaces(file, "core") ==
        "archcost_namespace_probe.hpp opens namespace archcost::layers::kinds\n");
  CHECK(check_namespaces(file, "runner/onednn") ==
        "archcost_namespace_probe.hpp opens namespace archcost\n"
        "archcost_namespace_probe.hpp opens namespace archcost::layers::kinds\n");
  fs::remove(file);
}
