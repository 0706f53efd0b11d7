#pragma once
// A client's actors, for a program that has CAF actors of its own: the same commands as requests, and committed events
// as messages.
//
//   breakerd::ClientActors actors{client};
//   self->request(actors.queue(), request_timeout, Ask{command, principal}).then([](const Answer& answer) { ... });
//
// Requests, and what they come back with. `handle` is a SubscriberHandle of one's own.
//
//   to queue(), breaker(), campaigns():   Ask{command, principal}               an Answer, as from Client::ask()
//
//   to breaker():                         circuit_atom_v                        an Answer: the circuit, a CircuitAnswer
//
//   to feed():                            subscribe_atom_v, handle, Seq{from}   a Subscribed
//
//   to feed():                            leave_atom_v, handle                  empty: nothing is sent from here on
//
// Commands to breaker(): RecordFailure, OpenCircuit, CloseCircuit, and FailJob with a service. To campaigns():
// CreateCampaign, ChangeCampaign, and a Heartbeat with `wait_ms`. All others to queue(). One sent elsewhere is
// `invalid`.
//
// A subscriber gets CommittedEvents, as Client::subscribe() does: the next batch when it has handled the one before. 0
// for `from` means from now on. One that ends is dropped.
//
// Threads: system() has one for all actors but breaker, feed and supervisor, and that one waits for the disk with every
// commit. So an actor there must not block. One that has to, or that must be quick, is spawned with caf::detached. A
// timeout should not be shorter than request_timeout. Actors of one's own must have ended, or be referred to by nobody,
// before the client is destroyed, because it waits for them; no handle may outlive it. Message types of one's own take
// their ids from caf::id_block::breakerd::end on.

#include <breakerd/actors/base/requests.hpp>
#include <breakerd/client.hpp>

namespace breakerd {

/// Refers to a client, and does not keep it. Any thread.
class ClientActors {
 public:
  explicit ClientActors(Client& client) : client_{&client} {}

  /// For spawning in.
  [[nodiscard]] caf::actor_system& system() const;
  [[nodiscard]] CircuitHandle breaker() const;
  [[nodiscard]] AskHandle queue() const;
  [[nodiscard]] AskHandle campaigns() const;
  [[nodiscard]] FollowHandle feed() const;

 private:
  Client* client_;
};

}  // namespace breakerd
