#include "race.hpp"

namespace breakerd::load {

void OpenerScript::begin(Sink& sink) {
  if (race_.open) {
    if (race_.lessees_parked == race_.lessees) sink.send({Call::close});
    return;  // otherwise park until the last lessee has been checked
  }
  if (race_.tries_done == race_.tries) return sink.stop();
  if (race_.answers_until_open == 0) sink.send({Call::open});
}

void OpenerScript::answered(Reply& reply, Sink& sink) {
  switch (reply.call) {
    case Call::open:
      race_.open = true;
      race_.lessees_parked = 0;
      ++race_.tries_done;
      break;
    case Call::close:
      sink.send({Call::resume_queue});
      break;
    default:
      race_.open = false;
      // A different moment each time, so that the opening meets every phase of a lease.
      race_.answers_until_open = 1 + race_.random() % (2 * race_.lessees);
      sink.count(1);
      sink.wake_all();
      break;
  }
}

void LesseeScript::begin(Sink& sink) {
  checking_ = race_.open;
  if (race_.open) {
    if (seen_try_ != race_.tries_done) {
      seen_try_ = race_.tries_done;
      checks_left_ = race_.checks_per_lessee;
      parked_ = false;
    }
    if (checks_left_ == 0) {
      if (parked_) return;
      parked_ = true;
      if (++race_.lessees_parked == race_.lessees) sink.wake_all();
      return;
    }
  }
  sink.send({Call::lease});
}

void LesseeScript::answered(Reply& reply, Sink& sink) {
  if (reply.call == Call::lease) heard_lease(reply, sink);
}

void LesseeScript::heard_lease(const Reply& reply, Sink& sink) {
  race_.leases_granted += reply.jobs.size();
  if (checking_) {
    ++race_.leases_checked;
    --checks_left_;
    race_.leases_granted_after_open += reply.jobs.size();
  } else if (!race_.open && race_.answers_until_open > 0 && --race_.answers_until_open == 0) {
    sink.wake_all();
  }
  for (const Job& job : reply.jobs) {
    sink.send({Call::complete, job.id, job.token});
    sink.send({Call::enqueue});
  }
}

}  // namespace breakerd::load
