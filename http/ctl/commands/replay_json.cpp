#include <breakerd/http/ctl/commands/replay_json.hpp>

#include <breakerd/events/model/utf8.hpp>
#include <breakerd/events/views/view_json.hpp>

namespace breakerd::ctl {

std::string to_json(const ReplayReport& report) {
  std::string out;
  JsonWriter json{out};
  json.begin_object().member("last_seq", report.status.last_seq);
  write_status_members(json, report.status, Ordinals::shown);
  json.key("campaigns").begin_array();
  for (const CampaignView& campaign : report.campaigns) write_campaign(json, campaign);
  json.end_array().key("last_event");
  if (report.last)
    write_event(json, *report.last);
  else
    json.null();
  json.key("warning").value_or_null(to_utf8(report.warning));
  json.end_object();
  return out;
}

}  // namespace breakerd::ctl
