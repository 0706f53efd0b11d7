#include "tests/storage/crash_points/log_use.hpp"

#include <breakerd/storage/tables/stored_event.hpp>
#include <breakerd/storage/tables/table.hpp>
#include <breakerd/storage/views/views.hpp>
#include "tests/support/story.hpp"

namespace breakerd::crash {

using Kind = FileOperation::Kind;

std::unique_ptr<EventLog> open_log(const std::filesystem::path& directory, HeadMode head) {
  RocksLogOptions options;
  options.directory = directory;
  options.head = head;
  return need(open_rocks_log(std::move(options)), "opening the log");
}

Result<Appended> try_append_jobs(EventLog& log, std::size_t payload_bytes, Recorder* recorder) {
  const JobId first = need(read_status(*need(log.view(), "reading")), "reading").last_job + 1;
  Append append;
  const std::string payload = '"' + std::string(payload_bytes, 'p') + '"';
  for (EventData data :
       {EventData{test::enqueued(first)}, EventData{JobEnqueued{first + 1, test::spec({}, "mail", payload)}},
        EventData{test::leased(first)}, EventData{test::completed(first)}})
    append.events.push_back(test::said(std::move(data)));
  if (recorder) recorder->mark(Kind::submitted, log.head().seq + append.events.size());
  auto answers = log.append({&append, 1});
  if (!answers) return answers.error();
  return answers->front();
}

void append_jobs(EventLog& log, std::size_t payload_bytes, Recorder* recorder) {
  const Appended appended = need(try_append_jobs(log, payload_bytes, recorder), "appending");
  if (recorder) recorder->mark(Kind::acknowledged, appended.last);
}

Chain chain_of(const EventLog& log) {
  Chain chain{Digest{}};
  const auto view = need(log.view(), "reading");
  need(view->scan(Table::events, {}, {},
                  [&](std::string_view, std::string_view row) {
                    chain.push_back(need(split_event(row), "reading").hash);
                    return true;
                  }),
       "reading");
  return chain;
}

}  // namespace breakerd::crash
