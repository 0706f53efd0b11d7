#include "tests/simulation/promises/look.hpp"

#include <cctype>
#include <map>
#include <utility>

namespace breakerd::simulation {

namespace {

using nlohmann::json;

constexpr int looks_max = 5;
/// So many jobs of each status are explained.
constexpr std::size_t explained_each = 2;

/// As it stands in a query.
std::string encoded(const std::string& text) {
  static const char* const digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0)
      out += c;
    else
      out += {'%', digits[byte >> 4], digits[byte & 15]};
  }
  return out;
}

/// Some of each status; which ones depends on `turn`.
std::vector<std::uint64_t> some_jobs(const std::vector<json>& jobs, std::uint64_t turn) {
  std::map<std::string, std::size_t> chosen;  // by status
  std::vector<std::uint64_t> ids;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const json& job = jobs[(turn * 7919 + i) % jobs.size()];
    if (++chosen[job.value("status", "")] <= explained_each) ids.push_back(job.value("id", std::uint64_t{0}));
  }
  return ids;
}

class Look : public std::enable_shared_from_this<Look> {
 public:
  Look(Wire& wire, std::uint64_t from_seq, std::function<void(std::unique_ptr<Seen>)> done)
      : wire_{wire}, from_seq_{from_seq}, done_{std::move(done)} {}

  void begin() {
    if (++looks_ > looks_max) return done_(nullptr);
    seen_ = std::make_unique<Seen>();
    get("/api/v1/queue-management/status", [this](json data) {
      seen_->status = std::move(data);
      read_events(from_seq_);
    });
  }

 private:
  // Each request keeps the look alive until its answer.
  void get(const std::string& target, std::function<void(json)> then) {
    wire_.call({"GET", target, "", {}},
               [self = shared_from_this(), then = std::move(then)](const std::optional<Response>& response) {
                 if (!response || response->status != 200) return self->done_(nullptr);
                 const json& body = content_of(*response);
                 if (!body.is_object() || !body.contains("data")) return self->done_(nullptr);
                 then(body["data"]);
               });
  }

  void read_events(std::uint64_t from) {
    get("/api/v1/events?limit=1000&from=" + std::to_string(from), [this, from](json data) {
      for (json& event : data["events"]) seen_->events.push_back(std::move(event));
      const auto next = data.value("next", from);
      if (next > from) return read_events(next);
      read_list("/api/v1/jobs", "jobs", "", seen_->jobs);
    });
  }

  void read_list(const std::string& path, const char* member, const std::string& cursor, std::vector<json>& into) {
    get(path + "?limit=1000" + (cursor.empty() ? "" : "&cursor=" + encoded(cursor)),
        [this, path, member, &into](json data) {
          for (json& item : data[member]) into.push_back(std::move(item));
          const json next = data.value("next_cursor", json());
          if (!next.is_null())
            return read_list(path, member, next.is_string() ? next.get<std::string>() : next.dump(), into);
          if (path == "/api/v1/jobs") return read_list("/api/v1/campaigns", "campaigns", "", seen_->campaigns);
          if (path == "/api/v1/campaigns") return read_list("/api/v1/workers", "workers", "", seen_->workers);
          if (path == "/api/v1/workers") return read_list("/api/v1/holds", "holds", "", seen_->job_holds);
          if (path == "/api/v1/holds") return read_list("/api/v1/limits", "limits", "", seen_->limits);
          if (path == "/api/v1/limits") return read_list("/api/v1/job-types", "job_types", "", seen_->job_types);
          if (path == "/api/v1/job-types") return read_list("/api/v1/schedules", "schedules", "", seen_->schedules);
          if (path == "/api/v1/schedules") return read_list("/api/v1/commands", "commands", "", seen_->commands);
          if (path == "/api/v1/commands") return read_list("/api/v1/parked", "jobs", "", seen_->parked);
          read_rollout();
        });
  }

  void read_rollout() {
    get("/api/v1/queue-management/ramp", [this](json data) {
      seen_->rollout = std::move(data);
      read_whys(some_jobs(seen_->jobs, seen_->status.value("/queue/last_seq"_json_pointer, 0u)));
    });
  }

  void read_whys(std::vector<std::uint64_t> jobs) {
    if (jobs.empty())
      return read_pages(some_listings(seen_->jobs, seen_->status.value("/queue/last_seq"_json_pointer, 0u)));
    const std::uint64_t job = jobs.back();
    jobs.pop_back();
    get("/api/v1/jobs/" + std::to_string(job) + "/why", [this, job, jobs = std::move(jobs)](json data) mutable {
      seen_->whys.emplace_back(job, std::move(data));
      read_alone(job, std::move(jobs));
    });
  }

  void read_alone(std::uint64_t job, std::vector<std::uint64_t> others) {
    get("/api/v1/jobs/" + std::to_string(job), [this, others = std::move(others)](json data) mutable {
      seen_->alone.push_back(std::move(data));
      read_whys(std::move(others));
    });
  }

  void read_pages(std::vector<Listing> listings) {
    if (listings.empty()) return check_that_nothing_changed();
    Listing listing = std::move(listings.back());
    listings.pop_back();
    get(listing.target, [this, listing, listings = std::move(listings)](json data) mutable {
      seen_->pages.emplace_back(std::move(listing), std::move(data));
      read_pages(std::move(listings));
    });
  }

  void check_that_nothing_changed() {
    get("/api/v1/queue-management/status", [this](const json& data) {
      const bool same =
          data.value("/queue/last_seq"_json_pointer, 0u) == seen_->status.value("/queue/last_seq"_json_pointer, 0u);
      if (same) return done_(std::move(seen_));
      begin();
    });
  }

  Wire& wire_;
  std::uint64_t from_seq_;
  std::function<void(std::unique_ptr<Seen>)> done_;
  std::unique_ptr<Seen> seen_;
  int looks_ = 0;
};

}  // namespace

void look(Wire& wire, std::uint64_t from_seq, std::function<void(std::unique_ptr<Seen>)> done) {
  std::make_shared<Look>(wire, from_seq, std::move(done))->begin();
}

}  // namespace breakerd::simulation
