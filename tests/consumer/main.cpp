// Uses the installed package as any other program would.

#include <breakerd/events/ids.hpp>
#include <iostream>

int main() {
  const auto id = breakerd::Uuid::parse("0198c0de-0000-7000-8000-000000000001");
  std::cout << (id ? id->to_string() : "no id") << '\n';
  return id ? 0 : 1;
}
