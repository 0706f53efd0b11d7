// A non-blocking TCP connection to 127.0.0.1 with its two buffers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace breakerd::load {

class Socket {
 public:
  /// Connects (blocking), then switches to non-blocking. Throws std::system_error.
  explicit Socket(std::uint16_t port);
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

  /// Where to put bytes to send; they go out with flush().
  [[nodiscard]] std::string& output() noexcept { return output_; }

  /// Sends what the kernel takes now. True when nothing is left. Throws std::system_error.
  bool flush();

  /// Receives what is there. False when the other side has closed. Throws std::system_error.
  bool receive();

  [[nodiscard]] std::string_view input() const noexcept { return std::string_view(input_).substr(input_used_); }
  void consume(std::size_t bytes) noexcept { input_used_ += bytes; }

 private:
  int descriptor_;
  std::string output_;
  std::size_t output_sent_ = 0;
  std::string input_;
  std::size_t input_used_ = 0;
};

}  // namespace breakerd::load
