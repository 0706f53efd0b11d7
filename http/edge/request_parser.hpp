#pragma once
// Strict HTTP/1.1 request parsing on top of Beast's basic_parser, which by itself lets through what makes smuggling
// possible (doubled Host, Transfer-Encoding other than chunked, lists in Content-Length, trailers, ...). Nothing is
// kept per field: the few that matter become members as they pass.

#include <boost/beast/http/basic_parser.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include <breakerd/http/edge/limits.hpp>
#include <breakerd/http/edge/request.hpp>

namespace breakerd::http {

/// Why a request is refused; `status` 0 means that it is not. The connection is closed after such an answer, because
/// what follows on it can no longer be trusted to be a request.
struct Refusal {
  int status = 0;
  std::string_view code;
  std::string detail;

  [[nodiscard]] explicit operator bool() const { return status != 0; }
};

/// What the header said.
struct RequestHead {
  Method method = Method::other;
  bool head_only = false;  ///< HEAD
  bool http_1_0 = false;
  bool keep_alive = true;
  bool chunked = false;
  bool expects_continue = false;
  bool has_key = false;    ///< Idempotency-Key is there, whatever its value
  bool from_page = false;  ///< has an Origin or a Sec-Fetch-* field: a browser sends it for a page
  ContentType content_type = ContentType::absent;
  std::uint64_t content_length = 0;
  std::string target;
  std::string idempotency_key;  ///< of has_key, else of some request before
};

class RequestParser final : private boost::beast::http::basic_parser<true> {
 public:
  /// Reads one whole header block (see HeaderBlock) into `head`, whose strings are reused.
  [[nodiscard]] Refusal parse_header(std::string_view block, const HttpLimits& limits, RequestHead& head);

  /// What became of a piece of a chunked body.
  struct Progress {
    std::size_t consumed = 0;
    bool done = false;
    Refusal refusal;
  };

  /// After parse_header gave `chunked`: decodes what `input` holds into `body`, which must stay the same string.
  [[nodiscard]] Progress parse_chunks(std::string_view input, const HttpLimits& limits, std::string& body);

 private:
  using Base = boost::beast::http::basic_parser<true>;
  using Field = boost::beast::http::field;
  using ErrorCode = boost::beast::error_code;
  using View = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb method, View method_text, View target, int version,
                       ErrorCode& error) override;
  void on_response_impl(int, View, int, ErrorCode&) override {}
  void on_field_impl(Field field, View name, View value, ErrorCode& error) override;
  void on_header_impl(ErrorCode& error) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
  std::size_t on_body_impl(View body, ErrorCode&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t size, View extension, ErrorCode& error) override;
  std::size_t on_chunk_body_impl(std::uint64_t remain, View body, ErrorCode& error) override;
  void on_finish_impl(ErrorCode&) override {}

  void refuse(ErrorCode& error, int status, std::string_view code, std::string detail);
  [[nodiscard]] bool is_from_foreign_page() const;
  void take_by_name(std::string_view name, std::string_view value, ErrorCode& error);
  [[nodiscard]] bool first_of_its_kind(unsigned kind, std::string_view name, ErrorCode& error);
  void take_key(std::string_view value, ErrorCode& error);
  void take_content_length(std::string_view value, ErrorCode& error);
  void take_transfer_encoding(std::string_view value, ErrorCode& error);
  void take_expect(std::string_view value, ErrorCode& error);

  const HttpLimits* limits_ = nullptr;
  RequestHead* head_ = nullptr;
  std::string* body_ = nullptr;
  std::size_t fields_ = 0;
  unsigned seen_ = 0;
  std::string_view host_;  ///< these three are views of the block that is being parsed
  std::string_view origin_;
  std::string_view fetch_site_;
  bool header_done_ = false;
  Refusal refusal_;
};

}  // namespace breakerd::http
