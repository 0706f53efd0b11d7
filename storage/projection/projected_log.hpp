#pragma once
// What every embedded form of the log does alike: preconditions, repeated operations, numbering, hash chain,
// projection. A form adds how a batch becomes durable and how rows are read.

#include <memory>
#include <mutex>
#include <string>

#include <breakerd/storage/log/event_log.hpp>
#include <breakerd/storage/projection/projector.hpp>

namespace breakerd {

class ProjectedLog : public EventLog {
 public:
  [[nodiscard]] Result<std::vector<Result<Appended>>> append(std::span<Append> appends) override;
  [[nodiscard]] Position head() const override;
  void watch(Listener listener) override { listener_ = std::move(listener); }

 protected:
  /// `latest` shows what is committed, without a snapshot; it must outlive the log's last append.
  explicit ProjectedLog(const ReadView& latest) : latest_{latest}, projector_{latest} {}

  [[nodiscard]] virtual std::unique_ptr<RowBatch> make_batch() = 0;
  /// Makes the batch durable and visible; `end` is the log's end with it.
  [[nodiscard]] virtual Result<void> commit(RowBatch& batch, const Position& end) = 0;
  /// Called once when an append failed, before its error is handed out.
  virtual void mark_failed() = 0;
  /// Whether a log that ends at `end` may be continued; called by load() before anything is shown of it.
  [[nodiscard]] virtual Result<void> check_end(const Position& end) = 0;

  /// Reads the global rows and checks the chain from the checkpoint to the end. Appends work again when it succeeds.
  [[nodiscard]] Result<void> load();
  /// Until load() has succeeded.
  void refuse_appends() { failed_ = true; }

  /// The last job that was enqueued, with what is staged; none is 0.
  [[nodiscard]] JobId last_job() { return projector_.queue().last_job; }

 private:
  void read_ahead(std::span<const Append> appends);
  [[nodiscard]] Result<void> check(const ClosedIn& wanted);
  [[nodiscard]] Result<void> check(const CampaignAt& wanted);
  [[nodiscard]] Result<void> check(const KeyAt& wanted);
  [[nodiscard]] Result<void> check_preconditions(const Append& append);
  [[nodiscard]] Result<std::optional<Appended>> find_operation(const Append& append);
  [[nodiscard]] Result<Appended> stage(Append& append, RowBatch& batch);
  using Misfits = std::vector<std::optional<Error>>;
  [[nodiscard]] Result<std::vector<Result<Appended>>> stage_all(std::span<Append> appends, RowBatch& batch,
                                                                Misfits& misfits);
  [[nodiscard]] Result<void> check_tail();
  void set_head(const Position& position);

  const ReadView& latest_;
  Projector projector_;
  Position end_;  ///< with what is staged
  Position checkpoint_;
  std::string body_;     ///< reused
  std::string payload_;  ///< reused
  bool failed_ = false;
  Listener listener_;
  mutable std::mutex head_mutex_;
  Position head_;  ///< committed; guarded by head_mutex_
};

}  // namespace breakerd
