#include "scripts.hpp"

#include <utility>

namespace breakerd::load {

void CycleScript::answered(Reply& reply, Sink& sink) {
  if (reply.call == Call::complete) return sink.count(1);
  if (reply.jobs.empty()) return sink.send({Call::lease});
  sink.send({Call::complete, reply.jobs.front().id, reply.jobs.front().token});
}

void DrainScript::begin(Sink& sink) {
  if (completes_ != Completes::with_next_lease || jobs_.empty()) return sink.send({Call::lease});
  sink.send({Call::settle_lease, {}, {}, jobs_});
}

void DrainScript::answered(Reply& reply, Sink& sink) {
  if (reply.call == Call::complete) {
    sink.count(1);
    if (completes_ == Completes::one_by_one) complete_next(sink);
    return;
  }
  if (reply.call == Call::complete_batch) return sink.count(reply.completed);
  if (reply.call == Call::settle_lease) sink.count(reply.completed);
  if (reply.jobs.empty()) return sink.stop();
  if (completes_ == Completes::in_one_call) return sink.send({Call::complete_batch, {}, {}, reply.jobs});
  jobs_ = std::exchange(reply.jobs, {});
  if (completes_ == Completes::with_next_lease) return;
  do {
    complete_next(sink);
  } while (completes_ == Completes::pipelined && !jobs_.empty());
}

void DrainScript::complete_next(Sink& sink) {
  if (jobs_.empty()) return;
  const Job job = std::move(jobs_.back());
  jobs_.pop_back();
  sink.send({Call::complete, job.id, job.token});
}

void CampaignScript::answered(Reply& reply, Sink& sink) {
  if (reply.call == Call::campaign_create) {
    campaign_id_ = reply.created_id;
    jobs_left_ = jobs_;
    return sink.send({Call::campaign_start, campaign_id_});
  }
  if (jobs_left_ == 0) return sink.count(1);
  --jobs_left_;
  sink.send({Call::enqueue, campaign_id_});
}

void OperatorScript::answered(Reply& reply, Sink& sink) {
  switch (reply.call) {
    case Call::status:
      return sink.send({Call::open});
    case Call::open:
      if (after_open_ != nullptr) after_open_->opened();
      return sink.send({Call::close});
    case Call::close:
      return sink.send({Call::resume_queue});
    default:
      return sink.count(1);
  }
}

}  // namespace breakerd::load
