#pragma once
// One connection to the daemon, one call at a time. Blocking, with an absolute deadline for every exchange. Not thread
// safe: a thread that calls has a client of its own.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <breakerd/http/ctl/client/address.hpp>
#include <breakerd/http/ctl/client/deadline.hpp>
#include <breakerd/http/ctl/client/time_and_chance.hpp>
#include <breakerd/http/ctl/text/error.hpp>
#include <breakerd/http/ctl/text/json_text.hpp>

namespace breakerd::ctl {

/// Answers longer than this are refused: a lease of the most slots a worker has, or a page, with room to spare.
inline constexpr std::uint64_t answer_bytes_max = 128u << 20;

/// Whether a request may be sent again when its answer got lost.
enum class Repeat {
  never,  ///< doing it twice is not doing it once, e.g. an enqueue: the caller gets `no_answer` and decides
  safe,   ///< reads
  keyed,  ///< sent with an Idempotency-Key, drawn for this call: the daemon does it once, however often it comes
};

enum class Verb { get, post, patch, put, remove };

struct Request {
  Verb verb = Verb::get;
  std::string target;  ///< path and query, encoded
  std::string body{};  ///< JSON text; empty: no body
  Repeat repeat = Repeat::never;
  std::chrono::milliseconds timeout{0};  ///< shorter than the client's; 0: the client's
  /// Asked again and again while an exchange goes on, which ends at this time at the latest; empty: nothing to say.
  Deadline::Moving latest{};
  std::chrono::milliseconds wait{0};  ///< the daemon may take so long on purpose, on top of the timeout
  int end_fd = -1;                    ///< readable: this side is ended, and the answer is to come at once; -1: none
};

/// A success: the envelope's `data`, read and as text.
class Reply {
 public:
  Reply(unsigned status, std::string body, Json data)
      : status_{status}, body_(std::move(body)), data_(std::move(data)) {}

  [[nodiscard]] unsigned status() const { return status_; }

  [[nodiscard]] const Json& data() const { return data_; }
  /// The text of `data`, a slice of this object.
  [[nodiscard]] std::string_view raw() const { return raw_member(body_, "data").value_or("null"); }

 private:
  unsigned status_;
  std::string body_;
  Json data_;
};

struct ClientOptions {
  Address address;
  std::chrono::milliseconds timeout{10'000};  ///< for one exchange: find the name, connect, send, receive
  std::chrono::milliseconds patience{
      0};  ///< how long to go on trying while the daemon cannot be reached or is not ready
  TimeAndChance time_and_chance{};
};

class HttpClient {
 public:
  explicit HttpClient(ClientOptions options);
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;
  ~HttpClient();

  /// Sends and waits for the answer. A connection the daemon closed while it was idle is replaced without a word.
  /// Within `patience` tries again: always when the daemon cannot have seen the request (no connection; 503
  /// `unavailable`), and for Repeat::safe and Repeat::keyed also after a lost answer, any other 503, and while an
  /// earlier try is still being done (409 `in_progress`). Errors: unreachable, no_answer,
  /// refused (with the problem's detail, code and fields), unintelligible.
  [[nodiscard]] CliResult<Reply> call(const Request& request);

  [[nodiscard]] const Address& address() const { return options_.address; }
  [[nodiscard]] const Clock& clock() const { return *options_.time_and_chance.clock; }
  [[nodiscard]] Randomness& randomness() const { return *options_.time_and_chance.randomness; }

 private:
  struct Connection;
  struct RawAnswer {
    unsigned status = 0;
    std::string body;
  };

  [[nodiscard]] CliResult<RawAnswer> exchange(const Request& request, const std::string& key);
  [[nodiscard]] CliResult<Reply> attempt(const Request& request, const std::string& key);
  [[nodiscard]] std::string draw_key() const;

  ClientOptions options_;
  std::unique_ptr<Connection> connection_;
};

/// What a status and body of the daemon mean: the data of a success, or the error it tells. Pure.
[[nodiscard]] CliResult<Reply> read_answer(unsigned status, std::string body);

/// Percent-encodes everything but letters, digits and -._~ (RFC 3986, section 2.3).
[[nodiscard]] std::string url_encode(std::string_view text);

/// Appends key=value to a target, with ? or & as it needs; nothing when `value` is empty.
void add_query(std::string& target, std::string_view key, std::string_view value);

}  // namespace breakerd::ctl
