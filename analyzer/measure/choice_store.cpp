#include "measure/choice_store.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace archcost {
namespace {

/// Changes when the names or meanings of options do.
constexpr int kVersion = 1;

}  // namespace

std::string cache_folder() {
  if (const char* own = std::getenv("ARCHCOST_CACHE")) return own;
  if (const char* cache = std::getenv("XDG_CACHE_HOME")) return std::string(cache) + "/archcost";
  const char* home = std::getenv("HOME");
  return std::string(home != nullptr ? home : "/tmp") + "/.cache/archcost";
}

ChoiceStore::ChoiceStore(const std::string& cpu, const std::string& library, const std::string& isa)
    : machine_(fmt::format("{}, {}, {}", cpu, isa, library)) {
  std::string file;
  for (const char c : machine_) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.') {
      file += c;
    } else if (!file.empty() && file.back() != '-') {
      file += '-';
    }
  }
  path_ = fmt::format("{}/kernels-{}.json", cache_folder(), file);
}

Choices ChoiceStore::load() const {
  std::ifstream file(path_);
  const nlohmann::json json = nlohmann::json::parse(file, nullptr, false);
  if (!json.is_object() || json.value("version", 0) != kVersion ||
      json.value("machine", "") != machine_) {
    return {};
  }
  try {
    return choices_from_json(json.at("kernels"));
  } catch (const nlohmann::json::exception&) {
    return {};
  }
}

void ChoiceStore::save(const Choices& choices) const {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path_).parent_path(), error);
  Choices all = load();
  for (const auto& [problem, options] : choices) {
    for (const auto& [option, tried] : options) all[problem][option] = tried;
  }
  const std::string part = fmt::format("{}.{}", path_, getpid());
  {
    std::ofstream file(part);
    file << nlohmann::json{{"version", kVersion}, {"machine", machine_}, {"kernels", to_json(all)}}
                .dump(1);
    if (!file.flush()) return;
  }
  std::filesystem::rename(part, path_, error);
}

}  // namespace archcost
