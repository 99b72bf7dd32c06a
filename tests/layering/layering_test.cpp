// The way of the includes: each folder uses only those before it, and each outside library has one
// owner.
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>

#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost::test;
namespace fs = std::filesystem;

namespace {

// From the bottom up.
const std::vector<std::string> kOrder = {"core",    "layers", "spec",    "graph", "cost",
                                         "measure", "search", "reports", "cli"};

struct Owner {
  std::string include;               // how the include begins
  std::vector<std::string> folders;  // who may use it
};
const std::vector<Owner> kOwners = {
    {"yaml-cpp/", {"spec"}},  {"boost/", {"graph"}},
    {"CLI/", {"cli"}},        {"nlohmann/", {"spec", "cost", "measure", "kernels", "reports"}},
    {"catch2/", {}},          {"dnnl", {"kernels"}},
    {"sqlite3", {"measure"}},
};

int level(const std::string& folder) {
  const auto found =
      std::find(kOrder.begin(), kOrder.end(), folder == "kernels" ? "measure" : folder);
  return found == kOrder.end() ? -1 : static_cast<int>(found - kOrder.begin());
}

std::string check_file(const fs::path& file, const std::string& folder) {
  static const std::regex kInclude(R"(^\s*#\s*include\s*[<"]([^>"]+)[>"])");
  std::string wrong;
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    std::smatch match;
    if (!std::regex_search(line, match, kInclude)) continue;
    const std::string include = match[1];
    const int used = level(include.substr(0, include.find('/')));
    if (used > level(folder)) wrong += file.filename().string() + " includes " + include + "\n";
    for (const Owner& owner : kOwners) {
      const bool allowed =
          std::find(owner.folders.begin(), owner.folders.end(), folder) != owner.folders.end();
      if (include.starts_with(owner.include) && !allowed)
        wrong += file.filename().string() + " includes " + include + "\n";
    }
  }
  return wrong;
}

}  // namespace

TEST_CASE("includes go one way", "[layering]") {
  int files = 0;
  for (const std::string& folder : kOrder) {
    const bool top = folder == "reports" || folder == "cli" || folder == "search";
    const fs::path path = top ? source_dir() / folder : source_dir() / "analyzer" / folder;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path)) {
      if (entry.path().extension() != ".cpp" && entry.path().extension() != ".hpp") continue;
      ++files;
      // The kernels are a program of their own, at the level of the library around it.
      const bool kernels = entry.path().parent_path().filename() == "kernels";
      CHECK(check_file(entry.path(), kernels ? "kernels" : folder) == "");
    }
  }
  CHECK(files > 80);
}

TEST_CASE("the check of includes sees a wrong one", "[layering]") {
  const fs::path file = fs::temp_directory_path() / "archcost_layering_probe.cpp";
  std::ofstream(file) << "#include \"cost/cost_table.hpp\"\n#include <yaml-cpp/yaml.h>\n#include "
                         "\"core/text.hpp\"\n";
  CHECK(check_file(file, "layers") ==
        "archcost_layering_probe.cpp includes cost/cost_table.hpp\narchcost_layering_probe.cpp "
        "includes yaml-cpp/yaml.h\n");
  CHECK(check_file(file, "cost") == "archcost_layering_probe.cpp includes yaml-cpp/yaml.h\n");
  fs::remove(file);
}
