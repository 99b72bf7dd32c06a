// SPDX-License-Identifier: Apache-2.0
// Messages about what a person wrote: where, what is wrong, what would have worked.
//
//   resnet50.yaml:12:34: error: conv 'stage2.unit1.b': unknown attribute 'strid'; did you mean
//   'stride'?
//       - conv: {out: 64, kernel: 3, strid: 2}
//                                    ^
#pragma once

#include <compare>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace archcost {

/// A text that was read, under the name that messages use for it.
struct SourceFile {
  std::string name;
  std::string text;
};

/// A place in one of the files of a spec. Lines and columns count from 1; columns count characters.
/// Line 0 stands for the file as a whole.
struct SourceRef {
  int file = 0;
  int line = 0;
  int column = 0;
  friend auto operator<=>(const SourceRef&, const SourceRef&) = default;
};

/// How a line is shown: from its first character, or, in messages about indentation, as a whole.
enum class Excerpt { kTrimmed, kIndented };

struct Diagnostic {
  std::string place;  ///< "file:line:column", "file", or "--set alpha=x"
  std::string message;
  std::string excerpt;  ///< the line and its caret, indented, or empty
  SourceRef where;
};

/// The files that a spec was read from; turns places into diagnostics.
class Sources {
 public:
  int add(SourceFile file);
  const SourceFile& file(int index) const { return files_.at(index); }
  Diagnostic diagnostic(const SourceRef& where, std::string message,
                        Excerpt excerpt = Excerpt::kTrimmed) const;
  std::string place(const SourceRef& where) const;

 private:
  std::vector<SourceFile> files_;
};

/// Bad input. what() is the whole text as a person sees it: every diagnostic, then their number
/// when there is more than one.
class Error : public std::runtime_error {
 public:
  explicit Error(std::vector<Diagnostic> diagnostics);
  /// An error without a place in a file.
  explicit Error(std::string message);
  /// An error in an option or a setting: "--sort x: error: message".
  Error(std::string place, std::string message);
  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

 private:
  std::vector<Diagnostic> diagnostics_;
};

/// Collects the mistakes of a file so that all of them are reported at once. One a place is kept:
/// a block that is used sixteen times doesn't report its mistake sixteen times. Mistakes of a file
/// as a whole differ by their messages.
class DiagnosticList {
 public:
  explicit DiagnosticList(const Sources& sources) : sources_(&sources) {}
  void add(const SourceRef& where, std::string message, Excerpt excerpt = Excerpt::kTrimmed);
  /// Adds to the end of the message at that place.
  void amend(const SourceRef& where, std::string_view more);
  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size(); }
  /// Throws Error if there is any, in the order of their places.
  void throw_if_any();

 private:
  struct Item {
    SourceRef where;
    std::string message;
    Excerpt excerpt;
  };
  const Sources* sources_;
  std::vector<Item> items_;
  std::set<std::pair<SourceRef, std::string>>
      known_;  // the message only where the place is a whole file
};

}  // namespace archcost
