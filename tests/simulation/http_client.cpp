#include "tests/simulation/http_client.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

namespace breakerd::simulation {
namespace {

namespace http = boost::beast::http;

std::string format(const Call& request) {
  std::string text = request.method + " " + request.target + " HTTP/1.1\r\nHost: simulation\r\n";
  for (const auto& [name, value] : request.headers) text += name + ": " + value + "\r\n";
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT")
    text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  return text + "\r\n" + request.body;
}

std::string lower(std::string_view name) {
  std::string text{name};
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

}  // namespace

void HttpClient::call(Call request, Done done) {
  if (!end_) {
    received_.clear();
    parser_.reset();
    answers_ = 0;
    ignores_rest_ = false;
    end_ = connect_({[this](std::string_view bytes) { on_bytes(bytes); }, [this](bool was_cut) { on_end(was_cut); }});
  }
  if (!end_) return timeline_.after(Duration{200}, [done = std::move(done)] { done(std::nullopt); });
  waiting_.push_back({std::move(done), request.method == "HEAD"});
  end_->send(format(request));
}

/// Nobody of the connection is calling: it goes now, so that nothing comes of it any more.
void HttpClient::hang_up() {
  lose_connection();
  ended_.clear();
}

void HttpClient::on_bytes(std::string_view bytes) {
  if (ignores_rest_) return;
  received_ += bytes;
  while (!received_.empty() && take_response()) {
  }
}

/// True when a whole response was taken.
bool HttpClient::take_response() {
  if (waiting_.empty()) {
    complain_("the daemon sent bytes that answer no request: " + received_.substr(0, 200));
    return received_.clear(), false;
  }
  if (!parser_) {
    parser_ = std::make_unique<Parser>();
    parser_->eager(true);
    parser_->body_limit(boost::none);
    parser_->skip(waiting_.front().head_only);
  }
  boost::beast::error_code error;
  const std::size_t taken = parser_->put(boost::asio::buffer(received_), error);
  received_.erase(0, taken);
  if (error && error != http::error::need_more) {
    complain_("the daemon's answer is not HTTP: " + error.message());
    lose_connection();
    return false;
  }
  if (!parser_->is_done()) return false;
  const auto message = std::exchange(parser_, nullptr)->release();
  if (message.result_int() == 100) return true;
  Response response{static_cast<int>(message.result_int()), message.body(), {}};
  for (const auto& field : message) response.headers.emplace(lower(field.name_string()), field.value());
  const Waiting answered = std::move(waiting_.front());
  waiting_.pop_front();
  // A connection that is refused before its first request was read has an answer with a body, whatever the request.
  ignores_rest_ = ++answers_ == 1 && answered.head_only && message.result_int() == 503 && !message.keep_alive();
  if (ignores_rest_) received_.clear();
  if (!message.keep_alive()) end_->end_output();
  timeline_.after(Duration{0}, [done = answered.done, response = std::move(response)] { done(response); });
  return true;
}

void HttpClient::on_end(bool was_cut) {
  const bool is_torn = parser_ && parser_->got_some() && !was_cut;
  lose_connection();
  if (is_torn && on_torn) on_torn();
}

void HttpClient::lose_connection() {
  if (end_) {  // which may be calling: it goes later
    ended_.push_back(std::move(end_));
    timeline_.after(Duration{0}, [this] { ended_.clear(); });
  }
  received_.clear();
  parser_.reset();
  for (const Waiting& lost : std::exchange(waiting_, {}))
    timeline_.after(Duration{0}, [done = lost.done] { done(std::nullopt); });
}

}  // namespace breakerd::simulation
