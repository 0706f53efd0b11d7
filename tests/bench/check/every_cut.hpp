// What the checks of the protocols share.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/load/protocol.hpp"
#include "tests/support/catch.hpp"

namespace breakerd::load {

// Feeds the answer cut in two at every place; each cut must give one whole reply, the same one.
inline std::vector<Reply> every_cut(ProtocolKind kind, const RequestShape& shape, Call call,
                                    const std::string& answer) {
  std::vector<Reply> replies;
  for (std::size_t cut = 1; cut < answer.size(); ++cut) {
    const auto protocol = make_protocol(kind, shape, 0);
    std::string sent;
    protocol->encode({call}, sent);
    Reply reply;
    reply.reset(call);
    std::string arrived = answer.substr(0, cut);
    const Decoded first = protocol->decode(call, arrived, reply);
    REQUIRE_FALSE(first.whole);
    arrived = arrived.substr(first.bytes) + answer.substr(cut);
    const Decoded second = protocol->decode(call, arrived, reply);
    REQUIRE(second.whole);
    REQUIRE(second.bytes == arrived.size());
    replies.push_back(reply);
  }
  return replies;
}

}  // namespace breakerd::load
