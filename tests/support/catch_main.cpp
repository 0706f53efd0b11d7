// main() of every Catch2 test program. On v3 the library Catch2WithMain brings it and this file adds nothing.

#if !__has_include(<catch2/catch_all.hpp>)
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#endif
