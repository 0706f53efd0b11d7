#include <breakerd/http/edge/connections.hpp>

#include <boost/asio/post.hpp>
#include <ctime>

#include <breakerd/http/edge/session.hpp>

namespace breakerd::http {
namespace {

std::string format_date_field(Time now) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  // The C locale is never changed, so the names of days and months are the English ones HTTP wants.
  const std::size_t size = std::strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
  return {text, size};
}

}  // namespace

Connections::Connections(boost::asio::io_context& io, const Clock& clock, const HttpLimits& wire_limits,
                         Handler& request_handler, Load& load_of_all)
    : limits{wire_limits}, handler{request_handler}, load{load_of_all}, io_{io}, clock_{clock} {
  tick();
}

Connections::~Connections() = default;

void Connections::adopt(Newcomer newcomer) {
  const bool has_seat = newcomer.seat != Seat::none;
  Session& session = add(std::move(newcomer));
  if (stopping) return session.refuse_connection("unavailable", "the server is stopping");
  if (!has_seat)
    return session.refuse_connection("too_many_connections", "there is no room for more connections; try again");
  session.start();
}

Session& Connections::add(Newcomer newcomer) {
  return *sessions_.emplace_back(std::make_unique<Session>(std::move(newcomer), *this, sessions_.size()));
}

void Connections::stop(std::function<void()> done) {
  stopping = true;
  stopped_ = std::move(done);
  stop_deadline_ = now + limits.shutdown_timeout + limits.tick;
  for (std::size_t i = 0; i < sessions_.size(); ++i) sessions_[i]->shut_down();
  boost::asio::post(io_, [this] { finish_stop(); });
}

void Connections::wake(Session& session) {
  if (woken_.empty()) boost::asio::post(io_, [this] { pump_woken(); });
  woken_.push_back(&session);
}

void Connections::pump_woken() {
  being_pumped_.swap(woken_);
  // Nothing is answered in between: answers come from turns of the loop of their own.
  for (Session* session : being_pumped_) session->write_woken();
  for (Session* session : being_pumped_) session->read_woken();
  being_pumped_.clear();
}

void Connections::release(Session& session) {
  // Later, because the session's own functions are still on the stack.
  boost::asio::post(io_, [this, &session] {
    const std::size_t place = session.place;
    load.leave(session.counted_as);
    if (place + 1 != sessions_.size()) {
      sessions_[place] = std::move(sessions_.back());
      sessions_[place]->place = place;
    }
    sessions_.pop_back();
    --count_;
    if (stopped_) finish_stop();
  });
}

void Connections::tick() {
  now = clock_.steady();
  date_field = format_date_field(clock_.wall());
  for (std::size_t i = 0; i < sessions_.size(); ++i) sessions_[i]->check_deadlines();
  if (stopped_ && now >= stop_deadline_) {
    for (auto& session : sessions_) session->close_now();
    report_stopped();
  }
}

void Connections::finish_stop() {
  if (!sessions_.empty() || !stopped_) return;
  report_stopped();
}

void Connections::report_stopped() {
  const std::function<void()> done = std::exchange(stopped_, nullptr);
  done();
}

}  // namespace breakerd::http
