#pragma once
// Reads: lists by cursor and by page number, with filters; the events in order; status and health.

#include "tests/simulation/users/user.hpp"

namespace breakerd::simulation {

class Auditor : public User {
 public:
  explicit Auditor(Setting setting);

 protected:
  void move() override;

 private:
  void list_by_cursor();
  void list_by_page();
  void read_events();
  void look();
  std::string filters();

  std::vector<std::uint32_t> habits_;
  std::string cursor_;  ///< where its reading of the list of jobs goes on; empty: at the beginning
  std::string cursor_filters_;
  std::uint64_t next_seq_ = 1;
};

}  // namespace breakerd::simulation
