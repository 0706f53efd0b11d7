#include <breakerd/events/codec/digest.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <new>

#include <breakerd/events/codec/binary.hpp>

namespace breakerd {
namespace {

/// OpenSSL 3 looks an algorithm up by name on every one-shot call; fetched once and with a context per thread it costs
/// only the hashing.
class Hasher {
 public:
  Hasher() : algorithm_{EVP_MD_fetch(nullptr, "SHA256", nullptr)}, context_{EVP_MD_CTX_new()} {
    if (!algorithm_ || !context_) throw std::bad_alloc{};
  }

  Digest operator()(std::string_view first, std::string_view second = {}) {
    Digest digest;
    const bool ok = EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr) == 1 &&
                    EVP_DigestUpdate(context_.get(), first.data(), first.size()) == 1 &&
                    EVP_DigestUpdate(context_.get(), second.data(), second.size()) == 1 &&
                    EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1;
    if (!ok) throw std::bad_alloc{};  // the default provider's SHA-256 fails for want of memory only
    return digest;
  }

 private:
  struct Free {
    void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD, Free> algorithm_;
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

Hasher& hasher() {
  thread_local Hasher instance;
  return instance;
}

}  // namespace

Digest sha256(std::string_view bytes) { return hasher()(bytes); }

Digest chain(const Digest& previous, Seq seq, std::string_view body) {
  std::array<char, 40> head;
  std::copy(previous.begin(), previous.end(), head.begin());
  for (std::size_t i = 0; i < 8; ++i) head[32 + i] = static_cast<char>(seq >> (56 - 8 * i));
  return hasher()({head.data(), head.size()}, body);
}

Digest salted(const Salt& salt, std::string_view payload) {
  return hasher()({reinterpret_cast<const char*>(salt.data()), salt.size()}, payload);
}

TokenDigest digest_token(std::string_view token) {
  const Digest whole = sha256(token);
  TokenDigest digest;
  std::copy_n(whole.begin(), digest.size(), digest.begin());
  return digest;
}

}  // namespace breakerd
