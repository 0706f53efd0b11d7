#pragma once
// The answer to a request that had a key (Idempotency-Key), as it is kept for whoever asks again.

#include <cstdint>
#include <string>

#include <breakerd/events/model/ids.hpp>

namespace breakerd {

/// A payload and a result that are kept with the job need not be kept once more: the body has `null` in their places.
struct KeptAnswer {
  OperationId request{};      ///< under which the log knows what the request did (codec/request_name.hpp)
  std::uint32_t status = 0;   ///< of HTTP, 200 to 499
  std::string location{};     ///< the field Location; empty: there was none
  std::string body;           ///< JSON, up to limits::kept_answer_bytes_max
  JobId job = 0;              ///< whose payload or result is left out; 0: none is
  std::uint32_t payload = 0;  ///< where in `body` its `null` stands; 0: it is not left out
  std::uint32_t result = 0;   ///< likewise; behind `payload` if both are
};

}  // namespace breakerd
