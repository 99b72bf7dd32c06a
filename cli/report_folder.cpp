// SPDX-License-Identifier: Apache-2.0
#include "cli/report_folder.hpp"

#include <fmt/core.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <set>

#include "cli/command.hpp"
#include "cli/terminal.hpp"
#include "core/diagnostic.hpp"
#include "core/text_file.hpp"
#include "reports/pictures/gnuplot.hpp"
#include "reports/writers/page_writer.hpp"

namespace archcost::cli {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, const std::error_code& status) {
  throw Error(fmt::format("'{}' can't be written: {}", path.string(), status.message()));
}

// Temporary folders of processes that were killed.
void remove_abandoned(const fs::path& folder) {
  std::error_code status;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, status)) {
    int process = 0, length = 0;
    const std::string name = entry.path().filename().string();
    if (std::sscanf(name.c_str(), ".archcost-report.%d.part%n", &process, &length) == 1 &&
        length == static_cast<int>(name.size()) && kill(process, 0) != 0 && errno == ESRCH)
      fs::remove_all(entry.path(), status);
  }
}

/// A temporary folder in which the whole report is written; always removed at the end.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const fs::path& folder) {
    std::error_code status;
    for (fs::path each = folder; !each.empty() && !fs::exists(each, status);
         each = each.parent_path())
      made_.push_back(each);
    fs::create_directories(folder, status);
    if (status) fail(folder, status);
    remove_abandoned(folder);
    path_ = folder / fmt::format(".archcost-report.{}.part", getpid());
    fs::remove_all(path_, status);
    fs::create_directory(path_, status);
    if (status) fail(folder, status);
  }
  ~TemporaryFolder() {
    std::error_code status;
    fs::remove_all(path_, status);
    // Created folders that are empty; remove() fails for others.
    for (const fs::path& each : made_) fs::remove(each, status);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const fs::path& path() const { return path_; }
  void write(const std::string& name, const std::string& text) {
    write_output(text, (path_ / name).string());
    names_.insert(name);
  }
  void add(const std::string& name) { names_.insert(name); }
  const std::set<std::string>& names() const { return names_; }

 private:
  fs::path path_;
  std::vector<fs::path> made_;
  std::set<std::string> names_;
};

// The files that an earlier report links to, and their scripts.
std::set<std::string> files_of(const std::string& report) {
  std::set<std::string> files;
  const std::string start = "](" + std::string(writers::kReportFiles) + "/";
  for (std::size_t at = report.find(start); at != std::string::npos;
       at = report.find(start, at + 1)) {
    if (at > 0 && report[at - 1] == '\\') continue;  // text, no link
    const std::size_t from = at + start.size();
    const std::string name = report.substr(from, report.find(')', from) - from);
    if (name.find('/') != std::string::npos) continue;
    files.insert(name);
    files.insert(fs::path(name).stem().string() + ".gp");
  }
  return files;
}

// The files of the earlier report. Throws Error if no report can be written here.
std::set<std::string> replaced_files(const fs::path& folder) {
  std::error_code status;
  if (fs::exists(folder, status) && !fs::is_directory(folder, status))
    throw Error(fmt::format("'{}' is a file; -o names the folder of a report", folder.string()));
  const fs::path files = folder / writers::kReportFiles, document = folder / writers::kReportName;
  if (fs::exists(files, status) && !fs::is_directory(files, status))
    throw Error(fmt::format(
        "'{}' is a file, and a folder of that name is needed; name another folder for the report",
        files.string()));
  if (!fs::exists(document, status)) return {};
  if (!fs::is_regular_file(document, status) ||
      !read_text_file(document).starts_with(writers::kReportMark)) {
    throw Error(fmt::format(
        "'{}' was not written by archcost report and is not replaced; name another folder",
        document.string()));
  }
  return files_of(read_text_file(document));
}

// Draws the pictures. Returns why some are missing; empty if none is.
std::string draw(const document::Page& page, TemporaryFolder& temporary, bool keep_scripts,
                 std::set<std::string>& drawn) {
  const std::vector<const document::Picture*> pictures = writers::pictures_of(page);
  for (const document::Picture* picture : pictures)
    temporary.write(picture->name + ".gp", pictures::gnuplot_script(*picture));
  std::string missing;
  if (const auto gnuplot = pictures::find_gnuplot()) {
    pictures::DrawnPictures result = pictures::draw_pictures(*gnuplot, pictures, temporary.path());
    drawn = std::move(result.names);
    if (!result.failure.empty()) missing = fmt::format("gnuplot failed ({})", result.failure);
  } else if (!pictures.empty()) {
    missing = "gnuplot was not found (on Debian, the package gnuplot-nox)";
  }
  for (const std::string& name : drawn) temporary.add(name + ".svg");
  std::error_code status;
  for (const document::Picture* picture : pictures) {
    if (!keep_scripts) fs::remove(temporary.path() / (picture->name + ".gp"), status);
  }
  return missing;
}

void move_into(const fs::path& from, const fs::path& to) {
  std::error_code status;
  fs::rename(from, to, status);
  if (status) fail(to, status);
}

}  // namespace

std::string write_report(const document::Page& page, const std::string& folder_name,
                         bool keep_scripts) {
  catch_interrupts();
  const auto check_interrupt = [] {
    if (interrupted()) throw ReportInterrupted{};
  };
  const fs::path folder = fs::path(folder_name).lexically_normal();
  const std::set<std::string> before = replaced_files(folder);
  TemporaryFolder temporary(folder);
  for (const writers::ReportFile& file : writers::page_data(page)) {
    check_interrupt();
    temporary.write(file.name, file.text);
  }
  std::set<std::string> drawn;
  std::string missing = draw(page, temporary, keep_scripts, drawn);
  const std::string document = writers::write_page(page, drawn, missing);
  temporary.write(std::string(writers::kReportName), document);
  check_interrupt();

  std::error_code status;
  const fs::path files = folder / writers::kReportFiles;
  fs::create_directory(files, status);
  if (status) fail(files, status);
  std::set<std::string> now =
      files_of(writers::measured_part(document));  // kept ones aren't written again
  for (const std::string& name : temporary.names()) {
    if (name == writers::kReportName || !fs::exists(temporary.path() / name, status)) continue;
    move_into(temporary.path() / name, files / name);
    now.insert(name);
  }
  // The document is last, so that it never links to a missing file.
  move_into(temporary.path() / writers::kReportName, folder / writers::kReportName);
  for (const std::string& name : before) {
    if (!now.contains(name)) fs::remove(files / name, status);
  }
  return missing;
}

}  // namespace archcost::cli
