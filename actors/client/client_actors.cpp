#include <breakerd/client_actors.hpp>

#include <breakerd/actors/client/client_impl.hpp>

namespace breakerd {

caf::actor_system& ClientActors::system() const { return client_->impl_->system(); }
CircuitHandle ClientActors::breaker() const { return client_->impl_->core().breaker(); }
AskHandle ClientActors::queue() const { return client_->impl_->core().queue(); }
AskHandle ClientActors::campaigns() const { return client_->impl_->core().campaigns(); }
FollowHandle ClientActors::feed() const { return client_->impl_->core().feed(); }

}  // namespace breakerd
