#pragma once
// The HTTP API: finds the call and lets it answer. Lives on one I/O thread.

#include <breakerd/http/api/call.hpp>

namespace breakerd::http {

class Api final : public Handler {
 public:
  /// `backend` outlives this.
  Api(Backend& backend, ApiOptions options) : backend_{backend}, options_{std::move(options)} {}

  void handle(Exchange& exchange, const Request& request) override;
  [[nodiscard]] std::size_t work_bytes(std::string_view path, std::size_t body_bytes) const override;
  [[nodiscard]] bool takes(Method method, std::string_view path) const override;
  [[nodiscard]] bool is_operators(Method method, std::string_view path) const override;

 private:
  Backend& backend_;
  ApiOptions options_;
};

}  // namespace breakerd::http
