// SPDX-License-Identifier: Apache-2.0
#include "runner/import_profile.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <functional>
#include <map>
#include <optional>

#include "core/diagnostic.hpp"
#include "core/statistics.hpp"
#include "core/text.hpp"
#include "runner/onnxruntime_profile.hpp"

namespace archcost::runner {
namespace {

constexpr double kMilli = 1e-3, kMicro = 1e-6;
constexpr std::string_view kTotal = "total";  // the row of a whole run

/// A text in lines, for messages with their numbers.
struct Lines {
  std::string file, network;
  std::vector<std::string> lines;

  [[noreturn]] void fail(std::size_t line, const std::string& message) const {
    throw Error(fmt::format("{}:{}: {}", file, line + 1, message));
  }
  /// Seconds of a number in a unit.
  double time(std::size_t line, std::string_view text, double unit) const {
    text = trim(text);
    double number = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (status != std::errc() || end != text.data() + text.size() || !(number >= 0) ||
        number > 1e12)
      fail(line, fmt::format("'{}' is not a time", printable(text)));
    return number * unit;
  }
};

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

/// Cells without blanks and quotes.
std::vector<std::string> cells_of(std::string_view line, char separator) {
  std::vector<std::string> cells;
  for (const std::string& part : split(line, separator)) {
    std::string_view cell = trim(part);
    if (cell.size() >= 2 && cell.front() == '"' && cell.back() == '"')
      cell = cell.substr(1, cell.size() - 2);
    cells.emplace_back(cell);
  }
  return cells;
}

/// The place of a column, by its name in lower case, without brackets; -1: none.
int column_of(const std::vector<std::string>& header, std::string_view name) {
  for (std::size_t i = 0; i < header.size(); ++i) {
    std::string cell = lower(header[i]);
    std::erase_if(cell, [](char c) { return c == '[' || c == ']'; });
    std::replace(cell.begin(), cell.end(), '_', ' ');
    if (cell == name) return static_cast<int>(i);
  }
  return -1;
}

/// Adds a time of a run to the row of that name.
void add_time(ImportedProfile& profile, std::map<std::string, std::size_t>& places,
              const std::string& name, const std::string& type, double seconds) {
  const auto [place, fresh] = places.emplace(name, profile.rows.size());
  if (fresh) profile.rows.push_back({{.name = name, .type = type}, {}});
  profile.rows[place->second].seconds.push_back(seconds);
}

/// Adds the mean time of one of the kernels that a table has under that name: in each run all of
/// them ran.
void add_mean(ImportedProfile& profile, std::map<std::string, std::size_t>& places,
              const std::string& name, const std::string& type, double seconds) {
  const auto known = places.find(name);
  if (known == places.end())
    add_time(profile, places, name, type, seconds);
  else
    profile.rows[known->second].seconds.front() += seconds;
}

// --- archcost's own: layer,us,run
// ------------------------------------------------------------------

bool is_left_out(const std::string& line) { return trim(line).empty() || line[0] == '#'; }

/// The first line that says something.
std::size_t header_of(const Lines& lines) {
  const auto line = std::find_if_not(lines.lines.begin(), lines.lines.end(), is_left_out);
  return line == lines.lines.end() ? 0 : static_cast<std::size_t>(line - lines.lines.begin());
}

bool is_plain(const Lines& lines) {
  const std::vector<std::string> header = cells_of(lines.lines[header_of(lines)], ',');
  return column_of(header, "layer") >= 0 && column_of(header, "us") >= 0;
}

/// Rows of one layer in the same run are parts of its time. Without runs each is a run.
ImportedProfile read_plain(const Lines& lines) {
  ImportedProfile profile = {.format = "CSV"};
  const std::size_t begin = header_of(lines);
  const std::vector<std::string> header = cells_of(lines.lines[begin], ',');
  const auto layer = static_cast<std::size_t>(column_of(header, "layer")),
             us = static_cast<std::size_t>(column_of(header, "us"));
  const int run = column_of(header, "run");
  std::map<std::string, std::size_t> places;
  std::map<std::pair<std::string, std::string>, std::size_t> known;  // by layer and run
  std::vector<double> totals;
  for (std::size_t i = begin + 1; i < lines.lines.size(); ++i) {
    if (is_left_out(lines.lines[i])) continue;
    const std::vector<std::string> cells = cells_of(lines.lines[i], ',');
    if (cells.size() != header.size())
      lines.fail(i, fmt::format("{} cells, but {} columns", cells.size(), header.size()));
    const double seconds = lines.time(i, cells[us], kMicro);
    const std::string& name = cells[layer];
    if (name == kTotal) {
      totals.push_back(seconds);
      continue;
    }
    const auto of_run =
        run < 0 ? known.end() : known.find({name, cells[static_cast<std::size_t>(run)]});
    if (of_run != known.end()) {
      profile.rows[places.at(name)].seconds[of_run->second] += seconds;
      continue;
    }
    add_time(profile, places, name, "", seconds);
    if (run >= 0)
      known[{name, cells[static_cast<std::size_t>(run)]}] =
          profile.rows[places.at(name)].seconds.size() - 1;
  }
  if (!totals.empty()) profile.total = median(totals);
  return profile;
}

// --- TensorFlow Lite's benchmark_model: CSV, or its table with tabs ------------------------------

bool is_tflite_header(const std::string& line) {
  std::string text = lower(line);
  std::replace(text.begin(), text.end(), '_', ' ');
  return text.find("node type") != std::string::npos &&
         text.find("times called") != std::string::npos && text.find("name") != std::string::npos &&
         text.find("count") == std::string::npos;
}

bool is_tflite(const Lines& lines) {
  return std::any_of(lines.lines.begin(), lines.lines.end(), is_tflite_header);
}

/// "[a/Relu6;a/BiasAdd]:3" is "a/Relu6;a/BiasAdd".
std::string tflite_name(std::string name) {
  if (const auto end = name.rfind("]:"); end != std::string::npos) name.resize(end);
  std::erase_if(name, [](char c) { return c == '[' || c == ']'; });
  return name;
}

ImportedProfile read_tflite(const Lines& lines) {
  ImportedProfile profile = {.format = "TensorFlow Lite benchmark_model", .engine = "tflite"};
  // The last table in the order of the run: the first ones are of the initialisation.
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < lines.lines.size(); ++i) {
    if (!is_tflite_header(lines.lines[i])) continue;
    const bool by_time =
        i > 0 && lines.lines[i - 1].find("Top by Computation Time") != std::string::npos;
    if (!by_time || !found) found = i;
  }
  const std::size_t begin = found.value_or(0);
  const char separator = lines.lines[begin].find('\t') != std::string::npos ? '\t' : ',';
  const auto cells_at = [&](std::size_t i) {
    std::string_view line = lines.lines[i];
    while (separator == '\t' && !line.empty() && line.front() == '\t') line.remove_prefix(1);
    return cells_of(line, separator);
  };
  const std::vector<std::string> header = cells_at(begin);
  const int type = column_of(header, "node type"), name = column_of(header, "name");
  const int average = column_of(header, "avg ms");
  if (type < 0 || name < 0 || average < 0)
    lines.fail(begin, "the column avg_ms or name is missing");
  std::map<std::string, std::size_t> places;
  for (std::size_t i = begin + 1; i < lines.lines.size(); ++i) {
    const std::vector<std::string> cells = cells_at(i);
    if (cells.size() < header.size()) break;  // the end of the table
    add_mean(profile, places, tflite_name(cells[static_cast<std::size_t>(name)]),
             cells[static_cast<std::size_t>(type)],
             lines.time(i, cells[static_cast<std::size_t>(average)], kMilli));
  }
  return profile;
}

// --- ncnn: lines of a build with NCNN_BENCHMARK, and the table of benchncnn
// --------------------------

/// "Convolution   conv1    1.23ms    | ...": type, name, number and unit.
std::optional<std::vector<std::string>> ncnn_words(const std::string& line) {
  const auto bar = line.find('|');
  std::vector<std::string> words;
  for (const std::string& word : split(line.substr(0, bar), ' ')) {
    if (!trim(word).empty()) words.emplace_back(trim(word));
  }
  if (bar == std::string::npos || words.size() != 3) return {};
  const bool timed = words[2].ends_with("ms") || words[2].ends_with("us");
  if (!timed || std::isdigit(static_cast<unsigned char>(words[2].front())) == 0) return {};
  return words;
}

bool is_ncnn(const Lines& lines) {
  return std::any_of(lines.lines.begin(), lines.lines.end(),
                     [](const std::string& line) { return ncnn_words(line).has_value(); });
}

ImportedProfile read_ncnn(const Lines& lines) {
  ImportedProfile profile = {.format = "ncnn with NCNN_BENCHMARK", .engine = "ncnn"};
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < lines.lines.size(); ++i) {
    const auto words = ncnn_words(lines.lines[i]);
    if (!words) continue;
    const std::string& time = (*words)[2];
    const double unit = time.ends_with("ms") ? kMilli : kMicro;
    add_time(profile, places, (*words)[1], (*words)[0],
             lines.time(i, std::string_view(time).substr(0, time.size() - 2), unit));
  }
  return profile;
}

