#pragma once
// A request with a key (Idempotency-Key): done once, and answered in the same way whenever it is asked again
// (docs/decisions/answers-are-kept-by-key.md). Internal to http/api.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <breakerd/events/codec/request_name.hpp>
#include <breakerd/events/model/kept_answer.hpp>
#include <breakerd/http/api/keys_in_progress.hpp>
#include <breakerd/http/api/router.hpp>
#include <breakerd/storage/views/request_views.hpp>

namespace breakerd::http {

/// 1 to limits::idempotency_key_bytes_max visible ASCII characters.
[[nodiscard]] bool is_idempotency_key(std::string_view text);

/// Stands between the call and the core. The handler runs at once, and what it asks of the core waits until it is known
/// whether the key was used. Then it goes on under the request's operation id, or is dropped. What it answers is kept
/// before it is given.
class KeyedCall final : public Backend, public std::enable_shared_from_this<KeyedCall> {
 public:
  KeyedCall(Exchange& to, const Request& request, Backend& core, const ApiOptions& options);

  /// Runs the call; it lives as long as that takes.
  void begin(const Request& request, const Match& match, const PathParams& path);

  // As the handler sees it.
  void submit(Command&& command, std::string principal, Done done) override;
  void submit_named(Command&& command, std::string principal, const OperationId& operation, Done done) override;
  void submit_together(std::vector<Command>&& commands, const std::string& principal, EachDone done) override;
  [[nodiscard]] std::function<void()> submit_wait(Command&& command, std::string principal, Done done) override;
  void note_report(const Command& report) override;
  void note_shown(const JobView& job) override { job_ = job; }
  void read(ReadSize size, Gone gone, Read work, ReadDone done) override;
  [[nodiscard]] Gate gate() const noexcept override { return core_.gate(); }
  [[nodiscard]] Health health() const override { return core_.health(); }
  [[nodiscard]] DamagedReads damaged_reads() const override { return core_.damaged_reads(); }
  [[nodiscard]] std::size_t waiting_leases() const override { return core_.waiting_leases(); }
  [[nodiscard]] const LeaseTimes* lease_times() const override { return core_.lease_times(); }
  [[nodiscard]] const CampaignPaces* campaign_paces() const override { return core_.campaign_paces(); }

 private:
  enum class Stage : std::uint8_t {
    looking,  ///< for what the log has of the key, or for the handler's first word
    running,
    over,  ///< answered without the handler
  };
  /// An answer that is on its way.
  struct Stored {
    int status = 200;
    BodyType type = BodyType::json;
    std::string fields;
    std::string body;
  };
  /// What the handler asked of the core while it was not known whether it may.
  struct Waiting {
    std::vector<Command> commands;
    std::string principal;
    Done done;      ///< of one command
    EachDone each;  ///< of many that go together; else null
  };

  void look();
  void divert();
  void answered(const Answer& answer);
  /// As soon as both are there, the handler's first word and what the log has.
  void decide();
  void decide_without_look(Error error);
  void run();
  void forward(Waiting&& waiting);
  void forward_one(Command&& command, std::string principal, Done done);
  void forward_done(Command&& command, std::string principal, Done done);
  [[nodiscard]] bool is_done(unsigned part) const;
  [[nodiscard]] std::optional<RecordFailure> report() const;
  void note(const Outcome& outcome, bool counts);
  void keep_or_give(Stored stored);
  void keep(KeptAnswer answer, Stored stored);
  [[nodiscard]] bool is_to_be_kept(const Stored& stored) const;
  [[nodiscard]] KeptAnswer kept(const Stored& stored) const;
  [[nodiscard]] KeptAnswer kept_briefly() const;
  void leave_out_payload(KeptAnswer& answer) const;

  void give(const Stored& stored);
  void give_again(const KnownRequest& known);
  void refuse_other(const Problem& problem);
  void refuse_with(const Problem& problem);
  void end();

  Exchange& to_;  ///< lives until it is answered
  Backend& core_;
  const ApiOptions& options_;
  RequestName name_;
  KeysInProgress::Answer claim_;
  KeyUse use_;
  bool is_many_ = false;                  ///< as in Route
  unsigned parts_ = 0;                    ///< appends that were asked for by name
  std::vector<std::uint8_t> parts_done_;  ///< by an earlier request like this one, whose answer is not there
  Stage stage_ = Stage::looking;
  std::optional<Result<KnownRequest>> known_;  ///< nothing: not looked up yet
  std::vector<Waiting> waiting_;
  std::optional<Stored> first_answer_;  ///< the handler's, before it was known whether it counts
  bool asked_ = false;                  ///< the core was asked for a change
  bool changed_ = false;                ///< something was done
  std::optional<Command> report_;       ///< that is going to be submitted
  std::uint64_t ended_ = 0;             ///< leases, and the jobs with them
  std::uint64_t refused_ = 0;           ///< what was to end them
  std::optional<JobView> job_;          ///< that was changed, enqueued or shown
};

}  // namespace breakerd::http
