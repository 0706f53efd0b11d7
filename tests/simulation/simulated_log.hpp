#pragma once
// The log that one simulated process has open on a SimulatedDisk. It keeps the contract of storage/log/event_log.hpp as
// the log in RocksDB does: what that one refuses at a start, and how it fails, is the same here.

#include <memory>

#include <breakerd/storage/projection/projected_log.hpp>
#include <breakerd/storage/rocks/rocks_log.hpp>
#include "tests/simulation/simulated_disk.hpp"

namespace breakerd::simulation {

/// Reads fail as DiskFaults says, and where rows are damaged.
class FaultyView final : public ReadView {
 public:
  /// Of the tables as they change; `disk` outlives it.
  FaultyView(const SimulatedDisk& disk, Reader reader) : disk_{disk}, reader_{reader}, rows_{disk.tables_.latest()} {}
  /// A snapshot.
  FaultyView(const SimulatedDisk& disk, Reader reader, std::unique_ptr<ReadView> snapshot)
      : disk_{disk}, reader_{reader}, snapshot_{std::move(snapshot)}, rows_{*snapshot_} {}

  [[nodiscard]] Result<std::optional<std::string>> get(Table table, std::string_view key) const override;
  [[nodiscard]] Result<void> scan(Table table, std::string_view from, std::string_view to,
                                  const Visit& visit) const override;
  [[nodiscard]] Result<std::optional<std::string>> last_key(Table table, std::string_view before) const override;

 private:
  [[nodiscard]] Result<void> read(Table table) const;
  [[nodiscard]] bool is_damaged(Table table, std::string_view key) const;

  const SimulatedDisk& disk_;
  Reader reader_;
  std::unique_ptr<ReadView> snapshot_;
  const ReadView& rows_;
};

/// First the view, then the log that reads by it.
struct ViewOfSimulatedLog {
  FaultyView latest;
};

class SimulatedLog final : private ViewOfSimulatedLog, public ProjectedLog {
 public:
  /// As open_rocks_log(), and with its errors: `storage` when another process has the disk open. `disk` outlives the
  /// log, and a log that is dropped without a crash has stopped in good order.
  [[nodiscard]] static Result<std::unique_ptr<SimulatedLog>> open(SimulatedDisk& disk, HeadMode head = HeadMode::async);
  ~SimulatedLog() override;
  SimulatedLog(const SimulatedLog&) = delete;
  SimulatedLog& operator=(const SimulatedLog&) = delete;

  /// The process that has the log open is gone: every call fails and has no effect.
  [[nodiscard]] bool is_dead() const { return process_ != disk_.process_; }

  [[nodiscard]] Result<std::vector<Result<Appended>>> append(std::span<Append> appends) override;
  [[nodiscard]] Result<void> reopen() override;
  [[nodiscard]] Result<std::unique_ptr<ReadView>> view() const override;
  [[nodiscard]] bool fault_pending() const override { return fault_; }
  [[nodiscard]] Result<void> mark_fault() override;
  [[nodiscard]] Result<void> clear_fault() override;

 protected:
  [[nodiscard]] std::unique_ptr<RowBatch> make_batch() override;
  [[nodiscard]] Result<void> commit(RowBatch& batch, const Position& end) override;
  void mark_failed() override;
  [[nodiscard]] Result<void> check_end(const Position& end) override;

 private:
  SimulatedLog(SimulatedDisk& disk, HeadMode head);

  [[nodiscard]] Result<void> start();
  [[nodiscard]] Result<void> reopen_tables();
  [[nodiscard]] bool ends_at_head() const;
  [[nodiscard]] Result<void> write_fault(bool fault);
  void note_head(const Position& position);

  SimulatedDisk& disk_;
  const HeadMode head_mode_;
  const std::uint64_t process_;
  Position acknowledged_;  ///< what must be there: HEAD's at the start, our own later
  bool fault_ = false;
  bool fault_noted_ = true;  ///< HEAD knows of the fault, if there is one
  bool readable_ = true;
  bool committing_ = false;
};

}  // namespace breakerd::simulation
