#include <breakerd/http/edge/request_parser.hpp>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

#include <breakerd/http/edge/target.hpp>

namespace breakerd::http {
namespace {

namespace beast_http = boost::beast::http;

// Fields that may come at most once.
enum Once : unsigned {
  once_host = 1,
  once_content_length = 2,
  once_transfer_encoding = 4,
  once_authorization = 8,
  once_content_type = 16,
  once_expect = 32,
  once_origin = 64,
  once_idempotency_key = 128,
};

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

Method method_of(beast_http::verb verb) {
  switch (verb) {
    case beast_http::verb::get:
    case beast_http::verb::head:
      return Method::get;
    case beast_http::verb::post:
      return Method::post;
    case beast_http::verb::patch:
      return Method::patch;
    case beast_http::verb::put:
      return Method::put;
    case beast_http::verb::delete_:
      return Method::remove;
    case beast_http::verb::options:
      return Method::options;
    default:
      return Method::other;
  }
}

ContentType content_type_of(std::string_view value) {
  std::string_view type = value.substr(0, value.find(';'));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
  if (boost::beast::iequals(type, "application/json")) return ContentType::json;
  if (boost::beast::iequals(type, "application/x-ndjson")) return ContentType::ndjson;
  return ContentType::other;
}

/// Sec-Fetch-Site and its like, which a browser alone sets.
bool is_fetch_field(std::string_view name) {
  constexpr std::string_view prefix = "Sec-Fetch-";
  return boost::beast::iequals(name.substr(0, prefix.size()), prefix);
}

bool has_bare_line_feed(std::string_view text) {
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    if (at == 0 || text[at - 1] != '\r') return true;
  }
  return false;
}

bool has_only(std::string_view text, std::string_view marks) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  });
}

/// A name or an address, an IPv6 one in brackets, and perhaps a port.
bool is_host(std::string_view value) {
  constexpr std::size_t port_digits_max = 5;
  const bool in_brackets = value.starts_with('[');
  const std::size_t close = in_brackets ? value.find(']') : std::string_view::npos;
  if (in_brackets && (close == std::string_view::npos || close == 1)) return false;
  const std::size_t name_end = in_brackets ? close + 1 : std::min(value.find(':'), value.size());
  const std::string_view name = in_brackets ? value.substr(1, close - 1) : value.substr(0, name_end);
  std::string_view port = value.substr(name_end);
  if (!has_only(name, in_brackets ? ".-_~:%" : ".-_~%")) return false;
  if (port.empty()) return true;
  if (port.front() != ':') return false;
  port.remove_prefix(1);
  return port.size() <= port_digits_max && port.find_first_not_of("0123456789") == std::string_view::npos;
}

/// True for localhost and for addresses. Any other name may have been made to point here by somebody else's DNS.
bool is_own_name(std::string_view host) {
  if (host.starts_with('[')) return true;
  const std::string_view name = host.substr(0, host.find(':'));
  return boost::beast::iequals(name, "localhost") ||
         (!name.empty() && name.find_first_not_of("0123456789.") == std::string_view::npos);
}

}  // namespace

Refusal RequestParser::parse_header(std::string_view block, const HttpLimits& limits, RequestHead& head) {
  limits_ = &limits;
  head_ = &head;
  header_limit(static_cast<std::uint32_t>(block.size()) + 1);
  body_limit(boost::none);
  ErrorCode error;
  Base::put({block.data(), block.size()}, error);
  if (refusal_) return std::move(refusal_);
  if (error == beast_http::error::bad_version) {
    return {505, "http_version_not_supported", "only HTTP/1.1 and HTTP/1.0 are spoken here"};
  }
  if (error || !is_header_done()) {
    return {400, "bad_request", "the request's header is malformed: " + (error ? error.message() : "it ends early")};
  }
  head.keep_alive = keep_alive();
  head.chunked = chunked();
  return {};
}

RequestParser::Progress RequestParser::parse_chunks(std::string_view input, const HttpLimits& limits,
                                                    std::string& body) {
  Progress progress;
  limits_ = &limits;
  body_ = &body;
  ErrorCode error;
  while (progress.consumed < input.size() && !is_done()) {
    const std::string_view rest = input.substr(progress.consumed);
    progress.consumed += Base::put({rest.data(), rest.size()}, error);
    if (error) break;
  }
  progress.done = is_done();
  if (refusal_) {
    progress.refusal = std::move(refusal_);
  } else if (error == beast_http::error::need_more) {
    // Chunk data is taken as it comes, so what is left over is an unfinished size line.
    const std::string_view rest = input.substr(progress.consumed);
    if (has_bare_line_feed(rest)) {
      progress.refusal = {400, "bad_request", "a line of the chunked body ends without CR LF"};
    } else if (rest.size() > limits.chunk_line_bytes_max) {
      progress.refusal = {400, "bad_request", "a chunk's size line, or the end of the chunked body, is too long"};
    }
  } else if (error) {
    progress.refusal = {400, "bad_request", "the chunked body is malformed: " + error.message()};
  }
  return progress;
}

void RequestParser::on_request_impl(beast_http::verb method, View /*method_text*/, View target, int version,
                                    ErrorCode& error) {
  head_->method = method_of(method);
  head_->head_only = method == beast_http::verb::head;
  head_->http_1_0 = version == 10;
  head_->chunked = head_->expects_continue = head_->has_key = head_->from_page = false;
  head_->content_type = ContentType::absent;
  head_->content_length = 0;
  const std::string_view refused = refuse_target(view(target));
  if (!refused.empty()) return refuse(error, 400, "bad_target", std::string{refused});
  head_->target.assign(target.data(), target.size());
}

