#include <breakerd/http/api/job_read.hpp>

#include <breakerd/events/views/view_json.hpp>
#include <breakerd/http/api/call.hpp>
#include <breakerd/http/api/lease_end.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd::http {

Backend::Read job_read(JobId id, const LeaseTimes* times, std::shared_ptr<JobView> shown) {
  return [id, times, shown = std::move(shown)](const ReadView& view) -> Result<std::string> {
    auto job = read_job(view, id);
    if (!job) return job.error();
    fill_lease_end(*job, times);
    std::string body = success_body([&](JsonWriter& json) { write_job(json, *job); });
    if (shown) *shown = std::move(*job);
    return body;
  };
}

}  // namespace breakerd::http
