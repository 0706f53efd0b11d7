// enqueue: one job, or a file of them in batches.

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/http/ctl/commands/job_options.hpp>
#include <breakerd/http/ctl/text/progress.hpp>
#include <breakerd/http/ctl/text/text.hpp>

namespace breakerd::ctl {
namespace {

/// A batch ends at this size even when it has fewer jobs than asked for; one job alone may be larger.
constexpr std::size_t batch_bytes_max = 4u << 20;

struct EnqueueOptions {
  JobOptions job;
  std::string from;
  std::string format;
  std::uint64_t batch = 1000;
  std::uint64_t skip = 0;
};

int enqueue_one(const Context& context, const EnqueueOptions& options) {
  auto body = options.job.text(context);
  if (!body) return context.fail(body.error());
  auto reply = context.client().call({Verb::post, "/api/v1/jobs", std::move(*body), Repeat::keyed});
  if (!reply) return context.fail(reply.error());
  if (context.json()) {
    context.print_json(reply->raw());
  } else {
    const bool is_new = reply->status() == 201;
    context.out() << fmt::format("job {} {}{}\n", number_at(reply->data(), "id"),
                                 printable(text_at(reply->data(), "status")), is_new ? "" : ", was there before")
                  << std::flush;
  }
  return 0;
}

/// Sends the jobs of a source in batches, each all or nothing.
class BatchEnqueue {
 public:
  BatchEnqueue(const Context& context, std::istream& in, std::uint64_t bytes_total, std::uint64_t batch_jobs)
      : context_{context},
        client_{context.client()},
        in_{in},
        bytes_total_{bytes_total},
        batch_jobs_{batch_jobs},
        progress_{context.err(), context.err_is_terminal(), bytes_total, context.clock()} {}

  int run(JobSource& source, std::uint64_t skip) {
    for (; skipped_ < skip; ++skipped_) {
      auto passed = source.skip();
      if (!passed) return give_up(passed.error());
      if (!*passed) break;
    }
    for (;;) {
      auto job = source.next();
      if (!job) return give_up(job.error());
      if (!*job) break;
      auto& text = (*job)->text;
      if (jobs_ > 0 && (jobs_ >= batch_jobs_ || body_.size() + text.size() > batch_bytes_max)) {
        if (auto error = send()) return give_up(*error);
      }
      if (jobs_ == 0) first_line_ = (*job)->line;
      last_line_ = (*job)->line;
      body_ += jobs_ == 0 ? '[' : ',';
      body_ += text;
      ++jobs_;
    }
    if (context_.in_failed()) return give_up(local_error("standard input cannot be read any further"));
    if (jobs_ > 0) {
      if (auto error = send()) return give_up(*error);
    }
    if (!context_.json()) progress_.finish(done_, bytes_total_);
    report();
    return 0;
  }

 private:
  std::optional<CliError> send() {
    body_ += ']';
    auto reply = client_.call({Verb::post, "/api/v1/jobs/batch", std::move(body_), Repeat::keyed});
    body_.clear();
    if (!reply) {
      auto error = reply.error();
      error.detail = fmt::format("the batch of lines {} to {}: {}", first_line_, last_line_, error.detail);
      return error;
    }
    const auto created = number_at(reply->data(), "count");
    if (created_ == 0) first_id_ = number_at(reply->data(), "first_id");
    if (created > 0) last_id_ = number_at(reply->data(), "last_id");
    created_ += created;
    done_ += jobs_;
    jobs_ = 0;
    const auto at = in_.tellg();
    if (!context_.json()) progress_.update(done_, at < 0 ? bytes_total_ : static_cast<std::uint64_t>(at));
    return std::nullopt;
  }

  /// Says what is in and how to go on. Rows read and not yet sent are not in; a lost answer leaves a batch in doubt.
  int give_up(const CliError& error) {
    if (context_.err_is_terminal() && !context_.json()) context_.err() << '\n';
    const auto code = context_.fail(error);
    if (!context_.json()) {
      context_.err() << fmt::format("{} jobs were enqueued before it", created_);
      if (error.kind == ErrorKind::no_answer || error.code == "outcome_unknown") {
        context_.err() << "; look whether this batch is in (breakerctl jobs list)";
      }
      context_.err() << fmt::format(". To go on behind them: --skip {}\n", skipped_ + done_) << std::flush;
    }
    report();
    return code;
  }

