#pragma once
// A request as the edge hands it on, after all checks of the protocol.

#include <cstdint>
#include <string_view>

namespace breakerd::http {

enum class Method : std::uint8_t { get, post, patch, put, remove, options, other };

/// What Content-Type says of the body.
enum class ContentType : std::uint8_t { absent, json, ndjson, other };

/// The views point into the connection's buffers: good until the handler returns.
struct Request {
  Method method = Method::get;  ///< HEAD arrives as get; the edge leaves the answer's body out
  ContentType content_type = ContentType::absent;
  bool has_key = false;    ///< the header field Idempotency-Key is there
  bool from_page = false;  ///< a browser sends it for a web page; nothing else has its fields
  std::string_view path;   ///< decoded, begins with '/', no dot segments
  std::string_view query;  ///< as sent, without '?'
  std::string_view body;
  std::string_view idempotency_key;  ///< its value, any bytes; empty without it
};

}  // namespace breakerd::http
