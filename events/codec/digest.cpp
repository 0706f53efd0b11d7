#include <breakerd/events/codec/digest.hpp>

// The EVP interface spends some 600 instructions around each hash, half as many as small ones take themselves.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <algorithm>

#include <breakerd/events/codec/binary.hpp>

namespace breakerd {
namespace {

/// None of these functions can fail.
Digest hash(std::string_view first, std::string_view second = {}) {
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, first.data(), first.size());
  SHA256_Update(&context, second.data(), second.size());
  Digest digest;
  SHA256_Final(digest.data(), &context);
  return digest;
}

}  // namespace

Digest sha256(std::string_view bytes) { return hash(bytes); }

Digest chain(const Digest& previous, Seq seq, std::string_view body) {
  std::array<char, 40> head;
  std::copy(previous.begin(), previous.end(), head.begin());
  for (std::size_t i = 0; i < 8; ++i) head[32 + i] = static_cast<char>(seq >> (56 - 8 * i));
  return hash({head.data(), head.size()}, body);
}

Digest salted(const Salt& salt, std::string_view payload) {
  return hash({reinterpret_cast<const char*>(salt.data()), salt.size()}, payload);
}

TokenDigest digest_token(std::string_view token) {
  const Digest whole = sha256(token);
  TokenDigest digest;
  std::copy_n(whole.begin(), digest.size(), digest.begin());
  return digest;
}

}  // namespace breakerd
