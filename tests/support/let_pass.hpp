#pragma once
// Time that is part of what a test does to the daemon, and not waited in for anything: how long a trouble lasts, at
// what moment of its load it is killed, how often a client asks. A test that passes only because something has happened
// in the meantime wants eventually.hpp, or a signal.

#include <chrono>
#include <thread>

namespace breakerd::test {

inline void let_pass(std::chrono::microseconds time) { std::this_thread::sleep_for(time); }

}  // namespace breakerd::test
