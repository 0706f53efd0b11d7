#include <breakerd/http/api/item_outcomes.hpp>

#include <utility>

namespace breakerd::http {
namespace {

bool is_of_the_whole(ErrorCode code) { return code == ErrorCode::unavailable || code == ErrorCode::outcome_unknown; }

}  // namespace

void ItemOutcomes::take(std::size_t i, Outcome&& outcome) {
  if (outcome) {
    items_[i].status = std::get<JobView>(*outcome).status;
    ++done_;
    return note_change();
  }
  Error error = std::move(outcome.error());
  if (!is_of_the_whole(error.code)) {
    items_[i].refusal = {std::string{to_string(error.code)}, std::move(error.job_status), std::move(error.detail)};
  } else if (!failure_ || error.code == ErrorCode::outcome_unknown) {  // the one that promises least is kept
    failure_ = std::move(error);
  }
}

void ItemOutcomes::refuse(std::size_t i, std::string code, std::string detail) {
  items_[i].refusal = {std::move(code), {}, std::move(detail)};
}

std::optional<Error> ItemOutcomes::failure() const {
  const bool says_nothing_was_done = failure_ && failure_->code == ErrorCode::unavailable;
  if (says_nothing_was_done && any_done_)
    return make_error(ErrorCode::outcome_unknown, "only a part of it could be done: ask again");
  return failure_;
}

void ItemOutcomes::write(JsonWriter& json) const {
  json.begin_array();
  for (const Item& item : items_) {
    json.begin_object().member("id", item.job);
    if (item.refusal) {
      json.member("code", item.refusal->code);
      if (!item.refusal->job_status.empty()) json.member("job_status", item.refusal->job_status);
      json.member("detail", item.refusal->detail);
    } else {
      json.member("status", to_string(item.status));
    }
    json.end_object();
  }
  json.end_array();
}

}  // namespace breakerd::http
