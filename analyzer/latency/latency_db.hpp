// SPDX-License-Identifier: Apache-2.0
// The database of latencies: times of kernels and of whole networks, by machine.
//
// One SQLite file. Several processes may write at once, and a kill at any time leaves it valid. It
// is the journal of `profile` too: figures are stored as they are measured, and a second run
// measures only what is missing. Figures of different machines or libraries are never mixed.
#pragma once

#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/diagnostic.hpp"
#include "latency/machine.hpp"
#include "plan/kernel_option.hpp"

namespace archcost::latency {

/// One kernel's time, measured in network context: after the kernels that make its inputs.
struct LayerFigure {
  std::string problem;  ///< see to_text(KernelProblem)
  plan::KernelOption option;
  std::string implementation;
  plan::KernelOrigin origin = plan::KernelOrigin::kLibrary;
  int threads = 1;
  double seconds = 0;           ///< median over the blocks
  double spread = 0;            ///< half the range over the blocks, relative
  double reference = 0;         ///< seconds of the reference layer at that time
  std::vector<double> samples;  ///< seconds, by block or by network
  int passes = 0;               ///< of each block
  std::string how;              ///< "batch of 24 rows, 12.1 MB, from 8 networks; processor 1"
  std::string date;             ///< ISO 8601, UTC
  double core_latency = 0;      ///< see core_latency.hpp; 0: one thread, or not known
  /// Of figures that were taken in whole networks: see network_footprint(), by sample; 0: not
  /// known. Else empty.
  std::vector<double> footprints = {};
};

/// A whole network, measured and predicted: it gives the error of predictions.
struct NetworkCheck {
  std::string network;  ///< "mobilenet_v1:alpha=0.5"
  int threads = 1;
  double macs = 0;
  double seconds = 0, spread = 0;  ///< measured as a whole
  double reference = 0;            ///< seconds of the reference layer at that time
  double composed = 0;             ///< from single layers, at the same reference; 0: some missing
  double unseen = 0;  ///< estimated without any of the network's own layers; 0: not possible
  std::string how, date;
  double core_latency = 0;  ///< 0: one thread, or not known
};

struct MachineRow {
  int id = 0;
  MachineId machine;
  std::int64_t layers = 0, kernels = 0, checks = 0;
};

/// Figures that were added, were there already, and were replaced by later ones.
struct MergeCounts {
  std::int64_t added = 0, known = 0, replaced = 0;
};

/// A part of work that was divided for several tasks or machines, and that filled the database.
struct PartRecord {
  std::string work;  ///< a fingerprint, with the machine in it
  int number = 0;    ///< of the part, from 1
  std::string head;  ///< what it is and which command makes it, as JSON
  bool finished = false;
  /// figures_hash() when the part was finished; empty: other figures came later, or not known.
  std::string figures = {};
};

/// All figures of one machine.
struct MachineContents {
  MachineId machine;
  plan::KernelChoices kernels;
  std::vector<LayerFigure> layers;
  std::vector<NetworkCheck> checks;

  std::int64_t size() const;
};

/// A line of JSON for every figure, and back. What can't be a figure, as a damaged database may
/// hold it, is left out; returns how many lines were written. `name` is what messages call the
/// text; throws Error naming the line.
std::int64_t write_lines(const std::vector<MachineContents>& contents, std::ostream& out);
std::vector<MachineContents> read_lines(std::istream& in, const std::string& name);

/// The file is damaged. what() has what can be done too, `why` the reason alone.
struct DamagedDatabase : Error {
  std::string why;

  DamagedDatabase(const std::string& message, std::string reason)
      : Error(message), why(std::move(reason)) {}
};

class LatencyDb {
 public:
  struct Connection;
  enum class Mode {
    kRead,    ///< must be there
    kWrite,   ///< made where there is none
    kSalvage  ///< whatever can be read of a damaged one, or of one of another version
  };
  /// Throws Error naming the file: not there, no database, damaged, of a newer version, no access;
  /// with what can be done.
  LatencyDb(std::string path, Mode mode);
  ~LatencyDb();
  LatencyDb(LatencyDb&&) noexcept;
  LatencyDb& operator=(LatencyDb&&) noexcept;

  const std::string& path() const { return path_; }

  std::vector<MachineRow> machines() const;
  /// Adds it where it is new.
  int add_machine(const MachineId& machine);

  plan::KernelChoices choices(int machine) const;
  void save_choices(int machine, const plan::KernelChoices& choices);

  /// threads 0: of all.
  std::vector<LayerFigure> layers(int machine, int threads) const;
  /// All or none. A stored figure stays, unless `replace`, or its core-to-core latency was high
  /// (see is_low_core_latency) and the new one's is lower.
  void save_layers(int machine, std::span<const LayerFigure> figures, bool replace = false);

  std::vector<NetworkCheck> checks(int machine, int threads) const;
  /// The lowest core-to-core latency of all figures with so many threads; 0: none is known. Figures
  /// with a higher one (see is_low_core_latency) are ignored.
  double lowest_core_latency(int machine, int threads) const;
  void save_check(int machine, const NetworkCheck& check);

  /// SHA-256 of all figures, as hexadecimal digits.
  std::string figures_hash() const;
  /// Remembers a part; what is finished stays finished. Throws Error where the figures of a
  /// finished part were changed since: the database is damaged.
  void save_part(const PartRecord& record);
  std::vector<PartRecord> parts() const;

  /// All that is in it; in the mode kSalvage, all that can be read.
  std::vector<MachineContents> contents() const;
  /// In the mode kSalvage: whether something could not be read so far.
  bool has_gaps() const;
  /// Adds the figures of others: of two for the same kernel the later one, of two trials of a
  /// kernel the database's own.
  MergeCounts merge(const std::vector<MachineContents>& others);
  /// Removes a machine's figures (layers and checks; its kernels too, unless `keep_kernels`);
  /// `before`: only figures with an earlier date, as 2026-01-31, empty: all. Returns how many.
  /// Throws Error for what is no date.
  std::int64_t prune(int machine, const std::string& before, bool keep_kernels);

 private:
  std::string path_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace archcost::latency
