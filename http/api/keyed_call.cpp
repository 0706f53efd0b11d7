#include <breakerd/http/api/keyed_call.hpp>

#include <algorithm>
#include <utility>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/rules/breaker.hpp>
#include <breakerd/events/rules/validate.hpp>
#include <breakerd/http/api/router.hpp>

namespace breakerd::http {
namespace {

constexpr std::string_view replayed_field = "Idempotent-Replayed: true\r\n";
constexpr std::string_view location_begin = "Location: ";

/// The text of the field Location among header lines.
std::string location_in(std::string_view fields) {
  const std::size_t at = fields.find(location_begin);
  if (at == std::string_view::npos) return {};
  fields.remove_prefix(at + location_begin.size());
  return std::string{fields.substr(0, fields.find("\r\n"))};
}

std::string fields_again(const std::string& location) {
  std::string fields{replayed_field};
  if (!location.empty()) fields.append(location_begin).append(location).append("\r\n");
  return fields;
}

/// What is known of a request whose answer was not kept.
void write_done(JsonWriter& json, const DoneRequest& done) {
  json.begin_object();
  json.member("done", true);
  json.member("first_event", done.first);
  json.member("last_event", done.last);
  if (done.jobs == 1) json.member("id", done.first_job);
  if (done.jobs > 0) {
    json.member("count", done.jobs);
    json.member("first_id", done.first_job);
    json.member("last_id", done.last_job);
  }
  if (!done.campaign.is_nil()) json.key("id").value_or_null(done.campaign);
  if (done.number != 0) json.member("id", done.number);
  json.end_object();
}

Problem in_progress() {
  return {409, "in_progress", "a request with this Idempotency-Key is still being done: ask again", {}, {}};
}

Problem key_problem(const char* expected) {
  return {422, "invalid", std::string{"Idempotency-Key: expected "} + expected, {{"Idempotency-Key", expected}}, {}};
}

Problem other_request() {
  return key_problem("a key that no other request had: this one came with another method, path or body before");
}

/// That one may still be refused, and the key be free.
Problem other_in_progress() {
  return key_problem("another key: a request with another method, path or body is being done with this one");
}

std::optional<RecordFailure> failure_in(const Command& command) {
  if (const auto* failure = std::get_if<RecordFailure>(&command)) return *failure;
  const auto* report = std::get_if<FailJob>(&command);
  if (report == nullptr || report->service.empty()) return std::nullopt;
  return RecordFailure{report->error, report->error_type, report->service, report->job, {}};
}

bool is_undecided(const Error& error) {
  return error.code == ErrorCode::unavailable || error.code == ErrorCode::outcome_unknown;
}

}  // namespace

bool is_idempotency_key(std::string_view text) {
  const auto is_visible = [](char c) { return c > ' ' && c < '\x7f'; };
  return !text.empty() && text.size() <= limits::idempotency_key_bytes_max &&
         std::all_of(text.begin(), text.end(), is_visible);
}

KeyedCall::KeyedCall(Exchange& to, const Request& request, Backend& core, const ApiOptions& options)
    : to_{to},
      core_{core},
      options_{options},
      name_{breakerd::name_of({to.principal(), request.idempotency_key, method_name(request.method), request.path,
                               request.query, request.body})},
      claim_{options.keys->claim(name_)},
      use_{key_use_at(options.clock->wall())} {}

/// The handler runs before the key is looked up: its request lives no longer than this call.
void KeyedCall::begin(const Request& request, const Match& match, const PathParams& path) {
  is_many_ = match.is_many;
  divert();
  if (claim_.claim) look();
  Call call{to_, request, *this, options_};
  call.path = path;
  match.handler(call);
}

void KeyedCall::divert() {
  to_.divert([self = shared_from_this()](const Answer& answer) { self->answered(answer); });
}

/// It is looked up, and what was asked for is done, although the client may have gone.
void KeyedCall::look() {
  const auto found = std::make_shared<KnownRequest>();
  const auto find = [found, name = name_, principal = to_.principal(),
                     clock = options_.clock](const ReadView& view) -> Result<std::string> {
    auto known = find_request(view, name, principal, clock->wall());
    if (!known) return known.error();
    *found = std::move(*known);
    return std::string{};
  };
  core_.read(
      ReadSize::small, std::make_shared<const std::atomic<bool>>(false), find,
      [self = shared_from_this(), found](Result<std::string>&& read) {
        self->known_.emplace(read ? Result<KnownRequest>{std::move(*found)} : Result<KnownRequest>{read.error()});
        self->decide();
      });
}

void KeyedCall::answered(const Answer& answer) {
  Stored stored{answer.status, answer.type, std::string{answer.fields}, std::string{answer.body}};
  if (stage_ == Stage::running) return keep_or_give(std::move(stored));
  first_answer_ = std::move(stored);
  decide();
}

void KeyedCall::decide() {
  const bool has_spoken = first_answer_ || !waiting_.empty();
  if (stage_ != Stage::looking || !has_spoken) return;
  if (!claim_.claim) return claim_.holder == name_ ? refuse_with(in_progress()) : refuse_other(other_in_progress());
  if (!known_) return;
  if (!*known_) return decide_without_look(known_->error());
  KnownRequest& known = **known_;
  use_ = known.use;
  if (!known.is_known) return run();
  if (!known.is_same) return refuse_other(other_request());
  if (known.answer || !is_many_) return give_again(known);
  // The rest may be left to be done. Nothing is done twice: leases end once, and reports have names.
  parts_done_ = std::move(known.parts);
  run();
}

/// A failure of a service counts although it cannot be known whether it was told before. The log may still know: it has
/// the use of this day only from an earlier request that was the same.
void KeyedCall::decide_without_look(Error error) {
  const bool reports = report_ || std::any_of(waiting_.begin(), waiting_.end(), [](const Waiting& one) {
                         return std::any_of(one.commands.begin(), one.commands.end(), asks_to_open);
                       });
  if (reports || first_answer_) return run();  // what was answered by itself asks for nothing
  end();
  refuse(to_, std::move(error));
}

void KeyedCall::run() {
  stage_ = Stage::running;
  for (Waiting& one : std::exchange(waiting_, {})) forward(std::move(one));
  if (first_answer_) keep_or_give(*std::exchange(first_answer_, std::nullopt));
}

// --- what the handler asks ---

void KeyedCall::submit(Command&& command, std::string principal, Done done) {
  Waiting one;
  one.commands.push_back(std::move(command));
  one.principal = std::move(principal);
  one.done = std::move(done);
  if (stage_ == Stage::running) return forward(std::move(one));
  if (stage_ == Stage::over) return;
  waiting_.push_back(std::move(one));
  decide();
}

void KeyedCall::submit_named(Command&& command, std::string principal, const OperationId& /*operation*/, Done done) {
  submit(std::move(command), std::move(principal), std::move(done));
}

void KeyedCall::submit_together(std::vector<Command>&& commands, const std::string& principal, EachDone done) {
  Waiting many{std::move(commands), principal, {}, std::move(done)};
  if (stage_ == Stage::running) return forward(std::move(many));
  if (stage_ == Stage::over) return;
  waiting_.push_back(std::move(many));
  decide();
}

/// The calls that wait have no keys.
std::function<void()> KeyedCall::submit_wait(Command&& command, std::string principal, Done done) {
  submit(std::move(command), std::move(principal), std::move(done));
  return [] {};
}

void KeyedCall::note_report(const Command& report) {
  if (stage_ == Stage::looking) report_ = report;
}

/// A handler that is answered for hears of nothing any more.
void KeyedCall::read(ReadSize size, Gone gone, Read work, ReadDone done) {
  core_.read(size, std::move(gone), std::move(work),
             [self = shared_from_this(), done = std::move(done)](Result<std::string>&& body) {
               if (self->stage_ != Stage::over) done(std::move(body));
             });
}

void KeyedCall::forward(Waiting&& waiting) {
  asked_ = true;
  if (!waiting.each)
    return forward_one(std::move(waiting.commands.front()), std::move(waiting.principal), std::move(waiting.done));
  // These end leases, each of which ends once: they need no names.
  core_.submit_together(std::move(waiting.commands), waiting.principal,
                        [self = shared_from_this(), each = std::move(waiting.each)](std::size_t i, Outcome&& outcome) {
                          self->note(outcome, false);
                          each(i, std::move(outcome));
                        });
}

void KeyedCall::forward_one(Command&& command, std::string principal, Done done) {
  const bool counts = asks_to_open(command);
  auto noted = [self = shared_from_this(), counts, done = std::move(done)](Outcome&& outcome) {
    self->note(outcome, counts);
    done(std::move(outcome));
  };
  if (parts_ == request_parts) return core_.submit(std::move(command), std::move(principal), std::move(noted));
  const auto part = static_cast<std::uint8_t>(parts_++);
  if (is_done(part)) return forward_done(std::move(command), std::move(principal), std::move(noted));
  core_.submit_named(std::move(command), std::move(principal), operation_of(name_, use_, part), std::move(noted));
}

bool KeyedCall::is_done(unsigned part) const {
  return std::find(parts_done_.begin(), parts_done_.end(), part) != parts_done_.end();
}

/// Of many changes, a report that is in the log. It is not recorded again. Its lease has ended with it; it lives still
/// when nothing but the failure could be recorded, later: then its job is given back now.
void KeyedCall::forward_done(Command&& command, std::string principal, Done done) {
  changed_ = true;
  const auto* report = std::get_if<FailJob>(&command);
  if (report == nullptr)
    return core_.read(
        ReadSize::small, std::make_shared<const std::atomic<bool>>(false),
        [](const ReadView&) { return std::string{}; },
        [done = std::move(done)](Result<std::string>&&) { done(Reply{}); });
  core_.submit(ReleaseJob{report->job, report->token}, std::move(principal),
               [done = std::move(done)](Outcome&& outcome) {
                 if (!outcome) {
                   Error& error = outcome.error();
                   if (is_undecided(error))
                     error.code = ErrorCode::outcome_unknown;
                   else
                     error.detail += "; its failure was recorded before";
                 }
                 done(std::move(outcome));
               });
}

/// The first failure of a service that it reports.
std::optional<RecordFailure> KeyedCall::report() const {
  if (report_) return failure_in(*report_);
  for (const Waiting& one : waiting_)
    for (const Command& command : one.commands)
      if (auto failure = failure_in(command)) return failure;
  return std::nullopt;
}

/// A failure of a service counts whatever becomes of the job.
void KeyedCall::note(const Outcome& outcome, bool counts) {
  changed_ = changed_ || outcome.has_value() || (counts && !is_undecided(outcome.error()));
  const auto* job = outcome ? std::get_if<JobView>(&*outcome) : nullptr;
  ++(job != nullptr ? ended_ : refused_);
  if (job != nullptr) job_ = *job;
}

// --- what is answered ---

/// A refusal that has changed nothing is not kept: whoever asks again may fare better. Neither is a count or a look.
bool KeyedCall::is_to_be_kept(const Stored& stored) const {
  if (!asked_ || stored.status >= 500 || (stored.status >= 400 && !changed_)) return false;
  return true;
}

/// What the log has with the job is not kept once more, so that it can go.
void KeyedCall::leave_out_payload(KeptAnswer& answer) const {
  if (!job_) return;
  const auto leave_out = [&](std::string_view name, const std::string& text, std::uint32_t& place) {
    if (text.empty()) return;
    const std::string member = "\"" + std::string{name} + "\":";
    for (std::size_t at = answer.body.find(member); at != std::string::npos; at = answer.body.find(member, at + 1)) {
      const std::size_t value = at + member.size();
      if (answer.body.compare(value, text.size(), text) != 0) continue;
      answer.body.replace(value, text.size(), "null");
      place = static_cast<std::uint32_t>(value);
      answer.job = job_->row.id;
      return;
    }
  };
  leave_out("payload", job_->spec->payload, answer.payload);
  leave_out("result", job_->result, answer.result);
}

KeptAnswer KeyedCall::kept(const Stored& stored) const {
  KeptAnswer answer;
  answer.request = operation_of(name_, use_);
  answer.status = static_cast<std::uint32_t>(stored.status);
  answer.location = location_in(stored.fields);
  answer.body = stored.body;
  leave_out_payload(answer);
  return answer;
}

/// Of many changes that were made, the log does not say that they are all: that is kept in place of what is too large.
KeptAnswer KeyedCall::kept_briefly() const {
  KeptAnswer answer;
  answer.request = operation_of(name_, use_);
  answer.status = 200;
  answer.body = success_body([this](JsonWriter& json) {
    json.begin_object().member("done", true).member("ended", ended_).member("refused", refused_).end_object();
  });
  return answer;
}

void KeyedCall::keep_or_give(Stored stored) {
  if (!is_to_be_kept(stored)) return give(stored);
  KeptAnswer answer = kept(stored);
  if (answer.body.size() <= limits::kept_answer_bytes_max) return keep(std::move(answer), std::move(stored));
  if (is_many_ && stored.status == 200) return keep(kept_briefly(), std::move(stored));
  give(stored);
}

void KeyedCall::keep(KeptAnswer answer, Stored stored) {
  // Shared, because functions can be copied.
  const auto waiting = std::make_shared<const Stored>(std::move(stored));
  core_.submit_named(KeepAnswer{std::move(answer)}, to_.principal(), answer_operation_of(name_, use_),
                     [self = shared_from_this(), waiting](Outcome&& outcome) {
                       if (outcome) return self->give(*waiting);
                       self->end();
                       refuse(self->to_, make_error(ErrorCode::outcome_unknown,
                                                    "outcome unknown: it may have been done, and its answer could not "
                                                    "be kept (" +
                                                        outcome.error().detail + "); ask again with the same key"));
                     });
}

/// From now on nothing but an answer comes from here.
void KeyedCall::end() {
  stage_ = Stage::over;
  waiting_.clear();
  claim_.claim.reset();
  to_.divert({});
}

void KeyedCall::give(const Stored& stored) {
  const auto self = shared_from_this();  // the exchange may have had the last one
  end();
  to_.answer({stored.status, stored.type, stored.fields, stored.body});
}

void KeyedCall::give_again(const KnownRequest& known) {
  Stored stored;
  if (known.answer) {
    stored.status = static_cast<int>(known.answer->status);
    stored.type = stored.status < 400 ? BodyType::json : BodyType::problem;
    stored.fields = fields_again(known.answer->location);
    stored.body = known.answer->body;
  } else {
    stored.fields = replayed_field;
    stored.body = success_body([&](JsonWriter& json) { write_done(json, *known.done); });
  }
  give(stored);
}

void KeyedCall::refuse_with(const Problem& problem) {
  const auto self = shared_from_this();
  end();
  to_.refuse(problem);
}

/// A failure of a service is recorded whatever is wrong with its report. No lease ends.
void KeyedCall::refuse_other(const Problem& problem) {
  auto failure = report();
  if (!failure) return refuse_with(problem);
  stage_ = Stage::over;
  core_.submit(std::move(*failure), to_.principal(), [self = shared_from_this(), problem](Outcome&& outcome) {
    if (!outcome && is_undecided(outcome.error())) {
      self->end();
      return refuse(self->to_, std::move(outcome.error()));
    }
    Problem counted = problem;
    counted.detail += counted_all_the_same;
    self->refuse_with(counted);
  });
}

}  // namespace breakerd::http
