#pragma once
// A client's side of HTTP over the simulated network: one connection, on which several requests may be under way.

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/network.hpp"
#include "tests/simulation/wire.hpp"

namespace breakerd::simulation {

/// One user's connection; made anew when it has ended.
class HttpClient final : public Wire {
 public:
  /// Gives the client's end of a new connection, or null when nobody listens.
  using Connect = std::function<std::unique_ptr<ClientEnd>(ClientCallbacks)>;
  /// Is told what a server must never do.
  using Complain = std::function<void(std::string)>;
  using Done = std::function<void(std::optional<Response>)>;

  HttpClient(Timeline& timeline, Connect connect, Complain complain)
      : timeline_{timeline}, connect_{std::move(connect)}, complain_{std::move(complain)} {}
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// `done` comes in a later turn of the timeline; with nothing when the connection ended before the answer did.
  void call(Call request, Done done) override;
  /// Hangs up; what is under way is not answered. Not from within a callback of the connection.
  void hang_up() override;

  [[nodiscard]] std::size_t under_way() const { return waiting_.size(); }

  /// The connection has ended in the middle of an answer, and the network has not cut it.
  std::function<void()> on_torn;

 private:
  using Parser = boost::beast::http::response_parser<boost::beast::http::string_body>;
  struct Waiting {
    Done done;
    bool head_only = false;
  };

  void on_bytes(std::string_view bytes);
  void on_end(bool was_cut);
  bool take_response();
  void lose_connection();

  Timeline& timeline_;
  Connect connect_;
  Complain complain_;
  std::unique_ptr<ClientEnd> end_;
  std::vector<std::unique_ptr<ClientEnd>> ended_;
  std::deque<Waiting> waiting_;
  std::string received_;
  std::unique_ptr<Parser> parser_;
  std::size_t answers_ = 0;    ///< on this connection
  bool ignores_rest_ = false;  ///< of this connection
};

}  // namespace breakerd::simulation
