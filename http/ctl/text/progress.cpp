#include <breakerd/http/ctl/text/progress.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace breakerd::ctl {
namespace {

constexpr std::size_t bar_cells = 30;
constexpr std::chrono::milliseconds bar_interval{100};

}  // namespace

Progress::Progress(std::ostream& out, bool terminal, std::uint64_t bytes_total, const Clock& clock,
                   SteadyTime::duration line_interval)
    : out_{out},
      terminal_{terminal},
      bytes_total_{bytes_total},
      clock_{clock},
      interval_{terminal ? bar_interval : line_interval} {}

void Progress::update(std::uint64_t jobs, std::uint64_t bytes) {
  const auto now = clock_.steady();
  if (now - drawn_ < interval_) return;
  drawn_ = now;
  draw(jobs, bytes);
}

void Progress::finish(std::uint64_t jobs, std::uint64_t bytes) {
  draw(jobs, bytes);
  if (terminal_) out_ << '\n' << std::flush;
}

void Progress::draw(std::uint64_t jobs, std::uint64_t bytes) {
  const std::chrono::duration<double> passed = clock_.steady() - begun_;
  const auto rate = passed.count() > 0 ? static_cast<double>(jobs) / passed.count() : 0.0;
  const auto counts = fmt::format("{} jobs, {:.0f}/s", jobs, rate);
  const auto share =
      bytes_total_ == 0 ? 0.0 : std::min(1.0, static_cast<double>(bytes) / static_cast<double>(bytes_total_));
  if (!terminal_) {
    out_ << (bytes_total_ == 0 ? fmt::format("enqueued {}\n", counts)
                               : fmt::format("enqueued {}, {:.0f}%\n", counts, share * 100))
         << std::flush;
    return;
  }
  const auto full = static_cast<std::size_t>(share * bar_cells);
  const auto bar = bytes_total_ == 0
                       ? std::string{}
                       : fmt::format("[{:#<{}}{:.<{}}] {:3.0f}%  ", "", full, "", bar_cells - full, share * 100);
  out_ << '\r' << bar << counts << "\x1b[K" << std::flush;
}

}  // namespace breakerd::ctl
