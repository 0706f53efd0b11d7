#include "resp_protocol.hpp"

#include <charconv>
#include <optional>
#include <span>
#include <stdexcept>

namespace breakerd::load {
namespace {

constexpr std::size_t nesting_max = 8;

void append_command(std::string& out, const std::vector<std::string_view>& words) {
  out.append("*").append(std::to_string(words.size())).append("\r\n");
  for (const std::string_view word : words) {
    out.append("$").append(std::to_string(word.size())).append("\r\n");
    out.append(word).append("\r\n");
  }
}

struct Line {
  char type;
  long number;  // meaningless for '+' and '-'
  std::string_view text;
  std::size_t bytes;
};

std::optional<Line> read_line(std::string_view in) {
  const std::size_t end = in.find("\r\n");
  if (end == std::string_view::npos || end == 0) return std::nullopt;
  Line line{in[0], 0, in.substr(1, end - 1), end + 2};
  std::from_chars(in.data() + 1, in.data() + end, line.number);
  return line;
}

// XREADGROUP answers [[stream, [[id, [field, value]], ...]]]: ids are the strings at this depth.
constexpr std::size_t entry_id_depth = 4;

// Reads one value and everything in it; nothing while it is incomplete.
std::optional<std::size_t> read_value(std::string_view in, std::size_t depth, Reply& reply) {
  const std::optional<Line> line = read_line(in);
  if (!line) return std::nullopt;
  if (line->type == '-') reply.error = line->text;
  if (line->type == '$' && line->number >= 0) {
    const auto length = static_cast<std::size_t>(line->number);
    if (in.size() < line->bytes + length + 2) return std::nullopt;
    if (depth == entry_id_depth) {
      reply.jobs.push_back(Job{std::string(in.substr(line->bytes, length)), {}});
    }
    return line->bytes + length + 2;
  }
  std::size_t used = line->bytes;
  if (line->type != '*') return used;
  if (depth >= nesting_max) throw std::runtime_error("RESP answer nested too deeply");
  for (long i = 0; i < line->number; ++i) {
    const auto inner = read_value(in.substr(used), depth + 1, reply);
    if (!inner) return std::nullopt;
    used += *inner;
  }
  return used;
}

// One command about all of them.
void append_about(std::string& out, std::vector<std::string_view> words, std::span<const Job> jobs) {
  for (const Job& job : jobs) words.push_back(job.id);
  append_command(out, words);
}

}  // namespace

RespProtocol::RespProtocol(const RequestShape& shape, std::size_t connection) : batch_jobs_(shape.batch_jobs) {
  append_command(enqueue_, {"XADD", "bench", "*", "payload", job_payload()});
  const std::string consumer = std::to_string(connection);
  append_command(lease_, {"XREADGROUP", "GROUP", "workers", consumer, "COUNT", std::to_string(shape.lease_jobs_max),
                          "STREAMS", "bench", ">"});
}

void RespProtocol::encode(const Request& request, std::string& out) {
  switch (request.call) {
    case Call::enqueue:
      out += enqueue_;
      break;
    case Call::enqueue_batch:
      for (std::size_t i = 0; i < batch_jobs_; ++i) out += enqueue_;
      break;
    case Call::lease:
      out += lease_;
      break;
    case Call::complete:
      append_command(out, {"XACK", "bench", "workers", request.id});
      append_command(out, {"XDEL", "bench", request.id});
      break;
    case Call::settle_lease:
      append_about(out, {"XACK", "bench", "workers"}, request.jobs);
      out += lease_;
      break;
    case Call::ping:
      append_command(out, {"XLEN", "bench"});
      break;
    default:
      throw std::invalid_argument("Redis has no such call");
  }
}

std::size_t RespProtocol::answers_to(Call call) const noexcept {
  if (call == Call::enqueue_batch) return batch_jobs_;
  return call == Call::complete || call == Call::settle_lease ? 2 : 1;
}

Decoded RespProtocol::decode(Call call, std::string_view in, Reply& reply) {
  std::size_t used = 0;
  while (answers_seen_ < answers_to(call)) {
    const std::size_t jobs_before = reply.jobs.size();
    const auto value = read_value(in.substr(used), 0, reply);
    if (!value) {
      reply.jobs.resize(jobs_before);
      return {used, false};
    }
    if (call == Call::settle_lease && answers_seen_ == 0)  // how many were acknowledged
      reply.completed = static_cast<std::uint64_t>(read_line(in.substr(used)).value_or(Line{}).number);
    used += *value;
    ++answers_seen_;
  }
  answers_seen_ = 0;
  return {used, true};
}

}  // namespace breakerd::load
