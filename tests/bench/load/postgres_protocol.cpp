#include "postgres_protocol.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <stdexcept>

#include "big_endian.hpp"

namespace breakerd::load {
namespace {

constexpr std::uint32_t protocol_version = 3U << 16;
constexpr std::size_t length_bytes = 4;
constexpr std::size_t head_bytes = 1 + length_bytes;  // a type, then a length that counts itself
constexpr std::size_t message_bytes_max = 1 << 24;

void append_text(std::string& out, std::string_view text) { out.append(text).push_back('\0'); }

void append_message(std::string& out, char type, std::string_view body) {
  if (type != '\0') out += type;
  append_big_endian(out, static_cast<std::uint32_t>(body.size() + length_bytes));
  out.append(body);
}

void append_sync(std::string& out) { append_message(out, 'S', {}); }

void append_startup(std::string& out) {
  std::string body;
  append_big_endian(body, protocol_version);
  for (const std::string_view text : {"user", "postgres", "database", "postgres", ""}) append_text(body, text);
  append_message(out, '\0', body);
}

void append_prepare(std::string& out, std::string_view statement, std::string_view sql) {
  std::string body;
  append_text(body, statement);
  append_text(body, sql);
  append_big_endian(body, std::uint16_t{0});  // the server finds the types of the parameters
  append_message(out, 'P', body);
}

void append_bind(std::string& out, std::string_view statement, std::initializer_list<std::string_view> values) {
  std::string body;
  append_text(body, "");  // the portal
  append_text(body, statement);
  append_big_endian(body, std::uint16_t{0});  // all parameters are text
  append_big_endian(body, static_cast<std::uint16_t>(values.size()));
  for (const std::string_view value : values) {
    append_big_endian(body, static_cast<std::uint32_t>(value.size()));
    body.append(value);
  }
  append_big_endian(body, std::uint16_t{0});  // all results are text
  append_message(out, 'B', body);
}

// One prepared statement, in a transaction of its own.
void append_call(std::string& out, std::string_view statement, std::initializer_list<std::string_view> values) {
  append_bind(out, statement, values);
  std::string body;
  append_text(body, "");
  append_big_endian(body, std::uint32_t{0});  // all rows
  append_message(out, 'E', body);
  append_sync(out);
}

std::string lease_sql(std::size_t jobs_max) {
  return "UPDATE jobs SET status = 1, attempts = attempts + 1, locked_at = now() WHERE id = ANY(ARRAY("
         "SELECT id FROM jobs WHERE status = 0 ORDER BY id LIMIT " +
         std::to_string(jobs_max) + " FOR UPDATE SKIP LOCKED)) RETURNING id, payload";
}

// The payload `count` times, as the text of an array.
std::string payload_array(std::size_t count) {
  std::string element = "\"";
  for (const char c : job_payload()) element.append(c == '"' || c == '\\' ? "\\" : "").push_back(c);
  element += '"';
  std::string array = "{";
  for (std::size_t i = 0; i < count; ++i) array.append(i == 0 ? "" : ",").append(element);
  return array + "}";
}

std::string id_array(std::span<const Job> jobs) {
  std::string array = "{";
  for (const Job& job : jobs) array.append(array.size() == 1 ? "" : ",").append(job.id);
  return array + "}";
}

// A row's first column. Empty when there is none.
std::string_view first_column(std::string_view row) {
  constexpr std::size_t value_at = 2 + length_bytes;  // behind the number of columns and the first one's length
  if (row.size() < value_at) return {};
  return row.substr(value_at, read_big_endian<std::uint32_t>(row.substr(2)));
}

// "DELETE 64" -> 64
std::uint64_t rows_of(std::string_view tag) {
  std::uint64_t rows = 0;
  const std::size_t digits = tag.rfind(' ') + 1;
  std::from_chars(tag.data() + digits, tag.data() + tag.size(), rows);
  return rows;
}

// An error is a list of fields, each a letter and a text; M is what it says.
std::string error_text(std::string_view fields) {
  while (fields.size() > 1) {
    const std::string_view text = fields.substr(1, fields.find('\0', 1) - 1);
    if (fields.front() == 'M') return std::string(text);
    fields.remove_prefix(std::min(fields.size(), text.size() + 2));
  }
  return "an error without a text";
}

}  // namespace

PostgresProtocol::PostgresProtocol(const RequestShape& shape) {
  append_startup(greeting_);
  append_prepare(greeting_, "enqueue", "INSERT INTO jobs(payload) VALUES ($1) RETURNING id");
  append_prepare(greeting_, "enqueue_batch", "INSERT INTO jobs(payload) SELECT unnest($1::jsonb[]) RETURNING id");
  append_prepare(greeting_, "lease", lease_sql(shape.lease_jobs_max));
  append_prepare(greeting_, "complete", "DELETE FROM jobs WHERE id = $1");
  append_prepare(greeting_, "complete_batch", "DELETE FROM jobs WHERE id = ANY($1::bigint[])");
  append_prepare(greeting_, "ping", "SELECT 1");
  append_sync(greeting_);
  append_call(enqueue_, "enqueue", {job_payload()});
  append_call(enqueue_batch_, "enqueue_batch", {payload_array(shape.batch_jobs)});
  append_call(lease_, "lease", {});
  append_call(ping_, "ping", {});
}

void PostgresProtocol::encode(const Request& request, std::string& out) {
  switch (request.call) {
    case Call::greet:
      out += greeting_;
      break;
    case Call::enqueue:
      out += enqueue_;
      break;
    case Call::enqueue_batch:
      out += enqueue_batch_;
      break;
    case Call::lease:
      out += lease_;
      break;
    case Call::complete:
      append_call(out, "complete", {request.id});
      break;
    case Call::complete_batch:
      append_call(out, "complete_batch", {id_array(request.jobs)});
      break;
    case Call::ping:
      out += ping_;
      break;
    default:
      throw std::invalid_argument("PostgreSQL has no such call");
  }
}

void PostgresProtocol::read_message(Call call, char type, std::string_view body, Reply& reply) {
  if (type == 'E' && reply.error.empty()) reply.error = error_text(body);
  if (type == 'D' && call == Call::lease) reply.jobs.push_back(Job{std::string(first_column(body)), {}});
  if (type == 'C' && call == Call::complete_batch) reply.completed = rows_of(body.substr(0, body.find('\0')));
  if (type == 'C' && call == Call::complete && rows_of(body.substr(0, body.find('\0'))) != 1) {
    reply.error = "the job to complete is not there";
  }
  if (type == 'Z') ++ready_seen_;
}

Decoded PostgresProtocol::decode(Call call, std::string_view in, Reply& reply) {
  // The server is ready once after the start, and once after each Sync.
  const std::size_t ready_wanted = call == Call::greet ? 2 : 1;
  std::size_t used = 0;
  while (ready_seen_ < ready_wanted) {
    const std::string_view rest = in.substr(used);
    if (rest.size() < head_bytes) return {used, false};
    const std::size_t length = read_big_endian<std::uint32_t>(rest.substr(1));
    if (length < length_bytes || length > message_bytes_max) throw std::runtime_error("no message of PostgreSQL's");
    if (rest.size() < 1 + length) return {used, false};
    read_message(call, rest.front(), rest.substr(head_bytes, length - length_bytes), reply);
    used += 1 + length;
    // Who is not let in hears why, and then nothing more.
    if (call == Call::greet && ready_seen_ == 0 && !reply.error.empty()) break;
  }
  ready_seen_ = 0;
  return {used, true};
}

}  // namespace breakerd::load
