#include <breakerd/http/api/in_flight_field.hpp>

namespace breakerd::http {

std::optional<InFlight> read_in_flight(Call& call, const std::string& text) {
  const auto in_flight = parse_in_flight(text);
  if (!in_flight && !text.empty()) call.refuse_field("in_flight", R"("finish" or "stop")");
  return in_flight;
}

std::string choice_message(const CircuitAnswer& answer) {
  const bool finish = answer.breaker.in_flight == InFlight::finish;
  if (!answer.is_new_choice && !(answer.changed && finish)) return {};
  return finish ? "; jobs in flight are left to finish" : "; jobs in flight are told to stop";
}

}  // namespace breakerd::http