// --- MNN: timeProfile.out's table by name
// ------------------------------------------------------------

bool is_mnn_header(const std::string& line) {
  return line.find("Node Name") != std::string::npos && line.find("Avg(ms)") != std::string::npos;
}

bool is_mnn(const Lines& lines) {
  return std::any_of(lines.lines.begin(), lines.lines.end(), is_mnn_header);
}

ImportedProfile read_mnn(const Lines& lines) {
  ImportedProfile profile = {.format = "MNN timeProfile.out", .engine = "mnn"};
  const auto header_line = std::find_if(lines.lines.begin(), lines.lines.end(), is_mnn_header);
  const std::vector<std::string> header = cells_of(*header_line, '\t');
  const int name = column_of(header, "node name"), type = column_of(header, "op type"),
            average = column_of(header, "avg(ms)");
  const auto begin = static_cast<std::size_t>(header_line - lines.lines.begin());
  if (name < 0 || average < 0) lines.fail(begin, "the columns must be separated by tabs");
  std::map<std::string, std::size_t> places;
  for (std::size_t i = begin + 1; i < lines.lines.size(); ++i) {
    const std::vector<std::string> cells = cells_of(lines.lines[i], '\t');
    if (static_cast<int>(cells.size()) <= std::max(name, average)) break;
    add_mean(profile, places, cells[static_cast<std::size_t>(name)],
             type < 0 ? "" : cells[static_cast<std::size_t>(type)],
             lines.time(i, cells[static_cast<std::size_t>(average)], kMilli));
  }
  return profile;
}