void RequestParser::on_field_impl(Field field, View name, View value, ErrorCode& error) {
  if (header_done_) return refuse(error, 400, "trailers_refused", "trailers after a chunked body are not accepted");
  if (++fields_ > limits_->header_fields_max) {
    return refuse(error, 431, "header_too_large",
                  "more than " + std::to_string(limits_->header_fields_max) + " header fields");
  }
  const std::string_view text = view(value);
  switch (field) {
    case Field::host:
      if (!first_of_its_kind(once_host, view(name), error)) return;
      if (!is_host(text)) return refuse(error, 400, "bad_host", "the Host field is malformed");
      host_ = text;
      return;
    case Field::origin:
      if (first_of_its_kind(once_origin, view(name), error)) origin_ = text;
      head_->from_page = true;
      return;
    case Field::content_length:
      if (first_of_its_kind(once_content_length, view(name), error)) take_content_length(text, error);
      return;
    case Field::transfer_encoding:
      if (first_of_its_kind(once_transfer_encoding, view(name), error)) take_transfer_encoding(text, error);
      return;
    case Field::authorization:
      static_cast<void>(first_of_its_kind(once_authorization, view(name), error));
      return;
    case Field::content_type:
      if (first_of_its_kind(once_content_type, view(name), error)) head_->content_type = content_type_of(text);
      return;
    case Field::expect:
      if (first_of_its_kind(once_expect, view(name), error)) take_expect(text, error);
      return;
    default:
      return take_by_name(view(name), text, error);
  }
}

/// Fields that not every Boost has a number for.
void RequestParser::take_by_name(std::string_view name, std::string_view value, ErrorCode& error) {
  const char first = static_cast<char>(name.front() | 0x20);  // most are let go by here
  if (first == 's') {
    if (is_fetch_field(name)) head_->from_page = true;
    if (boost::beast::iequals(name, "Sec-Fetch-Site")) fetch_site_ = value;
  } else if (first == 'i') {
    if (boost::beast::iequals(name, "Idempotency-Key")) take_key(value, error);
  }
}

void RequestParser::take_key(std::string_view value, ErrorCode& error) {
  if (!first_of_its_kind(once_idempotency_key, "Idempotency-Key", error)) return;
  head_->has_key = true;
  head_->idempotency_key = value;
}

/// A browser says where a page's request comes from. Only a page of our own may change anything: without this, every
/// page in the world could open or close the circuit of a daemon on the reader's own machine.
bool RequestParser::is_from_foreign_page() const {
  if (!fetch_site_.empty() && fetch_site_ != "same-origin" && fetch_site_ != "none") return true;
  if (origin_.empty()) return false;
  return !is_own_name(host_) || origin_ != "http://" + std::string{host_};
}

void RequestParser::on_header_impl(ErrorCode& error) {
  header_done_ = true;
  if (!head_->http_1_0 && (seen_ & once_host) == 0) {
    return refuse(error, 400, "bad_host", "an HTTP/1.1 request must have exactly one Host field");
  }
  if (head_->method != Method::get && is_from_foreign_page()) {
    return refuse(error, 403, "cross_site", "a web page of another origin may not change anything here");
  }
  if ((seen_ & once_content_length) != 0 && (seen_ & once_transfer_encoding) != 0) {
    refuse(error, 400, "bad_framing", "Content-Length and Transfer-Encoding exclude each other");
  }
}

void RequestParser::on_chunk_header_impl(std::uint64_t size, View extension, ErrorCode& error) {
  if (extension.size() > limits_->chunk_line_bytes_max) {
    return refuse(error, 400, "bad_request", "a chunk's extensions are too long");
  }
  if (size > limits_->body_bytes_max || body_->size() + size > limits_->body_bytes_max) {
    refuse(error, 413, "body_too_large",
           "the body is larger than " + std::to_string(limits_->body_bytes_max) + " bytes");
  }
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t /*remain*/, View body, ErrorCode& /*error*/) {
  body_->append(body.data(), body.size());
  return body.size();
}

void RequestParser::refuse(ErrorCode& error, int status, std::string_view code, std::string detail) {
  error = beast_http::error::bad_field;
  refusal_ = {status, code, std::move(detail)};
}

bool RequestParser::first_of_its_kind(unsigned kind, std::string_view name, ErrorCode& error) {
  const bool first = (seen_ & kind) == 0;
  seen_ |= kind;
  if (!first) refuse(error, 400, "bad_request", "the header field " + std::string{name} + " came twice");
  return first;
}

void RequestParser::take_content_length(std::string_view value, ErrorCode& error) {
  constexpr std::size_t digits_max = 18;
  const bool plain = !value.empty() && value.size() <= digits_max &&
                     std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!plain) return refuse(error, 400, "bad_framing", "Content-Length must be one decimal number");
  head_->content_length = 0;
  for (const char c : value) head_->content_length = head_->content_length * 10 + static_cast<unsigned>(c - '0');
}

void RequestParser::take_transfer_encoding(std::string_view value, ErrorCode& error) {
  if (head_->http_1_0) return refuse(error, 400, "bad_framing", "HTTP/1.0 has no Transfer-Encoding");
  if (!boost::beast::iequals(value, "chunked")) {
    refuse(error, 400, "bad_framing", "the only Transfer-Encoding accepted is chunked");
  }
}

void RequestParser::take_expect(std::string_view value, ErrorCode& error) {
  if (!boost::beast::iequals(value, "100-continue")) {
    return refuse(error, 417, "expectation_failed", "the only expectation met here is 100-continue");
  }
  head_->expects_continue = !head_->http_1_0;
}

}  // namespace breakerd::http
