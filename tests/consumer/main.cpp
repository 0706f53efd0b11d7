// A program of someone else that embeds breakerd through its installed package, and holds it to what it promises. Exits
// with 1 and a line that says where on the first thing that is not so.
// Usage: consumer DIRECTORY [ROUNDS]. The directory is made and must not hold a log; ROUNDS is how much each of the
// many threads does (default 25).

#include <cstdlib>
#include <iostream>

#include "stories.hpp"

namespace {

using namespace breakerd;
using consumer::check;
using consumer::must;

/// No job is leased between an opening and the next close.
void check_pauses(const std::vector<std::string_view>& types) {
  bool open = false;
  for (const std::string_view type : types) {
    if (type == "CircuitOpened") open = true;
    if (type == "CircuitClosed") open = false;
    check(!open || type != "JobLeased", "a job was leased while the circuit was OPEN");
  }
}

/// All stories on one client, under a subscription that must have heard everything when the client is gone.
void live_with(const ClientOptions& options, unsigned rounds) {
  consumer::Heard heard;
  Subscription listening;  // both of them outlive the client
  Subscription throwing;
  Seq last = 0;
  {
    const auto client = must(Client::open(options));
    listening = must(client->subscribe([&](const CommittedEvent& event) { heard.add(event); }));
    throwing =
        must(client->subscribe([](const CommittedEvent&) { throw std::runtime_error{"of the consumer's own"}; }));
    check(listening.from() == 1, "a new log is empty");
    consumer::circuit_by_calls(*client);
    consumer::jobs_by_calls(*client, heard);
    consumer::plans_by_calls(*client, heard);
    consumer::campaigns_by_calls(*client);
    consumer::everything_by_requests(*client);
    consumer::everything_by_submits(*client);
    consumer::everybody_at_once(*client, rounds);
    consumer::followers_of_the_log(*client);
    consumer::reads_of_what_is_committed(*client);
    must(client->enqueue(consumer::job_of("last words")));
    last = must(client->status()).last_seq;
  }
  check(heard.types().size() == last, "a client that is gone has told everything");
  heard.check_all(0, last);
  check_pauses(heard.types());
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) throw std::runtime_error{"usage: consumer DIRECTORY [ROUNDS]"};
  ClientOptions options;
  options.directory = argv[1];
  options.principal = "consumer";
  live_with(options, argc > 2 ? static_cast<unsigned>(std::atoi(argv[2])) : 25);
  consumer::a_follower_over_restarts(options);
  consumer::outcomes_come_whatever_happens(options);
  consumer::close_and_reopen(options);
  std::cout << "everything is as promised\n";
} catch (const std::exception& error) {
  std::cerr << "consumer: " << error.what() << '\n';
  return 1;
}