// --- tables of whole networks: benchncnn and MNN's benchmark.out
// -------------------------------------

/// "mobilenet  min = 3.36  max = 3.49  avg = 3.42", in milliseconds; also "avg = 3.420 ms".
std::optional<std::pair<std::string, std::string>> whole_network(const std::string& line) {
  const auto average = line.find("avg =");
  auto head = std::min(line.find("min ="), line.find("max ="));
  if (average == std::string::npos || head == std::string::npos) return {};
  std::string_view name = trim(std::string_view(line).substr(0, head));
  if (name.starts_with("[ - ]")) name = trim(name.substr(5));
  std::string_view time = trim(std::string_view(line).substr(average + 5));
  if (time.ends_with("ms")) time = trim(time.substr(0, time.size() - 2));
  return std::pair(std::string(name), std::string(time));
}

bool is_benchmark(const Lines& lines) {
  return std::any_of(lines.lines.begin(), lines.lines.end(),
                     [](const std::string& line) { return whole_network(line).has_value(); });
}

ImportedProfile read_benchmark(const Lines& lines) {
  const bool mnn = std::any_of(lines.lines.begin(), lines.lines.end(), [](const std::string& line) {
    return line.find("[ - ]") != std::string::npos;
  });
  ImportedProfile profile = {.format = mnn ? "MNN benchmark.out" : "benchncnn",
                             .engine = mnn ? "mnn" : "ncnn"};
  std::vector<std::string> names;
  std::optional<double> only;
  for (std::size_t i = 0; i < lines.lines.size(); ++i) {
    const auto row = whole_network(lines.lines[i]);
    if (!row) continue;
    names.push_back(row->first);
    only = lines.time(i, row->second, kMilli);
    if (row->first == lines.network || row->first == lines.network + ".mnn") profile.total = only;
  }
  if (!profile.total && names.size() == 1) profile.total = only;
  if (!profile.total)
    throw Error(fmt::format("{}: no row is called '{}'; it has {}", lines.file, lines.network,
                            join_or(names)));
  return profile;
}

struct Format {
  bool (*is)(const Lines&);
  ImportedProfile (*read)(const Lines&);
};
constexpr Format kFormats[] = {{is_plain, read_plain},
                               {is_tflite, read_tflite},
                               {is_mnn, read_mnn},
                               {is_ncnn, read_ncnn},
                               {is_benchmark, read_benchmark}};

ImportedProfile read_onnxruntime(const std::string& text, const std::string& file) {
  const OnnxRuntimeProfile read = read_onnxruntime_profile(text, file);
  ImportedProfile profile = {
      .format = "ONNX Runtime profile", .engine = "onnxruntime", .provider = read.provider};
  // The first run brings the data into the caches.
  const std::size_t first = read.runs.size() > 1 ? 1 : 0;
  for (std::size_t n = 0; n < read.nodes.size(); ++n) {
    ProfileRow& row = profile.rows.emplace_back(ProfileRow{read.nodes[n], {}});
    for (std::size_t r = first; r < read.runs.size(); ++r) row.seconds.push_back(read.runs[r][n]);
  }
  return profile;
}

}  // namespace

ImportedProfile read_profile(const std::string& text, const std::string& file,
                             const std::string& network) {
  constexpr std::string_view kMark = "\uFEFF";  // of UTF-8, as spreadsheets write it
  if (text.starts_with(kMark)) return read_profile(text.substr(kMark.size()), file, network);
  const std::string_view start = trim(text);
  if (start.empty()) throw Error(fmt::format("{}: the file is empty", file));
  if (start.front() == '[' && !start.starts_with("[ - ]") && start.find("\"ph\"") != start.npos)
    return read_onnxruntime(text, file);
  Lines lines = {file, network, {}};
  for (const std::string& line : split(text, '\n'))
    lines.lines.push_back(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line);
  for (const Format& format : kFormats) {
    if (!format.is(lines)) continue;
    ImportedProfile profile = format.read(lines);
    if (profile.rows.empty() && !profile.total)
      throw Error(fmt::format("{}: no row has a time", file));
    return profile;
  }
  throw Error(fmt::format(
      "{}: not a known profile; known are a CSV with the columns layer,us,run, ONNX Runtime's "
      "profile (JSON), the table or CSV of TensorFlow Lite's benchmark_model with op profiling, "
      "ncnn's lines of layers and benchncnn, MNN's timeProfile.out and benchmark.out",
      file));
}

}  // namespace archcost::runner
