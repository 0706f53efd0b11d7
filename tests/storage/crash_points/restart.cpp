#include "tests/storage/crash_points/restart.hpp"

#include <optional>

#include <breakerd/storage/offline/offline.hpp>

namespace breakerd::crash {
namespace {

namespace fs = std::filesystem;
using Kind = FileOperation::Kind;

void require(bool condition, const std::string& otherwise) {
  if (!condition) throw std::runtime_error{otherwise};
}

void require_verified(const fs::path& directory, const std::string& when) {
  const VerifyReport report = need(verify(directory), "verify " + when);
  std::string problems;
  for (const std::string& problem : report.problems) problems += "\n  " + problem;
  require(report.ok(), "verify " + when + " finds:" + problems);
}

/// The log's end is that of a whole append that was acknowledged, or of the one that was in doubt.
void require_promised(const EventLog& log, const Promise& promise, const Chain& chain) {
  const Position head = log.head();
  const std::string is = "the log ends at event " + std::to_string(head.seq);
  require(head.seq == promise.acknowledged || head.seq == promise.submitted,
          is + "; " + std::to_string(promise.acknowledged) + " were acknowledged, " +
              std::to_string(promise.submitted) + " submitted");
  require(head.seq < chain.size() && chain[head.seq] == head.hash, is + ", but not at the one that was submitted");
  if (promise.fault != Promise::Fault::maybe)
    require(log.fault_pending() == (promise.fault == Promise::Fault::yes),
            promise.fault == Promise::Fault::yes ? "the start does not know of the storage trouble"
                                                 : "the start knows of storage trouble that there was not");
}

void mark_promise(Recorder& recorder, const Promise& promise) {
  recorder.mark(Kind::submitted, promise.submitted);
  recorder.mark(Kind::acknowledged, promise.acknowledged);
  if (promise.fault == Promise::Fault::yes) recorder.mark(Kind::fault_known);
  if (promise.fault == Promise::Fault::maybe) recorder.mark(Kind::fault_changing);
}

Recording start(const fs::path& root, const FileTree& left, const Promise& promise, const Chain& chain, bool record) {
  const fs::path directory = root / data_name;
  std::optional<Recorder> recorder;
  if (record) {
    recorder.emplace(root, left);
    mark_promise(*recorder, promise);
  }
  auto log = open_log(directory);
  require_promised(*log, promise, chain);
  if (recorder) {
    recorder->mark(Kind::submitted, log->head().seq);
    recorder->mark(Kind::acknowledged, log->head().seq);
  }
  append_jobs(*log, 10, recorder ? &*recorder : nullptr);
  Recording recording;
  if (recorder) recording = {left, {}, chain_of(*log)};
  log.reset();
  if (!recorder) return recording;
  recording.operations = recorder->stop();
  check_recording(recording, root);
  return recording;
}

}  // namespace

void Promise::apply(const FileOperation& operation) {
  switch (operation.kind) {
    case Kind::submitted:
      submitted = operation.seq;
      break;
    case Kind::acknowledged:
      acknowledged = operation.seq;
      break;
    case Kind::fault_changing:
      fault = Fault::maybe;
      break;
    case Kind::fault_known:
      fault = Fault::yes;
      break;
    case Kind::fault_ended:
      fault = Fault::no;
      break;
    default:
      break;
  }
}

Restart restart(const fs::path& root, const FileTree& left, const Promise& promise, const Chain& chain, bool record) {
  Restart outcome;
  try {
    left.save(root);
    const fs::path directory = root / data_name;
    if (promise.acknowledged > 0) require_verified(directory, "before the start");
    outcome.recording = start(root, left, promise, chain, record);
    require_verified(directory, "after it");
  } catch (const std::exception& error) {
    outcome.problem = error.what();
  }
  return outcome;
}

}  // namespace breakerd::crash
