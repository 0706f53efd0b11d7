#include "http_protocol.hpp"

#include <strings.h>

#include <charconv>
#include <optional>

namespace breakerd::load {
namespace {

constexpr std::size_t error_bytes_max = 300;
constexpr std::size_t answer_header_bytes_max = 16'384;

void append_post(std::string& out, std::string_view path, std::string_view body,
                 std::string_view content_type = "application/json") {
  out.append("POST ").append(path).append(" HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: ");
  out.append(content_type).append("\r\nContent-Length: ");
  out.append(std::to_string(body.size())).append("\r\n\r\n").append(body);
}

void append_get(std::string& out, std::string_view path) {
  out.append("GET ").append(path).append(" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
}

std::string job_body(std::string_view campaign_id) {
  std::string body = R"({"job_type":"bench",)";
  if (!campaign_id.empty()) body.append(R"("campaign_id":")").append(campaign_id).append(R"(",)");
  return body.append(R"("payload":)").append(job_payload()).append("}");
}

std::string batch_body(const RequestShape& shape) {
  const std::string job = job_body(shape.campaign_id);
  std::string body = shape.batch_as_ndjson ? "" : "[";
  for (std::size_t i = 0; i < shape.batch_jobs; ++i) {
    body += job;
    if (shape.batch_as_ndjson) {
      body += '\n';
    } else {
      body += i + 1 < shape.batch_jobs ? ',' : ']';
    }
  }
  return body;
}

struct Head {
  int status = 0;
  std::size_t bytes = 0;  // with the empty line
  std::size_t body_bytes = 0;
};

std::optional<std::size_t> content_length(std::string_view head) {
  static constexpr std::string_view field = "content-length:";
  for (std::size_t line = head.find("\r\n"); line != std::string_view::npos; line = head.find("\r\n", line + 2)) {
    const std::string_view rest = head.substr(line + 2);
    if (rest.size() < field.size()) break;
    if (::strncasecmp(rest.data(), field.data(), field.size()) != 0) continue;
    const char* digits = rest.data() + field.size();
    while (*digits == ' ') ++digits;
    std::size_t length = 0;
    const auto parsed = std::from_chars(digits, head.data() + head.size(), length);
    if (parsed.ec != std::errc{}) break;
    return length;
  }
  return std::nullopt;
}

// Nothing while the head is incomplete; status 0 for what is no HTTP answer with a length.
std::optional<Head> read_head(std::string_view in) {
  const std::size_t end = in.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (in.size() > answer_header_bytes_max) return Head{};
    return std::nullopt;
  }
  Head head;
  head.bytes = end + 4;
  static constexpr std::size_t status_at = 9;  // behind "HTTP/1.1 "
  const auto length = content_length(in.substr(0, head.bytes));
  if (!in.starts_with("HTTP/1.") || end < status_at + 3 || !length) return head;
  std::from_chars(in.data() + status_at, in.data() + status_at + 3, head.status);
  head.body_bytes = *length;
  return head;
}

constexpr int expected_status(Call call) noexcept {
  switch (call) {
    case Call::enqueue:
    case Call::enqueue_batch:
    case Call::campaign_create:
      return 201;
    default:
      return 200;
  }
}

// The value of the first `key` (written with quotes and colon) in `text`, which is then cut
// behind it. Good enough for answers whose shape we know; empty when there is none.
std::string_view take_value(std::string_view& text, std::string_view key) {
  const std::size_t found = text.find(key);
  if (found == std::string_view::npos) {
    text = {};
    return {};
  }
  text.remove_prefix(found + key.size());
  while (!text.empty() && (text.front() == ' ' || text.front() == '"')) text.remove_prefix(1);
  const std::size_t end = std::min(text.find_first_of("\",}"), text.size());
  const std::string_view value = text.substr(0, end);
  text.remove_prefix(end);
  return value;
}

std::string completes_body(std::span<const Job> jobs) {
  std::string body = "[";
  for (const Job& job : jobs) {
    body.append(body.size() == 1 ? "" : ",").append(R"({"id":)").append(job.id);
    body.append(R"(,"token":")").append(job.token).append(R"("})");
  }
  return body.append("]");
}

std::string settle_body(std::span<const Job> jobs, std::size_t lease_jobs_max) {
  std::string body = R"({"worker":"bench","max":)" + std::to_string(lease_jobs_max) + R"(,"settle":[)";
  for (const Job& job : jobs) {
    body.append(body.back() == '[' ? "" : ",").append(R"({"job_id":)").append(job.id);
    body.append(R"(,"token":")").append(job.token).append(R"(","outcome":"complete"})");
  }
  return body.append("]}");
}

// The answer is 200 whatever became of the items: only a refused one has a code.
void read_completed(std::string_view body, Reply& reply) {
  if (body.find("\"code\":") != std::string_view::npos) reply.error = body.substr(0, error_bytes_max);
  const std::string_view count = take_value(body, "\"completed\":");
  const auto parsed = std::from_chars(count.data(), count.data() + count.size(), reply.completed);
  if (parsed.ec != std::errc{}) reply.error = "no number of completed jobs";
}

void read_jobs(std::string_view body, Reply& reply) {
  for (;;) {
    const std::string_view id = take_value(body, "\"id\":");
    if (id.empty()) return;
    const std::string_view token = take_value(body, "\"token\":");
    if (token.empty()) {
      reply.error = "a leased job without a token";
      return;
    }
    reply.jobs.push_back(Job{std::string(id), std::string(token)});
  }
}

// What was settled stands behind the jobs. A refused one has no status.
void read_settled_and_jobs(std::string_view body, Reply& reply) {
  const std::size_t at = body.rfind("\"settled\":");
  if (at == std::string_view::npos) {
    reply.error = "nothing of what was settled";
    return;
  }
  read_jobs(body.substr(0, at), reply);
  std::string_view settled = body.substr(at);
  if (settled.find("\"code\":") != std::string_view::npos) reply.error = settled.substr(0, error_bytes_max);
  while (take_value(settled, "\"status\":") == "COMPLETED") ++reply.completed;
}

}  // namespace

HttpProtocol::HttpProtocol(const RequestShape& shape) : lease_jobs_max_(shape.lease_jobs_max) {
  append_post(enqueue_, "/api/v1/jobs", job_body(shape.campaign_id));
  append_post(enqueue_batch_, "/api/v1/jobs/batch", batch_body(shape),
              shape.batch_as_ndjson ? "application/x-ndjson" : "application/json");
  append_post(lease_, "/api/v1/leases", R"({"worker":"bench","max":)" + std::to_string(shape.lease_jobs_max) + "}");
}

void HttpProtocol::encode(const Request& request, std::string& out) {
  const auto with_id = [&](std::string_view before, std::string_view behind) {
    return std::string(before).append(request.id).append(behind);
  };
  switch (request.call) {
    case Call::enqueue:
      if (request.id.empty()) {
        out += enqueue_;
      } else {
        append_post(out, "/api/v1/jobs", job_body(request.id));
      }
      break;
    case Call::enqueue_batch:
      out += enqueue_batch_;
      break;
    case Call::lease:
      out += lease_;
      break;
    case Call::complete:
      append_post(out, with_id("/api/v1/jobs/", "/complete"),
                  std::string(R"({"token":")").append(request.token).append(R"("})"));
      break;
    case Call::complete_batch:
      append_post(out, "/api/v1/jobs/complete", completes_body(request.jobs));
      break;
    case Call::settle_lease:
      append_post(out, "/api/v1/leases", settle_body(request.jobs, lease_jobs_max_));
      break;
    case Call::allow:
      append_get(out, "/api/v1/breaker/allow");
      break;
    case Call::status:
      append_get(out, "/api/v1/queue-management/status");
      break;
    case Call::open:
      append_post(out, "/api/v1/breaker/open", R"({"reason":"bench"})");
      break;
    case Call::close:
      append_post(out, "/api/v1/breaker/close", R"({"reason":"bench"})");
      break;
    case Call::resume_queue:
      append_post(out, "/api/v1/queue-management/resume-queue", "{}");
      break;
    case Call::campaign_create:
      append_post(out, "/api/v1/campaigns", R"({"name":"bench"})");
      break;
    case Call::campaign_start:
      append_post(out, with_id("/api/v1/campaigns/", "/start"), "{}");
      break;
    case Call::greet:
      break;
    case Call::ping:
      append_get(out, "/readyz");
      break;
  }
}

Decoded HttpProtocol::decode(Call call, std::string_view in, Reply& reply) {
  const std::optional<Head> head = read_head(in);
  if (!head) return {};
  if (head->status == 0) {
    reply.error = "not an HTTP answer with a Content-Length";
    return {in.size(), true};
  }
  if (in.size() < head->bytes + head->body_bytes) return {};
  const std::string_view body = in.substr(head->bytes, head->body_bytes);
  if (head->status != expected_status(call)) {
    reply.error = "HTTP " + std::to_string(head->status) + " " + std::string(body.substr(0, error_bytes_max));
  } else if (call == Call::lease) {
    read_jobs(body, reply);
  } else if (call == Call::settle_lease) {
    read_settled_and_jobs(body, reply);
  } else if (call == Call::complete_batch) {
    read_completed(body, reply);
  } else if (call == Call::campaign_create) {
    std::string_view rest = body;
    reply.created_id = take_value(rest, "\"id\":");
  }
  return {head->bytes + head->body_bytes, true};
}

}  // namespace breakerd::load
