#include <breakerd/storage/tables/stored_event.hpp>

#include <cstring>

namespace breakerd {

Result<StoredEvent> split_event(std::string_view row) {
  StoredEvent event;
  if (row.size() <= event.hash.size()) return make_error(ErrorCode::corrupt, "an event's row is too short");
  std::memcpy(event.hash.data(), row.data(), event.hash.size());
  event.body = row.substr(event.hash.size());
  return event;
}

}  // namespace breakerd
