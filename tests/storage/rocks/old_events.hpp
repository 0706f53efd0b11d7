#pragma once
// Events as the version before payloads stood beside them wrote them.

#include <string>

#include <breakerd/events/codec/binary.hpp>
#include <breakerd/storage/log/head_file.hpp>
#include "tests/storage/rocks/tamper.hpp"

namespace breakerd::test {

/// Of a JobEnqueued or JobCompleted, whose payload is at hand.
inline std::string body_of_format_5(const Event& event) {
  std::string body;
  BinaryWriter out{body};
  const auto begin = [&](unsigned version) {
    out.number(event.data.index() + 1);
    out.number(version);
    out.time(event.time);
    out.number(event.cause);
    out.text(event.principal);
  };
  if (const auto* enqueued = std::get_if<JobEnqueued>(&event.data)) {
    begin(2);
    out.number(enqueued->job);
    const JobSpec& spec = *enqueued->spec;
    out.raw(spec.campaign.bytes);
    for (const auto& text : {spec.job_type, spec.name, spec.description, spec.service}) out.text(text);
    out.number(spec.max_attempts.value_or(default_max_attempts));
    out.text(spec.payload);
    out.number(spec.max_expiries.value_or(default_max_expiries));
  } else {
    const auto& completed = std::get<JobCompleted>(event.data);
    begin(1);
    out.number(completed.job);
    out.raw(completed.campaign.bytes);
    out.text(completed.result);
  }
  return body;
}

/// Gives an empty log as many jobs with this payload, and no rows.
inline void write_old_jobs(const DiskLog& disk, JobId jobs, const std::string& payload) {
  const auto database = must(open_database(disk.directory(), Access::read_write, {}));
  Position at;
  for (JobId job = 1; job <= jobs; ++job) {
    const std::string body = body_of_format_5(said(JobEnqueued{job, spec({}, "mail", payload)}));
    at = {at.seq + 1, chain(at.hash, at.seq + 1, body)};
    const std::string row = std::string(at.hash.begin(), at.hash.end()) + body;
    REQUIRE(database->db->Put({}, database->events, number_key(at.seq), row).ok());
  }
  HeadFile head;
  must(head.open(disk.head_file(), false));
  must(head.write({at, false}));
}

}  // namespace breakerd::test
