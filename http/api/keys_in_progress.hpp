#pragma once
// Which keys (Idempotency-Key) have a request on its way, whatever connection it came over. Functions: any thread.

#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include <breakerd/events/codec/request_name.hpp>

namespace breakerd::http {

class KeysInProgress : public std::enable_shared_from_this<KeysInProgress> {
 public:
  /// Ends with the request.
  class Claim {
   public:
    Claim(std::shared_ptr<KeysInProgress> keys, std::uint64_t key) : keys_{std::move(keys)}, key_{key} {}
    Claim(Claim&& other) noexcept = default;
    Claim& operator=(Claim&&) = delete;
    ~Claim() {
      if (keys_) keys_->release(key_);
    }

   private:
    std::shared_ptr<KeysInProgress> keys_;  ///< shared: a request may outlive its server
    std::uint64_t key_;
  };

  /// The claim, or the request that has the key.
  struct Answer {
    std::optional<Claim> claim;
    RequestName holder{};  ///< of another request, without a claim
  };
  [[nodiscard]] Answer claim(const RequestName& name);

 private:
  void release(std::uint64_t key);

  std::mutex mutex_;
  std::unordered_map<std::uint64_t, RequestName> names_;
};

}  // namespace breakerd::http
