#include <breakerd/http/ctl/work/child.hpp>

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace breakerd::ctl {
namespace {

using ReadBuffer = std::array<char, 65'536>;

/// Reads once; gives the bytes, or closes `fd` at its end.
std::string_view read_some(Fd& fd, ReadBuffer& buffer) {
  const auto got = ::read(fd.get(), buffer.data(), buffer.size());
  if (got > 0) return {buffer.data(), static_cast<std::size_t>(got)};
  if (got == 0 || (errno != EAGAIN && errno != EINTR)) fd.reset();
  return {};
}

int milliseconds_until(SteadyTime until, SteadyTime now) {
  if (until == SteadyTime::max()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now).count();
  return static_cast<int>(std::clamp<decltype(left)>(left, 0, 3'600'000));
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void Fd::reset() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Child::Child(pid_t pid, Fd handle, Fd input_end, Fd output_end, Fd error_end, std::string input, ChildGroups& groups,
             const Clock& clock)
    : pid_{pid},
      handle_{std::move(handle)},
      in_{std::move(input_end)},
      out_{std::move(output_end)},
      err_{std::move(error_end)},
      input_{std::move(input)},
      groups_{&groups},
      clock_{&clock} {
  groups_->add(pid_);
}

Child::Child(Child&& other) noexcept = default;

Child::~Child() {
  if (!handle_.is_open()) return;  // moved from, or finished
  ::kill(-pid_, SIGKILL);
  [[maybe_unused]] const auto end = finish();
}

void Child::feed() {
  if (fed_ < input_.size()) {
    const auto wrote = ::write(in_.get(), input_.data() + fed_, input_.size() - fed_);
    if (wrote > 0) fed_ += static_cast<std::size_t>(wrote);
    // A command need not read its input: EPIPE is no error.
    if (wrote < 0 && errno != EAGAIN && errno != EINTR) fed_ = input_.size();
  }
  if (fed_ == input_.size()) in_.reset();
}

void Child::read_output() {
  ReadBuffer buffer;
  const auto bytes = read_some(out_, buffer);
  end_.out += bytes.substr(0, output_bytes_max - end_.out.size());
  const auto last = bytes.find_last_not_of(" \t\r\n");
  if (last != std::string_view::npos) end_.out_bytes = read_bytes_ + last + 1;
  read_bytes_ += bytes.size();
}

void Child::read_errors() {
  ReadBuffer buffer;
  end_.err_tail += read_some(err_, buffer);
  if (end_.err_tail.size() > error_tail_bytes_max) end_.err_tail.erase(0, end_.err_tail.size() - error_tail_bytes_max);
}

SteadyTime Child::next_step(SteadyTime until) const { return std::min({until, kill_at_, linger_until_}); }

void Child::take_due_steps(SteadyTime now) {
  if (now >= kill_at_) {
    ::kill(-pid_, SIGKILL);
    kill_at_ = SteadyTime::max();
  }
  over_ = leader_ended_ && (pipes_done() || now >= linger_until_);
}

bool Child::pump(SteadyTime until, int wake) {
  while (!over_) {
    std::array<pollfd, 5> fds{pollfd{in_.get(), POLLOUT, 0}, pollfd{out_.get(), POLLIN, 0},
                              pollfd{err_.get(), POLLIN, 0}, pollfd{leader_ended_ ? -1 : handle_.get(), POLLIN, 0},
                              pollfd{wake, POLLIN, 0}};
    if (::poll(fds.data(), fds.size(), milliseconds_until(next_step(until), clock_->steady())) < 0) {
      for (auto& entry : fds) entry.revents = 0;  // interrupted: look at the time
    }
    if (fds[0].revents != 0) feed();
    if (fds[1].revents != 0) read_output();
    if (fds[2].revents != 0) read_errors();
    const SteadyTime now = clock_->steady();
    if (fds[3].revents != 0) {
      leader_ended_ = true;
      linger_until_ = now + linger;
    }
    take_due_steps(now);
    if (!over_ && (fds[4].revents != 0 || now >= until)) return false;
  }
  return true;
}

void Child::stop(SteadyTime::duration grace) {
  ::kill(-pid_, SIGTERM);
  kill_at_ = std::min(kill_at_, clock_->steady() + grace);
}

ChildEnd Child::finish() {
  ::kill(-pid_, SIGKILL);  // what it left behind; its own number is not reused before waitpid
  groups_->remove(pid_);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  handle_.reset();
  in_.reset();
  out_.reset();
  err_.reset();
  if (WIFSIGNALED(status)) {
    end_.signal = WTERMSIG(status);
  } else {
    end_.exit_code = WEXITSTATUS(status);
  }
  return std::move(end_);
}

}  // namespace breakerd::ctl
