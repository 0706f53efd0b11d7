// verify() of offline.hpp. One pass over the log sums up the rows that its fold leads to, one over the projection, in
// another thread, sums up those that are stored. Only when the sums differ a second fold collects rows, those of some
// buckets that differ.

#include <algorithm>
#include <future>
#include <map>

#include <breakerd/events/codec/codec.hpp>
#include <breakerd/storage/log/head_check.hpp>
#include <breakerd/storage/log/log_walk.hpp>
#include <breakerd/storage/log/payload_check.hpp>
#include <breakerd/storage/offline/log_fold.hpp>
#include <breakerd/storage/offline/offline.hpp>
#include <breakerd/storage/offline/row_digest.hpp>
#include <breakerd/storage/rocks/rocks_inspection.hpp>
#include <breakerd/storage/tables/row_format.hpp>
#include <breakerd/storage/tables/row_name.hpp>
#include <breakerd/storage/tables/row_read.hpp>

namespace breakerd {
namespace {

constexpr std::size_t buckets_shown_max = 64;  ///< bounds what the second fold collects

using Rows = std::map<std::pair<Table, std::string>, std::string>;

class Verifier {
 public:
  Verifier(const Inspection& inspection, VerifyReport& report) : at_{inspection}, report_{report} {}

  Result<void> run() {
    if (!at_.damage.empty()) problem("the newest part of the log cannot be read: " + at_.damage);
    format_ = read_format(*at_.view);
    if (!at_.rows_damage.empty())
      format_ = make_error(ErrorCode::corrupt, "the projection cannot be read: " + at_.rows_damage);
    const bool is_current = format_ && format_->is_current();
    if (is_current) stored_ = std::async([this] { return sum_up_stored_rows(); });  // beside the fold
    const auto folded = check_log();
    if (!folded) return folded.error();
    if (auto ok = check_head(); !ok) return ok.error();
    if (!*folded) {
      problem("the projection was not compared, because the log could not be folded to its end");
      return {};
    }
    if (!format_) {
      log_is_whole_ = report_.ok() && format_.error().code == ErrorCode::corrupt;
      return problem_or(format_.error());
    }
    if (!is_current) {
      report_.note = "the projection is of format " + format_->to_string() +
                     ": the next start makes it anew from the events, so it was not compared with them";
      return {};
    }
    log_is_whole_ = report_.ok();
    return check_projection();
  }

  /// After run(): whether every problem is one of the rows alone.
  [[nodiscard]] bool rebuild_mends() const { return log_is_whole_ && !report_.ok(); }

 private:
  void problem(std::string what) {
    if (report_.problems.size() < verify_problems_max)
      report_.problems.push_back(std::move(what));
    else
      report_.more_problems = true;
  }

  /// What the system refused to read is an error; everything else that goes wrong is a problem of the directory.
  Result<void> problem_or(const Error& error, const std::string& before = {}) {
    if (error.code == ErrorCode::storage) return error;
    problem(before + error.detail);
    return {};
  }

  /// True when every event could be folded.
  Result<bool> check_log() {
    LogFold fold{[this](Table table, std::string_view key, std::string_view value) { folded_.add(table, key, value); }};
    PayloadCheck payloads{*at_.view, [this](std::string what) { problem(std::move(what)); }};
    Result<void> read;
    bool folds = true;
    auto walked = walk_log(*at_.view, [&](const WalkedEvent& walk) {
      report_.last = {walk.seq, walk.hash};
      ++report_.events;
      if (!walk.chains)
        problem("event " + std::to_string(walk.seq) +
                " does not chain: it, or the hash of the one before, was changed");
      const auto event = decode_event(walk.body);
      folds = folds && fold_one(fold, walk.seq, event);
      if (event && read) read = payloads.take(walk.seq, event->data);
      return true;
    });
    if (walked && read) read = payloads.finish();
    if (!read)
      if (auto ok = problem_or(read.error(), "payloads cannot be read, and those behind were not looked at: "); !ok)
        return ok.error();
    if (!walked) {
      if (auto ok = problem_or(walked.error()); !ok) return ok.error();
    }
    if (!walked || !folds) return false;
    if (auto ok = fold.end_log(); !ok) return problem(ok.error().detail), false;
    fold.finish();
    return true;
  }

  bool fold_one(LogFold& fold, Seq seq, const Result<Event>& event) {
    auto ok = event ? fold.apply(seq, *event) : Result<void>{event.error()};
    if (ok) return true;
    const std::string place = "event " + std::to_string(seq);
    problem(ok.error().detail.starts_with(place) ? ok.error().detail : place + ": " + ok.error().detail);
    return false;
  }

