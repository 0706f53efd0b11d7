#pragma once
// What a handler of one API call works with: reading the request, handing commands to the core, showing the reply.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <breakerd/events/json/json_writer.hpp>
#include <breakerd/events/model/clock.hpp>
#include <breakerd/events/model/randomness.hpp>
#include <breakerd/http/api/backend.hpp>
#include <breakerd/http/api/keys_in_progress.hpp>
#include <breakerd/http/edge/exchange.hpp>
#include <breakerd/http/json/read_body.hpp>

namespace breakerd::http {

/// What the API needs to know beside the backend.
struct ApiOptions {
  std::vector<std::string> services;  ///< folded; empty: any well-formed name goes
  std::size_t json_values_max = 0;
  const Clock* clock = &machine_clock();                          ///< of the timestamps in answers; outlives the API
  std::uint64_t hash_secret = draw_number(machine_randomness());  ///< as BodyRules::hash_secret
  /// One for all threads of a server.
  std::shared_ptr<KeysInProgress> keys = std::make_shared<KeysInProgress>();
};

/// The variable parts of a path.
struct PathParams {
  JobId job = 0;
  CampaignId campaign{};
  std::string_view text;  ///< a service; good until the handler returns
};

/// Shows the reply to a command; runs on the I/O thread and answers the exchange.
using Render = void (*)(Exchange&, Reply&);
/// The same, of an answer that says when it was given.
using TimedRender = void (*)(Exchange&, Reply&, Time now);

class Query;

class Call {
 public:
  Call(Exchange& of_exchange, const Request& of_request, Backend& to_backend, const ApiOptions& with_options)
      : exchange{of_exchange}, request{of_request}, backend{to_backend}, options{with_options} {}

  Exchange& exchange;
  const Request& request;
  Backend& backend;
  const ApiOptions& options;
  PathParams path;
  std::string_view key_refused;  ///< what is expected in place of its Idempotency-Key; empty: all is well

  /// Reads the body's fields. False when it is not JSON, too large or of the wrong type: that has been answered.
  /// Refused fields are remembered for check().
  [[nodiscard]] bool read_body(const FieldSet& fields);
  /// The same for a call with query parameters, of which all have been asked for.
  [[nodiscard]] bool read_body(const FieldSet& fields, Query& query);
  [[nodiscard]] bool read_batch(BatchItems items);

  /// The refused fields of the body: whether there are none, one more, and what they come to (nullopt: nothing).
  [[nodiscard]] bool fields_ok() const { return body_errors_.ok(); }
  void refuse_field(std::string field, std::string expected);
  [[nodiscard]] std::optional<Problem> refused_fields();

  /// For calls without a body and without query parameters: true when there are some, and that has been answered.
  [[nodiscard]] bool refuse_parameters();

  /// Normalises and validates; nullopt when all is well with the command and the body it was read from.
  [[nodiscard]] std::optional<Problem> check(Command& command);

  /// check(), and if it passes, the command goes to the core and `render` shows the reply.
  void submit(Command&& command, Render render);
  void submit(Command&& command, TimedRender render);
  /// The same for an enqueue. A job that was there before is shown as GET /jobs/{id} shows it.
  void submit_enqueue(EnqueueJob&& command, Render render);

  /// The same for a heartbeat that waits for a stop; its wait ends with the client.
  void submit_wait(Heartbeat&& command, Render render);

  /// The same for a lease that waits for jobs (LeaseJobs::wait_ms). Jobs that its client cannot be told of any more are
  /// released at once.
  void submit_wait(LeaseJobs&& command, Render render);

  /// The same without check().
  void submit_checked(Command&& command, Render render);

  /// Opens the circuit with what there is of a report, then answers `problem`, which says why the rest was refused.
  void open_and_refuse(RecordFailure report, Problem problem);

  /// Runs `work` off this thread and answers 200 with the body it built, as soon as there is room for a page.
  void read(Backend::Read work);
  /// The same for a body that is always small: it waits for no page.
  void read_small(Backend::Read work);
  /// The same as read(), for work that looks at all jobs: no page waits for it.
  void read_all(Backend::Read work);

 private:
  void read_in_room(ReadSize size, Backend::Read work);
  /// True when the body must not be read because of what the request says that it is.
  [[nodiscard]] bool is_foreign_type(ContentType also_taken) const;
  [[nodiscard]] bool take(BodyErrors errors, const std::optional<Problem>& of_query);
  /// What is wrong with the query of a call that has no parameters.
  [[nodiscard]] std::optional<Problem> unknown_parameters() const;

  [[nodiscard]] BodyRules body_rules() const { return {options.json_values_max, options.hash_secret}; }
  template <class Show>
  void hand_to_core(Command&& command, Show show);

  BodyErrors body_errors_;
};

/// A field of an answer that is 503.
inline constexpr std::string_view retry_soon = "Retry-After: 1\r\n";

/// The service labels of a command that are not in the list, and the first of them by its value; nothing: all are, or
/// there is no list. One that is not given is no matter of this.
[[nodiscard]] std::optional<Problem> unknown_service(const Command& command, const std::vector<std::string>& services);

/// Shows what becomes of a command, as `render` or as a refusal.
[[nodiscard]] Backend::Done show_outcome(Exchange& exchange, Render render);

/// The HTTP status an error is shown as.
[[nodiscard]] int status_of(ErrorCode code);

/// Answers with `error`. An open circuit is shown as exchange.kept_status if that is set.
void refuse(Exchange& exchange, Error error);

/// True when `problem` is about the field `name`.
[[nodiscard]] bool is_about(const Problem& problem, std::string_view name);

inline constexpr std::string_view success_open = R"({"status":"success","data":)";

/// Answers with the success envelope around what `write` puts into its JsonWriter.
template <class Write>
void succeed(Exchange& exchange, const Write& write, int status = 200, std::string_view fields = {}) {
  std::string& body = exchange.scratch();
  body += success_open;
  JsonWriter json{body};
  write(json);
  body += '}';
  exchange.answer({status, BodyType::json, fields, body});
}

/// The same as a string, for reads, which build their bodies off the I/O thread.
template <class Write>
[[nodiscard]] std::string success_body(const Write& write) {
  std::string body{success_open};
  JsonWriter json{body};
  write(json);
  body += '}';
  return body;
}

}  // namespace breakerd::http