  void report() {
    if (!context_.json()) {
      if (created_ > 0)
        context_.out() << fmt::format("{} jobs enqueued, ids {} to {}\n", created_, first_id_, last_id_);
      if (done_ > created_) context_.out() << fmt::format("{} jobs were there before\n", done_ - created_);
      context_.out() << std::flush;
      return;
    }
    Json summary{{"count", created_}, {"first_id", nullptr}, {"last_id", nullptr}, {"rows_done", skipped_ + done_}};
    if (created_ > 0) {
      summary["first_id"] = first_id_;
      summary["last_id"] = last_id_;
    }
    context_.print_json(summary.dump());
  }

  const Context& context_;
  HttpClient client_;
  std::istream& in_;
  std::uint64_t bytes_total_;
  std::uint64_t batch_jobs_;
  Progress progress_;
  std::string body_;
  std::uint64_t jobs_ = 0;  ///< in body_
  std::uint64_t first_line_ = 0, last_line_ = 0;
  std::uint64_t skipped_ = 0;
  std::uint64_t done_ = 0;     ///< rows
  std::uint64_t created_ = 0;  ///< jobs
  std::uint64_t first_id_ = 0, last_id_ = 0;
};

int enqueue_file(const Context& context, const EnqueueOptions& options) {
  const bool standard_input = options.from == "-";
  std::ifstream file;
  std::uint64_t bytes_total = 0;
  if (!standard_input) {
    std::error_code error;
    if (std::filesystem::is_directory(options.from, error))
      return context.fail(local_error(options.from + " is a directory"));
    file.open(options.from, std::ios::binary);
    if (!file) return context.fail(local_error("cannot read " + options.from));
    const auto size = std::filesystem::file_size(options.from, error);
    if (!error) bytes_total = size;
  }
  std::istream& in = standard_input ? context.in() : file;
  auto format = format_of(options.from);
  if (!options.format.empty()) format = options.format == "csv" ? RowFormat::csv : RowFormat::ndjson;
  const auto defaults = with_campaign_id(context, options.job.defaults);
  if (!defaults) return context.fail(defaults.error());
  auto source = make_job_source(in, format, *defaults);
  if (!source) return context.fail(source.error());
  return BatchEnqueue{context, in, bytes_total, options.batch}.run(**source, options.skip);
}

}  // namespace

std::vector<Command> enqueue_commands() {
  return {{"enqueue", "Enqueue one job, or with --from a file of them", [](CLI::App& app) -> Runner {
             auto options = std::make_shared<EnqueueOptions>();  // shared: the parser writes it, the runner reads it
             auto& defaults = options->job.defaults;
             options->job.declare(app);
             auto* run_at = app.add_option("--run-at", defaults.run_at, "Not leased before this time (RFC 3339)")
                                ->check(rfc3339_time());
             app.add_option("--delay-ms", defaults.delay_ms, "Not leased before so many milliseconds from now")
                 ->check(CLI::Range(std::uint64_t{0}, limits::delay_ms_max))
                 ->excludes(run_at);
             app.add_option("--expires-at", defaults.expires_at, "EXPIRED when it was not started by then (RFC 3339)")
                 ->check(rfc3339_time())
                 ->excludes(app.get_option("--expires-in-ms"));
             auto* unique_key =
                 app.add_option("--unique-key", defaults.unique_key, "Key that one job at most holds at a time")
                     ->check(not_empty());
             app.add_option("--on-conflict", defaults.on_conflict,
                            "When another job holds the key: refuse, existing (that job is the answer) or replace")
                 ->check(CLI::IsMember({"refuse", "existing", "replace"}));
             app.add_option("--unique-for-ms", defaults.unique_for_ms,
                            "The key is held for so long, although the job may have ended before")
                 ->check(CLI::Range(std::uint64_t{1}, limits::unique_for_ms_max));
             auto* from = app.add_option("--from", options->from, "FILE.ndjson, FILE.csv or - (standard input)")
                              ->excludes(app.get_option("--payload"))
                              ->excludes(app.get_option("--description"))
                              ->excludes(unique_key);
             app.add_option("--format", options->format, "Of --from, when its name does not tell: ndjson or csv")
                 ->check(CLI::IsMember({"ndjson", "csv"}))
                 ->needs(from);
             app.add_option("--batch", options->batch, "Jobs a batch; each is all or nothing")
                 ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{limits::batch_jobs_max}))
                 ->needs(from)
                 ->capture_default_str();
             app.add_option("--skip", options->skip, "Pass over so many rows first, whatever they hold")
                 ->check(whole_number())
                 ->needs(from);
             return [options, from](const Context& context) {
               return from->count() > 0 ? enqueue_file(context, *options) : enqueue_one(context, *options);
             };
           }}};
}

}  // namespace breakerd::ctl