  Result<void> check_head() {
    const auto found = head_problem(*at_.view, at_.head, report_.last.seq);
    if (!found) return problem_or(found.error());
    if (!found->empty()) problem(*found);
    return {};
  }

  Result<void> check_projection() {
    if (auto ok = check_end(); !ok) return ok.error();
    const Stored stored = stored_.get();
    report_.rows = stored.sums.rows();
    if (!stored.outcome) return problem_or(stored.outcome.error(), "the projection cannot be read: ");
    const auto differing = stored.sums.differences(folded_);
    return differing.empty() ? Result<void>{} : list_differences(differing);
  }

  struct Stored {
    RowDigest sums;
    Result<void> outcome;
  };
  [[nodiscard]] Stored sum_up_stored_rows() const {
    Stored stored;
    stored.outcome = each_stored_row(
        [&](Table table, std::string_view key, std::string_view value) { stored.sums.add(table, key, value); });
    return stored;
  }

  /// The row `head`: where the projection says it ends. Its checkpoint depends on how commits fell together.
  Result<void> check_end() {
    auto head = read_row<HeadRow>(*at_.view, Table::meta, meta_key::head);
    if (!head) return head.error();
    const Position end = *head ? (*head)->last : Position{};
    if (end != report_.last)
      problem("the projection ends at event " + std::to_string(end.seq) + ", the log at event " +
              std::to_string(report_.last.seq));
    return {};
  }

  Result<void> each_stored_row(const LogFold::Sink& visit) const {
    for (int i = static_cast<int>(first_table); i <= static_cast<int>(last_table); ++i) {
      const auto table = static_cast<Table>(i);
      if (is_record(table)) continue;
      auto ok = at_.view->scan(table, {}, {}, [&](std::string_view key, std::string_view value) {
        if (table != Table::meta || key != meta_key::head) visit(table, key, value);
        return true;
      });
      if (!ok) return ok.error();
    }
    return {};
  }

  Result<void> list_differences(std::vector<bool> differing) {
    std::size_t shown = 0;
    for (std::size_t i = 0; i < differing.size(); ++i)
      if (differing[i] && ++shown > buckets_shown_max) differing[i] = false, report_.more_problems = true;
    const auto collect_into = [&](Rows& rows) {
      return [&](Table table, std::string_view key, std::string_view value) {
        if (differing[RowDigest::bucket(table, key)]) rows[{table, std::string{key}}] = value;
      };
    };
    Rows folded;
    Rows stored;
    LogFold fold{collect_into(folded)};
    auto walked =
        walk_log(*at_.view, [&](const WalkedEvent& walk) { return fold_one(fold, walk.seq, decode_event(walk.body)); });
    if (!walked) return walked.error();
    fold.finish();
    if (auto ok = each_stored_row(collect_into(stored)); !ok) return ok.error();
    for (const auto& [key, value] : folded) {
      const auto there = stored.find(key);
      if (there == stored.end())
        difference(key, "is missing");
      else if (there->second != value)
        difference(key, "is not what the log adds up to");
    }
    for (const auto& [key, value] : stored)
      if (!folded.contains(key)) difference(key, "should not be there");
    return {};
  }

  void difference(const std::pair<Table, std::string>& key, const std::string& what) {
    problem("projection: " + row_name(key.first, key.second) + ' ' + what);
  }

  const Inspection& at_;
  VerifyReport& report_;
  bool log_is_whole_ = false;
  RowDigest folded_;
  Result<RowFormat> format_ = RowFormat{};
  std::future<Stored> stored_;
};

}  // namespace

Result<VerifyReport> verify(const std::filesystem::path& directory, const Clock& clock) {
  const SteadyTime began = clock.steady();
  auto inspection = inspect(directory);
  VerifyReport report;
  Result<void> ok;
  if (inspection) {
    Verifier verifier{*inspection, report};
    ok = verifier.run();
    if (!ok && ok.error().code == ErrorCode::corrupt) report.problems.push_back(ok.error().detail);
    report.rebuild_mends = verifier.rebuild_mends();
  } else {
    ok = inspection.error();
    report.problems.push_back(ok.error().detail);  // and nothing behind it could be looked at
  }
  if (!ok && ok.error().code != ErrorCode::corrupt) return ok.error();
  report.took = clock.steady() - began;
  return report;
}

}  // namespace breakerd
