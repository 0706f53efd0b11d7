#include <breakerd/http/api/service_param.hpp>

#include <breakerd/events/rules/validate.hpp>

namespace breakerd::http {

bool check_service(Call& call, std::string& service) {
  fold_case(service);
  // Borrows the checks of a command for which the service is the whole point.
  Command stand_in{ResumeCampaignsForService{service}};
  const auto problem = call.check(stand_in);
  if (problem) call.exchange.refuse(*problem);
  return !problem;
}

}  // namespace breakerd::http
