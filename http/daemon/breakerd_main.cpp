#include <breakerd/http/daemon/daemon.hpp>

#ifdef BREAKERD_WITH_JEMALLOC
// Read by jemalloc: few arenas, because few threads allocate, and what is free goes back to the system within a second.
extern "C" const char* malloc_conf;
const char* malloc_conf = "narenas:4,dirty_decay_ms:1000,muzzy_decay_ms:0";
#endif

int main(int argc, char** argv) { return breakerd::http::run_daemon(argc, argv); }
